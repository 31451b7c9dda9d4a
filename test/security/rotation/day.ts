import { waitFor } from '@agent-factory/sdk/testing';
import type { Answer } from '../matrix/matrix-platform.ts';
import type { Instance } from './instance.ts';
import type { SimulatedTime } from './simulated-time.ts';
import { Tally } from './tally.ts';

const hour = 3_600_000;

/** Asks with a credential that does not hold. */
export type Ask = (on: Instance) => Promise<Answer>;

/** A credential that has ended. */
interface Grave {
  readonly why: string;
  readonly ask: Ask;
  /** When no clock that is off as far as ours are takes it any more. */
  readonly from: number;
  isSure: boolean;
}

/** What people and programs share on a day of a platform of two processes. */
export class Day {
  readonly time: SimulatedTime;
  readonly tally: Tally;
  readonly #instances: readonly [Instance, Instance];
  readonly #graves: Grave[] = [];
  readonly #began: number;
  #asked = 0;

  constructor(time: SimulatedTime, instances: readonly [Instance, Instance]) {
    this.time = time;
    this.#instances = instances;
    this.#began = time.now();
    this.tally = new Tally(() => `at ${this.hours.toFixed(2)} h`);
  }

  /** Hours since it began. */
  get hours(): number {
    return (this.time.now() - this.#began) / hour;
  }

  /** One of the processes, by a number of any kind; the other while that one is down. */
  on(number: number): Instance {
    const [one, other] = this.#instances;
    const wanted = number % 2 === 0 ? one : other;
    if (wanted.isUp) return wanted;
    return wanted === one ? other : one;
  }

  /** A credential holds no longer than until then. */
  bury(why: string, ask: Ask, from: number = this.time.now()): void {
    this.#graves.push({ why, ask, from, isSure: false });
  }

  /** A credential was taken back at a process: there it ends at once, and at the other as soon as that heard of it. */
  async takenBack(why: string, ask: Ask, at: Instance): Promise<void> {
    this.tally.keptOut(why, await ask(at));
    for (const other of this.#instances)
      if (other !== at && other.isUp)
        await waitFor(`the other process to refuse ${why}`, async () => (await ask(other)).status === 401);
    this.bury(why, ask);
  }

  /** Each that has ended since is tried at both processes, and some that ended long ago once more. */
  async tryTheDead(): Promise<void> {
    const now = this.time.now();
    const ended = this.#graves.filter(({ from }) => from <= now);
    const old = ended.filter(({ isSure }) => isSure);
    const again = [0, 1].flatMap(() => old[(this.#asked += 7) % Math.max(1, old.length)] ?? []);
    const tries = [...ended.filter(({ isSure }) => !isSure), ...again];
    await Promise.all(
      tries.flatMap((grave) => {
        grave.isSure = true;
        return this.#instances
          .filter(({ isUp }) => isUp)
          .map(async (on) => this.tally.keptOut(grave.why, await grave.ask(on)));
      }),
    );
  }
}
