import { retryLocked, type ChangeCondition, type SqlDatabase } from '@agent-factory/sdk/contracts';
import { queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import { errors } from '../errors.ts';
import type { SealedSecret } from '../secrets.ts';
import type { ContentName, EventType, Webhook, WebhookSettings } from '../webhook.ts';
import { endPending } from './delivery-rows.ts';
import type { EndpointRow, Tables, WebhooksDatabase } from './tables.ts';

/** A webhook, and what it signs with. */
export interface KeptWebhook {
  readonly webhook: Webhook;
  /** The newest first. */
  readonly secrets: readonly SealedSecret[];
}

/** Those of a tenant, in the order in which they were made. */
export async function listWebhooks(database: SqlDatabase): Promise<readonly KeptWebhook[]> {
  const rows = await queryBuilder<Tables>(database)
    .selectFrom('af_webhooks_endpoints')
    .selectAll()
    .orderBy('created_at')
    .orderBy('id')
    .execute();
  return rows.map(keptOf);
}

/** One of a tenant's. */
export function readWebhook(database: SqlDatabase, id: string): Promise<KeptWebhook | undefined> {
  return readRow(queryBuilder<Tables>(database), id);
}

async function readRow(db: WebhooksDatabase, id: string): Promise<KeptWebhook | undefined> {
  const row = await db
    .selectFrom('af_webhooks_endpoints')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
  return row && keptOf(row);
}

/** Keeps a new one. AF_WEBHOOK_TOO_MANY. */
export function keepWebhook(
  database: SqlDatabase,
  tenant: string,
  { webhook, secrets }: KeptWebhook,
  most: number,
): Promise<void> {
  return withTransaction(database, async (db: WebhooksDatabase, tx) => {
    await tx.lock(`webhooks:${tenant}`);
    const { count } = await db
      .selectFrom('af_webhooks_endpoints')
      .select(({ fn }) => fn.countAll<number>().as('count'))
      .executeTakeFirstOrThrow();
    if (Number(count) >= most) throw errors.AF_WEBHOOK_TOO_MANY({ most });
    const { id, createdBy, createdAt, enabled } = webhook;
    await db
      .insertInto('af_webhooks_endpoints')
      .values({
        id,
        ...columnsOf(webhook),
        enabled: Number(enabled),
        secrets: JSON.stringify(secrets),
        disabled_by: enabled ? null : byHand,
        disabled_at: enabled ? null : createdAt,
        failing_since: null,
        created_by: createdBy,
        created_at: createdAt,
      })
      .execute();
  });
}

/** Why one is disabled that somebody disabled. */
const byHand = 'hand';

/**
 * Changes what somebody says of it, from what it is, `undefined` where it is not there. What is pending for one that is
 * disabled is dead.
 */
export function changeWebhook(
  database: SqlDatabase,
  id: string,
  change: (found: Webhook | undefined) => WebhookSettings,
  now: number,
): Promise<void> {
  return changing(database, id, async (db, found) => {
    const settings = change(found);
    await db
      .updateTable('af_webhooks_endpoints')
      .set(columnsOf(settings))
      .where('id', '=', id)
      .executeTakeFirst();
    if (settings.enabled)
      await db
        .updateTable('af_webhooks_endpoints')
        .set({ enabled: 1, disabled_by: null, disabled_at: null, failing_since: null })
        .where('id', '=', id)
        .where('enabled', '=', 0)
        .execute();
    else await disableWebhook(db, id, byHand, now);
  });
}

/** Changes one from what it is, one change after another; again where something was sent to it meanwhile. */
function changing<T>(
  database: SqlDatabase,
  id: string,
  work: (db: WebhooksDatabase, found: Webhook | undefined) => Promise<T>,
): Promise<T> {
  return retryLocked(database, () =>
    withTransaction(database, async (db: WebhooksDatabase, tx) => {
      await tx.lock(`webhooks:${id}`);
      return work(db, (await readRow(db, id))?.webhook);
    }),
  );
}

/** Disables one that is enabled; whether it was. What is pending is dead. */
export async function disableWebhook(
  db: WebhooksDatabase,
  id: string,
  by: string,
  now: number,
): Promise<boolean> {
  const { numUpdatedRows } = await db
    .updateTable('af_webhooks_endpoints')
    .set({ enabled: 0, disabled_by: by, disabled_at: now })
    .where('id', '=', id)
    .where('enabled', '=', 1)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) return false;
  await endPending(db, id, now);
  return true;
}

/** Keeps what it signs with from now on. */
export async function keepSecrets(
  database: SqlDatabase,
  id: string,
  secrets: readonly SealedSecret[],
): Promise<void> {
  await queryBuilder<Tables>(database)
    .updateTable('af_webhooks_endpoints')
    .set({ secrets: JSON.stringify(secrets) })
    .where('id', '=', id)
    .execute();
}

/** Removes one with all its deliveries; whether there was one. */
export function removeWebhook(
  database: SqlDatabase,
  id: string,
  { check }: ChangeCondition<Webhook>,
): Promise<boolean> {
  return changing(database, id, async (db, found) => {
    check?.(found);
    await db.deleteFrom('af_webhooks_attempts').where('webhook_id', '=', id).execute();
    await db.deleteFrom('af_webhooks_deliveries').where('webhook_id', '=', id).execute();
    const { numDeletedRows } = await db
      .deleteFrom('af_webhooks_endpoints')
      .where('id', '=', id)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  });
}

function columnsOf({ url, description, events, include }: WebhookSettings) {
  return { url, description, events: JSON.stringify(events), include: JSON.stringify(include) };
}

function keptOf(row: EndpointRow): KeptWebhook {
  const secrets = JSON.parse(row.secrets) as readonly SealedSecret[]; // as it was kept, like the others below
  const until = secrets[1]?.until;
  return {
    secrets,
    webhook: {
      id: row.id,
      url: row.url,
      description: row.description,
      events: JSON.parse(row.events) as readonly EventType[],
      include: JSON.parse(row.include) as readonly ContentName[],
      enabled: row.enabled === 1,
      ...(row.disabled_by !== null && { disabledBy: row.disabled_by }),
      ...(row.disabled_at !== null && { disabledAt: row.disabled_at }),
      ...(row.failing_since !== null && { failingSince: row.failing_since }),
      ...(until !== undefined && { formerSecretUntil: until }),
      createdBy: row.created_by,
      createdAt: row.created_at,
    },
  };
}
