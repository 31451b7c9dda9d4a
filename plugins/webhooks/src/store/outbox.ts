import type { SqlDatabase, SqlStatement } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import type { Tables } from './tables.ts';

/** Something to be told. */
export interface OutboxMessage {
  readonly id: string;
  readonly type: string;
  readonly runId: string | null;
  /** When it happened, in milliseconds since the epoch. */
  readonly at: number;
  /** JSON. */
  readonly data: string;
}

const columns =
  'webhook_id, message_id, type, run_id, happened_at, data, state, attempts, tries, next_at, created_at';
const values =
  'CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS TEXT),' +
  " 'pending', 0, 0, CAST(? AS BIGINT), CAST(? AS BIGINT)";

/**
 * Writes a message for every webhook that wants its type: one statement, which writes nothing where there is none, so
 * that it can go with others into a transaction that knows nothing of webhooks.
 */
export function toAll(message: OutboxMessage, now: number): SqlStatement {
  return {
    sql:
      `INSERT INTO af_webhooks_deliveries (${columns}) SELECT id, ${values} FROM af_webhooks_endpoints` +
      ' WHERE enabled = 1 AND events LIKE ? ON CONFLICT DO NOTHING',
    // As JSON has it; no type holds what LIKE takes for more than itself.
    params: [...paramsOf(message, now), `%"${message.type}"%`],
  };
}

/** Writes a message for one webhook, if it is enabled, whatever it wants; whether it was. */
export async function toOne(
  database: SqlDatabase,
  webhook: string,
  message: OutboxMessage,
  now: number,
): Promise<boolean> {
  const { changes } = await database.execute(
    `INSERT INTO af_webhooks_deliveries (${columns}) SELECT id, ${values} FROM af_webhooks_endpoints` +
      ' WHERE enabled = 1 AND id = ?',
    [...paramsOf(message, now), webhook],
  );
  return changes === 1;
}

function paramsOf({ id, type, runId, at, data }: OutboxMessage, now: number): (string | number | null)[] {
  return [id, type, runId, at, data, now, now];
}

/** Webhooks of a tenant for which something is due. */
export async function dueWebhooks(database: SqlDatabase, now: number): Promise<readonly string[]> {
  const rows = await queryBuilder<Tables>(database)
    .selectFrom('af_webhooks_deliveries')
    .select('webhook_id')
    .distinct()
    .where('next_at', '<=', now)
    .execute();
  return rows.map(({ webhook_id: id }) => id);
}
