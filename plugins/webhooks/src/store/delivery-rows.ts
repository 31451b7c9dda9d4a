import { isAgentFactoryError } from '@agent-factory/sdk';
import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { keysetPage, queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import { errors } from '../errors.ts';
import type { Attempt, Delivery } from '../webhook.ts';
import type { AttemptRow, DeliveryRow, Tables, WebhooksDatabase } from './tables.ts';

/** Which deliveries of a webhook to list. */
export interface DeliveryQuery {
  readonly state?: Delivery['state'];
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/** Deliveries, newest first. */
export interface DeliveryPage {
  readonly deliveries: readonly Delivery[];
  readonly next?: string;
}

/** Those of a webhook, newest first, page by page. AF_WEBHOOK_QUERY_INVALID. */
export async function listDeliveries(
  database: SqlDatabase,
  webhook: string,
  { state, limit, after }: DeliveryQuery,
): Promise<DeliveryPage> {
  let asked = queryBuilder<Tables>(database)
    .selectFrom('af_webhooks_deliveries')
    .selectAll()
    .where('webhook_id', '=', webhook);
  if (state !== undefined) asked = asked.where('state', '=', state);
  const { rows, next } = await keysetPage(asked, {
    by: [
      { column: 'created_at', direction: 'desc' },
      { column: 'message_id', direction: 'desc' },
    ],
    limit,
    after,
  }).catch((error: unknown): never => {
    if (!isAgentFactoryError(error, 'AF_CURSOR_INVALID') && !isAgentFactoryError(error, 'AF_PAGE_INVALID'))
      throw error;
    throw errors.AF_WEBHOOK_QUERY_INVALID({ reason: error.message.replace(/\.$/, '') }, { cause: error });
  });
  return { deliveries: rows.map(deliveryOf), ...(next !== undefined && { next }) };
}

/** One of a webhook's, with its attempts, the first one first. */
export async function readDelivery(
  database: SqlDatabase,
  webhook: string,
  message: string,
): Promise<{ readonly delivery: Delivery; readonly attempts: readonly Attempt[] } | undefined> {
  const db = queryBuilder<Tables>(database);
  const row = await db
    .selectFrom('af_webhooks_deliveries')
    .selectAll()
    .where('webhook_id', '=', webhook)
    .where('message_id', '=', message)
    .executeTakeFirst();
  if (!row) return undefined;
  const attempts = await db
    .selectFrom('af_webhooks_attempts')
    .selectAll()
    .where('webhook_id', '=', webhook)
    .where('message_id', '=', message)
    .orderBy('number')
    .execute();
  return { delivery: deliveryOf(row), attempts: attempts.map(attemptOf) };
}

/** Has ended ones tried anew: one, or all that are dead since a time. Gives how many. */
export async function replayDeliveries(
  database: SqlDatabase,
  webhook: string,
  which: { readonly message: string } | { readonly deadSince: number },
  now: number,
): Promise<number> {
  let asked = queryBuilder<Tables>(database)
    .updateTable('af_webhooks_deliveries')
    .set({ state: 'pending', attempts: 0, next_at: now, lease_until: null, ended_at: null })
    .where('webhook_id', '=', webhook);
  asked =
    'message' in which
      ? asked.where('message_id', '=', which.message).where('state', '<>', 'pending')
      : asked.where('state', '=', 'dead').where('happened_at', '>=', which.deadSince);
  const { numUpdatedRows } = await asked.executeTakeFirst();
  return Number(numUpdatedRows);
}

/** Ends what is pending for a webhook that is disabled, but what somebody is at. */
export async function endPending(db: WebhooksDatabase, webhook: string, now: number): Promise<void> {
  await db
    .updateTable('af_webhooks_deliveries')
    .set({ state: 'dead', next_at: null, lease_until: null, error: 'AF_WEBHOOK_DISABLED', ended_at: now })
    .where('webhook_id', '=', webhook)
    .where('next_at', 'is not', null)
    .where(({ or, eb }) => or([eb('lease_until', 'is', null), eb('lease_until', '<=', now)]))
    .execute();
}

/** Removes what ended before a time, with its attempts, at most `limit`; gives how many went. */
export function removeEnded(database: SqlDatabase, before: number, limit: number): Promise<number> {
  return withTransaction(database, async (db: WebhooksDatabase) => {
    const rows = await db
      .selectFrom('af_webhooks_deliveries')
      .select(['webhook_id', 'message_id'])
      .where('ended_at', '<=', before)
      .orderBy('ended_at')
      .limit(limit)
      .execute();
    for (const { webhook_id: webhook, message_id: message } of rows)
      for (const table of ['af_webhooks_attempts', 'af_webhooks_deliveries'] as const)
        await db
          .deleteFrom(table)
          .where('webhook_id', '=', webhook)
          .where('message_id', '=', message)
          .execute();
    return rows.length;
  });
}

function deliveryOf(row: DeliveryRow): Delivery {
  return {
    id: row.message_id,
    type: row.type,
    ...(row.run_id !== null && { runId: row.run_id }),
    state: row.state,
    attempts: row.tries,
    ...(row.next_at !== null && { nextAt: row.next_at }),
    ...(row.error !== null && { error: row.error }),
    happenedAt: row.happened_at,
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
  };
}

function attemptOf(row: AttemptRow): Attempt {
  return {
    at: row.at,
    durationMs: row.duration_ms,
    ...(row.status !== null && { status: row.status }),
    ...(row.error !== null && { error: row.error }),
    ...(row.reason !== null && { reason: row.reason }),
    ...(row.answer !== null && { answer: row.answer }),
  };
}
