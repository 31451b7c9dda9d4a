import { watchAbort } from './abort-watch.ts';
import { unwatchDeadline, watchDeadline } from './deadline-ticker.ts';
import {
  clockTap,
  endRun,
  failRun,
  follow,
  survives,
  survivesTimeout,
  TapCall,
  type HookRun,
} from './hook-run.ts';
import type { HookParts } from './compiled-hook.ts';
import type { Tap } from './tap-order.ts';

/** Taps called all at once, their answers gathered in the order of the taps: `parallel`. */
export class ParallelRun implements HookRun {
  readonly parts: HookParts;
  readonly weight: number;
  readonly signal: AbortSignal | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (reason: unknown) => void;
  live: boolean = true;
  until: number = 0;
  slot: number = -1;
  readonly #input: unknown;
  readonly #pending: Map<Tap, TapCall> = new Map();
  readonly #answers: Map<Tap, unknown> = new Map();
  #begun: number = 0;
  #started: boolean = false;

  constructor(
    parts: HookParts,
    input: unknown,
    weight: number,
    signal: AbortSignal | undefined,
    resolve: (result: unknown) => void,
    reject: (reason: unknown) => void,
  ) {
    this.parts = parts;
    this.#input = input;
    this.weight = weight;
    this.signal = signal;
    this.resolve = resolve;
    this.reject = reject;
    watchDeadline(this);
    if (signal !== undefined) watchAbort(signal, this);
  }

  get limitMs(): number {
    return this.parts.hook.timeoutMs;
  }

  start(): void {
    if (this.weight !== 0) this.#begun = performance.now();
    for (const tap of this.parts.taps) {
      if (!this.live) return;
      const call = new TapCall();
      this.#pending.set(tap, call);
      this.#ask(tap, call);
    }
    this.#started = true;
    this.#finish();
  }

  expire(): void {
    for (const [tap, call] of this.#pending) if (this.#settle(tap)) survivesTimeout(this, tap, call);
    this.#finish();
  }

  abortPending(reason: unknown): void {
    for (const call of this.#pending.values()) call.abort(reason);
  }

  /** The caller's signal aborted: nobody is to blame. */
  cancel(reason: unknown): void {
    failRun(this, reason);
  }

  #ask(tap: Tap, call: TapCall): void {
    const resolved = (answer: unknown): void => {
      if (!this.#settle(tap)) return;
      this.#answers.set(tap, answer);
      this.#finish();
    };
    const rejected = (thrown: unknown): void => {
      if (this.#settle(tap) && survives(this, tap, thrown)) this.#finish();
    };
    tap.stats.calls++;
    try {
      const answer = tap.handler(this.#input as never, call); // checked where the plugin tapped the hook
      if (!follow(answer, resolved, rejected)) resolved(answer);
    } catch (thrown) {
      rejected(thrown);
    }
  }

  /** Takes a tap off those waited for. Whether it was one of them. */
  #settle(tap: Tap): boolean {
    if (!this.live || !this.#pending.delete(tap)) return false;
    if (this.weight !== 0) clockTap(this, tap, this.#begun);
    return true;
  }

  #finish(): void {
    if (!this.#started || this.#pending.size > 0 || !endRun(this)) return;
    unwatchDeadline(this); // at once: unlike a sequential run, it is not used again
    const answered = this.parts.taps.filter((tap) => this.#answers.has(tap));
    this.resolve(answered.map((tap) => ({ plugin: tap.plugin, value: this.#answers.get(tap) })));
  }
}
