import type { Credential } from '../matrix/matrix-platform.ts';
import type { Day } from './day.ts';
import type { Instance } from './instance.ts';
import { bearer, lookWith, marginMs, refreshWith, tokensOf } from './person.ts';

const minute = 60_000;
const overlapMs = 30 * minute;

/** A key as a program has it. */
interface HeldKey {
  readonly id: string;
  readonly secret: string;
  readonly until: number;
}

/** A program with an API key, which is rotated by somebody who may, while it holds on to the old one for a while. */
export class Program {
  readonly #day: Day;
  readonly #name: string;
  readonly #admin: Credential;
  #keys: readonly HeldKey[];
  #turns = 0;

  constructor(
    day: Day,
    name: string,
    admin: Credential,
    key: { readonly id: string; readonly secret: string },
  ) {
    this.#day = day;
    this.#name = name;
    this.#admin = admin;
    this.#keys = [{ ...key, until: Infinity }];
  }

  /** Uses every key that holds. */
  async turn(): Promise<void> {
    const { time, tally } = this.#day;
    this.#keys = this.#keys.filter(({ until }) => until - marginMs > time.now());
    const on = this.#day.on(this.#turns++);
    for (const { secret } of this.#keys)
      tally.letIn(`${this.#name} with a key`, await lookWith(bearer(secret))(on));
  }

  /** Another key, while the one before holds on; tokens of that one end with it. */
  async rotate(on: Instance): Promise<void> {
    const { time, tally } = this.#day;
    const old = this.#keys.at(-1);
    if (!old) return;
    const given = await on.call('POST', '/api/v1/auth/tokens', bearer(old.secret), { body: {} });
    tally.letIn(`${this.#name}, which gets tokens,`, given);
    const tokens = tokensOf(given, time.now());
    const made = await on.call('POST', `/api/v1/keys/${old.id}/rotate`, this.#admin, { body: { overlapMs } });
    tally.letIn('an administrator who rotates a key', made);
    if (made.status >= 300) return;
    const { key, secret } = JSON.parse(made.text) as { key: { id: string }; secret: string }; // as its schema says
    const until = time.now() + overlapMs;
    this.#keys = [
      { ...old, until },
      { id: key.id, secret, until: Infinity },
    ];
    const [why, from] = ['a key that was rotated out', until + marginMs] as const;
    this.#day.bury(why, lookWith(bearer(old.secret)), from);
    this.#day.bury(`an access token of ${why}`, lookWith(bearer(tokens?.access ?? '')), from);
    this.#day.bury(`a refresh token of ${why}`, refreshWith(tokens?.refresh ?? ''), from);
  }

  /** Its key is taken back, and it is given another. */
  async isRevoked(on: Instance): Promise<void> {
    const { tally } = this.#day;
    const old = this.#keys.at(-1);
    if (!old) return;
    const body = { name: this.#name };
    tally.letIn(
      'an administrator who revokes a key',
      await on.call('DELETE', `/api/v1/keys/${old.id}`, this.#admin),
    );
    await this.#day.takenBack('a key that was revoked', lookWith(bearer(old.secret)), on);
    const made = await on.call('POST', '/api/v1/keys', this.#admin, { body });
    tally.letIn('an administrator who makes a key', made);
    const { key, secret } = JSON.parse(made.text) as { key: { id: string }; secret: string }; // as its schema says
    this.#keys = [...this.#keys.slice(0, -1), { id: key.id, secret, until: Infinity }];
  }
}
