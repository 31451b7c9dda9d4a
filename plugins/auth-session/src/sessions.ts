import type { CredentialSource, KeptValues, Storage } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import type { AuthSessionConfig } from './config.ts';
import { chance, hashOf, type SessionRow, type SessionTables } from './session-tables.ts';

const seenEveryMs = 60_000;

/** A session that has just begun. */
export interface BegunSession {
  readonly row: SessionRow;
  /** `<id>.<secret>`; shown to nobody but the browser. */
  readonly cookie: string;
}

/** Sessions in the platform's storage. */
export interface Sessions {
  begin(account: string): Promise<BegunSession>;
  /** The session of a cookie; `undefined` when there is none or it is over. */
  find(cookie: string, exact?: boolean): Promise<SessionRow | undefined>;
  /** Whether the session of an account is not over. */
  isLive: CredentialSource['holds'];
  list(account: string): Promise<readonly SessionRow[]>;
  /** Ends one of an account, or all but one; how many. */
  end(account: string, which: { readonly id: string } | { readonly butNot: string }): Promise<number>;
  sweep(): Promise<number>;
  /** Resolves once every note of a use is written. */
  settled(): Promise<void>;
}

export function createSessions(
  storage: Storage,
  kept: KeptValues<SessionRow | undefined>,
  { idleMs, maxMs }: Pick<AuthSessionConfig, 'idleMs' | 'maxMs'>,
): Sessions {
  const db = queryBuilder<SessionTables>(storage);
  const notes = new Set<Promise<void>>();
  const noted = new Map<string, number>();

  const isOver = (row: SessionRow, now: number): boolean =>
    row.expires_at <= now || Math.max(row.seen_at, noted.get(row.id) ?? 0) + idleMs <= now;

  const note = (row: SessionRow, now: number): void => {
    if (now - Math.max(row.seen_at, noted.get(row.id) ?? 0) < seenEveryMs) return;
    noted.set(row.id, now);
    const written = db
      .updateTable('af_auth_session_sessions')
      .set({ seen_at: now })
      .where('id', '=', row.id)
      .execute()
      .then(() => undefined)
      .catch(() => undefined) // noted again with a later request
      .finally(() => notes.delete(written));
    notes.add(written);
  };

  const read = (id: string, exact = false): SessionRow | undefined | Promise<SessionRow | undefined> => {
    const look = () =>
      db.selectFrom('af_auth_session_sessions').selectAll().where('id', '=', id).executeTakeFirst();
    return exact ? look() : kept.get(id, look);
  };

  return {
    async begin(account) {
      const now = Date.now();
      const [id, secret] = [chance(12), chance(32)];
      const row: SessionRow = {
        id,
        hash: hashOf(secret),
        account,
        csrf: chance(32),
        created_at: now,
        seen_at: now,
        expires_at: now + maxMs,
      };
      await db.insertInto('af_auth_session_sessions').values(row).execute();
      return { row, cookie: `${id}.${secret}` };
    },
    async find(cookie, exact) {
      const [id = '', secret = ''] = cookie.split('.');
      if (!/^[\w-]{16}$/.test(id) || secret === '') return undefined;
      const row = await read(id, exact);
      const now = Date.now();
      // What is compared is a hash of chance: where it differs tells nothing of the secret.
      if (!row || row.hash !== hashOf(secret) || isOver(row, now)) return undefined;
      note(row, now);
      return row;
    },
    async isLive({ id, account }, { isUse = true, exact } = {}) {
      const row = await read(id, exact);
      const now = Date.now();
      if (row?.account !== account || isOver(row, now)) return false;
      if (isUse) note(row, now);
      return true;
    },
    async list(account) {
      const rows = await db
        .selectFrom('af_auth_session_sessions')
        .selectAll()
        .where('account', '=', account)
        .orderBy('created_at', 'desc')
        .execute();
      const now = Date.now();
      return rows.filter((row) => !isOver(row, now));
    },
    async end(account, which) {
      const ended = db.deleteFrom('af_auth_session_sessions').where('account', '=', account);
      const { numDeletedRows } = await (
        'id' in which ? ended.where('id', '=', which.id) : ended.where('id', '!=', which.butNot)
      ).executeTakeFirst();
      await kept.changed();
      return Number(numDeletedRows);
    },
    async sweep() {
      const now = Date.now();
      const { numDeletedRows } = await db
        .deleteFrom('af_auth_session_sessions')
        .where((eb) => eb.or([eb('expires_at', '<=', now), eb('seen_at', '<=', now - idleMs - seenEveryMs)]))
        .executeTakeFirst();
      for (const [id, at] of noted) if (at + idleMs < now) noted.delete(id);
      return Number(numDeletedRows);
    },
    settled: async () => {
      await Promise.all(notes);
    },
  };
}
