import type { Answer } from '../matrix/matrix-platform.ts';

/** Counts what was let in and what was refused, and keeps what should have been otherwise. */
export class Tally {
  /** Calls that had to be let in. */
  legitimate = 0;
  /** Calls that had to be refused, by why. */
  readonly refused = new Map<string, number>();
  /** What was not as it had to be, as sentences. */
  readonly faults: string[] = [];
  readonly #hour: () => string;

  /** `hour`: what time it is, as text. */
  constructor(hour: () => string) {
    this.#hour = hour;
  }

  /** Somebody whose credential holds. */
  letIn(who: string, { status, text }: Answer): void {
    this.legitimate += 1;
    if (status >= 300) this.faults.push(`${this.#hour()}: ${who} was locked out: ${status} ${text}`);
  }

  /** Somebody whose credential does not hold, and why. */
  keptOut(why: string, { status, code, text }: Answer): void {
    this.refused.set(why, (this.refused.get(why) ?? 0) + 1);
    const isRefusal = codes.get(code ?? '') === status;
    if (!isRefusal) this.faults.push(`${this.#hour()}: let in with ${why}: ${status} ${text}`);
  }
}

/** How the platform says that a credential does not hold, and what another says of somebody; with their status. */
const codes: ReadonlyMap<string, number> = new Map([
  ['AF_ACCESS_CREDENTIAL_INVALID', 401],
  ['AF_JWT_REFRESH_INVALID', 401],
  ['AF_JWT_REFRESH_REUSED', 401],
  ['AF_OIDC_ATTEMPT_INVALID', 400],
  ['AF_OIDC_PROVIDER_FAILED', 502],
]);
