import { createOutbound, type Outbound } from '@agent-factory/sdk/outbound';
import { Webhook } from 'standardwebhooks';
import { mayRead } from './package-rights.ts';
import { nowOf, type Registry } from './registry.ts';
import { findAccount } from '../store/accounts.ts';
import { findPackage } from '../store/packages.ts';
import { changesSince, newestChange, type Change } from '../store/records.ts';
import { dueWebhooks, updateWebhook, type WebhookRow } from '../store/webhooks.ts';

const timeoutMs = 15_000;
/** Milliseconds before each further try, as Standard Webhooks proposes; after the last it is given up. */
const delays: readonly number[] = [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400].map(
  (seconds) => seconds * 1000,
);
/** Changes told to one webhook in one round. */
const perRound = 50;

type Sending = Pick<Registry, 'database' | 'settings'>;

/** Tells those who asked of what has happened, in order, until each has heard it. */
export interface WebhookSender {
  /** One round. Those that are due are told; others wait for theirs. */
  send(): Promise<void>;
}

/** Requests reach public addresses and `webhookHosts` alone, and are signed by the rules of Standard Webhooks. */
export function createWebhookSender(registry: Sending): WebhookSender {
  const { database, settings } = registry;
  const outbound = createOutbound({
    allowHosts: settings.webhookHosts,
    settings: { hosts: '"webhookHosts" of the registry', time: 'nothing' },
  });

  /** Whether the next one may be told. */
  async function tell(webhook: WebhookRow, change: Change): Promise<boolean> {
    const { id } = webhook;
    const problem = (await isMeant(registry, webhook, change))
      ? await post(outbound, webhook, change)
      : undefined;
    const now = settings.now();
    if (problem === undefined) {
      const told = { told: change.seq, attempts: 0, due: now.toISOString(), problem: null };
      await database.write((sql) => updateWebhook(sql, id, told));
      return true;
    }
    const delay = delays[webhook.attempts];
    const isOver = problem === gone || delay === undefined;
    const again = {
      attempts: webhook.attempts + 1,
      due: new Date(now.getTime() + (delay ?? 0)).toISOString(),
      problem,
      stopped: isOver ? now.toISOString() : null,
    };
    await database.write((sql) => updateWebhook(sql, id, again));
    return false;
  }

  return {
    async send() {
      const due = await dueWebhooks(database, nowOf(registry), await newestChange(database));
      for (const webhook of due)
        for (const change of await changesSince(database, webhook.told, perRound))
          if (!(await tell(webhook, change))) break;
    },
  };
}

const gone = 'the receiver answered 410 and wants no more';

/** A restricted package is told to those who may see it. */
async function isMeant({ database }: Sending, webhook: WebhookRow, change: Change): Promise<boolean> {
  if (webhook.package !== null && webhook.package !== change.package) return false;
  const row = await findPackage(database, change.package);
  if (!row || row.visibility === 'public') return true;
  const account = await findAccount(database, webhook.account);
  return account !== undefined && (await mayRead(database, change.package, { account }));
}

/** `undefined` when it was heard; else what went wrong. */
async function post(outbound: Outbound, webhook: WebhookRow, change: Change): Promise<string | undefined> {
  const { at, seq, kind, package: name, version, detail } = change;
  const id = `change_${webhook.id}_${seq}`;
  const body = JSON.stringify({ type: kind, timestamp: at, data: { seq, package: name, version, detail } });
  const sentAt = new Date();
  const headers = {
    'content-type': 'application/json',
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
    'webhook-signature': new Webhook(webhook.secret).sign(id, sentAt, body),
  };
  try {
    const { status } = await outbound.request({
      url: new URL(webhook.url),
      method: 'POST',
      headers,
      body: Buffer.from(body),
      timeoutMs,
      maxBytes: 1024,
      signal: AbortSignal.timeout(timeoutMs),
    });
    if (status === 410) return gone;
    return status >= 200 && status < 300 ? undefined : `the receiver answered ${status}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
