import { databaseNow, type Storage } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import { errors } from './errors.ts';
import { chance, hashOf, type AttemptRow, type OidcTables } from './oidc-tables.ts';
import type { LoginSecrets } from './provider.ts';

const holdsMs = 600_000;

/** An account that an identity is to be linked with, and the session of it that asks. */
export interface LinkTarget {
  readonly account: string;
  readonly session: string;
}

/** Logins under way. Each ends once, in the browser it was begun in. */
export interface Attempts {
  begin(wish: {
    readonly provider: string;
    readonly returnTo: string;
    /** To link with, and the session that asks for it; left out for a login. */
    readonly linkTo?: LinkTarget;
  }): Promise<{ readonly secrets: LoginSecrets; readonly browser: string }>;
  /** AF_OIDC_ATTEMPT_INVALID, also for one that ended, and in another browser. */
  end(
    provider: string,
    state: string | undefined,
    browser: string | undefined,
  ): Promise<{ readonly row: AttemptRow; readonly secrets: LoginSecrets }>;
  sweep(): Promise<number>;
}

export function createAttempts(storage: Storage): Attempts {
  const db = queryBuilder<OidcTables>(storage);
  // One clock for all: a login may end at another process than it was begun at.
  const now = sql<number>`${sql.raw(databaseNow(storage.dialect))}`;
  return {
    async begin({ provider, returnTo, linkTo }) {
      const secrets = { state: chance(32), nonce: chance(32), verifier: chance(32) };
      const browser = chance(32);
      const { nonce, verifier } = secrets;
      await db
        .insertInto('af_auth_oidc_attempts')
        .values({
          state_hash: hashOf(secrets.state),
          browser_hash: hashOf(browser),
          provider,
          nonce,
          verifier,
          return_to: returnTo,
          account: linkTo?.account ?? null,
          session: linkTo?.session ?? null,
          expires_at: sql<number>`${now} + ${sql.lit(holdsMs)}`,
        })
        .execute();
      return { secrets, browser };
    },
    async end(provider, state = '', browser = '') {
      const hash = hashOf(state);
      const row = await db
        .selectFrom('af_auth_oidc_attempts')
        .selectAll()
        .where('state_hash', '=', hash)
        .where('expires_at', '>', now)
        .executeTakeFirst();
      // Somebody may send another their own answer of a provider, to have them work in a stranger's account.
      const isOurs = row?.browser_hash === hashOf(browser) && row.provider === provider;
      if (!row || !isOurs) throw errors.AF_OIDC_ATTEMPT_INVALID({});
      const { numDeletedRows } = await db
        .deleteFrom('af_auth_oidc_attempts')
        .where('state_hash', '=', hash)
        .executeTakeFirst();
      if (numDeletedRows === 0n) throw errors.AF_OIDC_ATTEMPT_INVALID({});
      return { row, secrets: { state, nonce: row.nonce, verifier: row.verifier } };
    },
    async sweep() {
      const { numDeletedRows } = await db
        .deleteFrom('af_auth_oidc_attempts')
        .where('expires_at', '<=', now)
        .executeTakeFirst();
      return Number(numDeletedRows);
    },
  };
}
