import { createHash, randomUUID } from 'node:crypto';
import type {
  KeptAnswer,
  RequestLedger,
  SqlDatabase,
  TenantRequestLedger,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import { nowOf, queryBuilder } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import type { IdempotencySqlConfig } from './config.ts';

interface RequestTables {
  af_idempotency_sql_requests: {
    readonly key: string;
    readonly claim: string;
    readonly fingerprint: string;
    readonly state: 'running' | 'done';
    readonly answer: string | null;
    readonly expires_at: number;
  };
}

/** A ledger in each tenant's own storage; all times are the database's. */
export function createSqlIdempotency(tenants: TenantStorage, config: IdempotencySqlConfig): RequestLedger {
  return { tenant: async (id) => ledgerIn(await tenants.tenant(id), config) };
}

/** Removes what is over in a tenant, at most `limit`; how many. */
export async function sweepRequests(database: SqlDatabase, limit: number): Promise<number> {
  const db = queryBuilder<RequestTables>(database);
  const over = db
    .selectFrom('af_idempotency_sql_requests')
    .select('key')
    .where('expires_at', '<=', nowOf(database))
    .limit(limit);
  const { numDeletedRows } = await db
    .deleteFrom('af_idempotency_sql_requests')
    .where('key', 'in', over)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

function ledgerIn(
  database: SqlDatabase,
  { keepMs, runningMs, maxAnswerBytes }: IdempotencySqlConfig,
): TenantRequestLedger {
  const db = queryBuilder<RequestTables>(database);
  const now = nowOf(database);
  const inMs = (ms: number) => sql<number>`${now} + ${ms}`;

  return {
    async begin({ key: text, fingerprint }) {
      const key = hashOf(text);
      const claim = randomUUID();
      for (;;) {
        // What is over makes room; who else was quicker to take it is seen below.
        await db
          .deleteFrom('af_idempotency_sql_requests')
          .where('key', '=', key)
          .where('expires_at', '<=', now)
          .execute();
        await db
          .insertInto('af_idempotency_sql_requests')
          .values({ key, claim, fingerprint, state: 'running', answer: null, expires_at: inMs(runningMs) })
          .onConflict((on) => on.doNothing())
          .execute();
        const row = await db
          .selectFrom('af_idempotency_sql_requests')
          .selectAll()
          .where('key', '=', key)
          .executeTakeFirst();
        if (row?.claim === claim) return { state: 'new', claim };
        // Between the two it came to nothing, and is new.
        if (!row) continue;
        if (row.fingerprint !== fingerprint) return { state: 'other' };
        if (row.state === 'running') return { state: 'running' };
        // As done wrote it.
        return {
          state: 'done',
          ...(row.answer !== null && { answer: JSON.parse(row.answer) as KeptAnswer }),
        };
      }
    },
    async done(text, claim, answer) {
      const kept = answer === undefined ? null : JSON.stringify(answer);
      const fits = kept !== null && Buffer.byteLength(kept) <= maxAnswerBytes;
      await db
        .updateTable('af_idempotency_sql_requests')
        .set({ state: 'done', answer: fits ? kept : null, expires_at: inMs(keepMs) })
        .where('key', '=', hashOf(text))
        .where('claim', '=', claim)
        .execute();
    },
    async forget(text, claim) {
      await db
        .deleteFrom('af_idempotency_sql_requests')
        .where('key', '=', hashOf(text))
        .where('claim', '=', claim)
        .execute();
    },
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
