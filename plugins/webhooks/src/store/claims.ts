import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import { sql } from 'kysely';
import { disableWebhook } from './endpoint-rows.ts';
import type { AttemptRow, DeliveryRow, Tables, WebhooksDatabase } from './tables.ts';

/** A delivery that is this worker's until its lease ends. */
export type Claimed = DeliveryRow & { readonly lease_until: number };

/** How much may be under way. */
export interface ClaimOptions {
  readonly now: number;
  readonly leaseMs: number;
  /** Most that are under way for a webhook, in all processes. */
  readonly most: number;
}

/** Takes what has been due longest for a webhook; `undefined` when nothing is, or enough is under way. */
export function claimDelivery(
  database: SqlDatabase,
  tenant: string,
  webhook: string,
  { now, leaseMs, most }: ClaimOptions,
): Promise<Claimed | undefined> {
  return withTransaction(database, async (db: WebhooksDatabase, tx) => {
    await tx.lock(`webhooks:${tenant}:${webhook}`);
    const due = db.selectFrom('af_webhooks_deliveries').where('webhook_id', '=', webhook);
    const { count } = await due
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .where('next_at', 'is not', null)
      .where('lease_until', '>', now)
      .executeTakeFirstOrThrow();
    if (Number(count) >= most) return undefined;
    const row = await due
      .selectAll()
      .where('next_at', '<=', now)
      .where(({ or, eb }) => or([eb('lease_until', 'is', null), eb('lease_until', '<=', now)]))
      .orderBy('next_at')
      .orderBy('message_id')
      .limit(1)
      .executeTakeFirst();
    if (!row) return undefined;
    const claimed = { ...row, lease_until: now + leaseMs };
    await db
      .updateTable('af_webhooks_deliveries')
      .set({ lease_until: claimed.lease_until })
      .where('webhook_id', '=', webhook)
      .where('message_id', '=', row.message_id)
      .execute();
    return claimed;
  });
}

/** What became of a delivery by an attempt. */
export interface Recorded {
  readonly attempt: Omit<AttemptRow, 'webhook_id' | 'message_id' | 'number'>;
  readonly state: DeliveryRow['state'];
  /** While it is pending. */
  readonly nextAt: number | null;
  /** Why the webhook is to be disabled, where it is. */
  readonly disable: string | undefined;
  readonly now: number;
}

/**
 * Writes an attempt and what follows from it, unless the delivery is somebody else's by now, or gone. `disabled`: the
 * webhook was enabled before.
 */
export function recordAttempt(
  database: SqlDatabase,
  claimed: Claimed,
  { attempt, state, nextAt, disable, now }: Recorded,
): Promise<{ readonly disabled: boolean }> {
  const { webhook_id: webhook, message_id: message, tries, attempts, lease_until: lease } = claimed;
  return withTransaction(database, async (db: WebhooksDatabase) => {
    const { numUpdatedRows } = await db
      .updateTable('af_webhooks_deliveries')
      .set({
        state,
        attempts: attempts + 1,
        tries: tries + 1,
        next_at: nextAt,
        lease_until: null,
        error: attempt.error,
        ended_at: nextAt === null ? now : null,
      })
      .where('webhook_id', '=', webhook)
      .where('message_id', '=', message)
      .where('lease_until', '=', lease)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return { disabled: false };
    await db
      .insertInto('af_webhooks_attempts')
      .values({ webhook_id: webhook, message_id: message, number: tries + 1, ...attempt })
      .execute();
    const own = db.updateTable('af_webhooks_endpoints').where('id', '=', webhook);
    // Conditions keep the row as it is where nothing changes: most attempts write no webhook.
    if (state === 'delivered')
      await own.set({ failing_since: null }).where('failing_since', 'is not', null).execute();
    else await own.set({ failing_since: now }).where('failing_since', 'is', null).execute();
    return { disabled: disable !== undefined && (await disableWebhook(db, webhook, disable, now)) };
  });
}

/** When something of a webhook can be tried next; `undefined` when nothing is pending. */
export async function nextTime(database: SqlDatabase, webhook: string): Promise<number | undefined> {
  const free = sql<number>`CASE WHEN lease_until > next_at THEN lease_until ELSE next_at END`;
  const row = await queryBuilder<Tables>(database)
    .selectFrom('af_webhooks_deliveries')
    .select(sql<number | null>`MIN(${free})`.as('at'))
    .where('webhook_id', '=', webhook)
    .where('next_at', 'is not', null)
    .executeTakeFirst();
  return row?.at ?? undefined;
}
