import { randomBytes } from 'node:crypto';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { createUrlGuard } from '@agent-factory/sdk/outbound';
import type { ChangeCondition, SealedText, UseTenant } from '@agent-factory/sdk/contracts';
import type { WebhooksConfig } from './config.ts';
import { errors } from './errors.ts';
import { makeSecret, rotated } from './secrets.ts';
import type { Senders } from './send/senders.ts';
import {
  listDeliveries,
  readDelivery,
  replayDeliveries,
  type DeliveryPage,
  type DeliveryQuery,
} from './store/delivery-rows.ts';
import {
  changeWebhook,
  keepSecrets,
  keepWebhook,
  listWebhooks,
  readWebhook,
  removeWebhook,
  type KeptWebhook,
} from './store/endpoint-rows.ts';
import { toOne } from './store/outbox.ts';
import { testEvent, type Attempt, type Delivery, type Webhook, type WebhookSettings } from './webhook.ts';

/** A webhook whose secret is shown, this once. */
interface WithSecret {
  readonly webhook: Webhook;
  /** `whsec_…` */
  readonly secret: string;
}

/** A delivery with its attempts, the first one first. */
interface DeliveryDetails extends Delivery {
  readonly log: readonly Attempt[];
}

/** The webhooks of one tenant. What is not there fails with AF_WEBHOOK_UNKNOWN. */
export interface TenantWebhooks {
  list(): Promise<readonly Webhook[]>;
  get(id: string): Promise<Webhook>;
  /** AF_WEBHOOK_URL_INVALID, AF_WEBHOOK_TOO_MANY. */
  create(settings: WebhookSettings, by: string): Promise<WithSecret>;
  /** AF_WEBHOOK_URL_INVALID. */
  change(
    id: string,
    settings: Partial<WebhookSettings>,
    condition?: ChangeCondition<Webhook>,
  ): Promise<Webhook>;
  remove(id: string, condition?: ChangeCondition<Webhook>): Promise<void>;
  /** Signs with a new secret, and for a while with the one before as well. */
  rotate(id: string, overlapMs: number): Promise<WithSecret>;
  /** Sends it a test event. AF_WEBHOOK_DISABLED. */
  test(id: string): Promise<Delivery>;
  /** AF_WEBHOOK_QUERY_INVALID. */
  deliveries(id: string, query: DeliveryQuery): Promise<DeliveryPage>;
  /** AF_WEBHOOK_DELIVERY_UNKNOWN. */
  delivery(id: string, message: string): Promise<DeliveryDetails>;
  /** AF_WEBHOOK_DELIVERY_UNKNOWN, AF_WEBHOOK_DELIVERY_PENDING, AF_WEBHOOK_DISABLED. */
  replay(id: string, message: string): Promise<Delivery>;
  /** Those that are dead and happened since a time. AF_WEBHOOK_DISABLED. */
  replayDead(id: string, since: number): Promise<number>;
}

/** What webhooks stand on. */
export interface WebhooksParts {
  readonly config: WebhooksConfig;
  readonly useTenant: UseTenant;
  readonly sealed: SealedText;
  readonly senders: Pick<Senders, 'call'>;
  readonly now: () => number;
}

/** The webhooks of each tenant. */
export function createWebhooks(parts: WebhooksParts): (tenant: string) => TenantWebhooks {
  const { config, useTenant, sealed, senders, now } = parts;
  const checkUrl = createUrlCheck(config);

  return (tenant) => {
    const keptOr = async (id: string): Promise<KeptWebhook> => {
      const kept = await useTenant(tenant, (database) => readWebhook(database, id));
      if (!kept) throw unknown(id);
      return kept;
    };
    const enabledOr = async (id: string): Promise<void> => {
      const { webhook } = await keptOr(id);
      if (!webhook.enabled) throw errors.AF_WEBHOOK_DISABLED({ webhook: id });
    };
    const delivery = async (id: string, message: string): Promise<DeliveryDetails> => {
      await keptOr(id);
      const found = await useTenant(tenant, (database) => readDelivery(database, id, message));
      if (!found) throw errors.AF_WEBHOOK_DELIVERY_UNKNOWN({ webhook: id, message: message.slice(0, 120) });
      return { ...found.delivery, log: found.attempts };
    };

    return {
      async list() {
        const all = await useTenant(tenant, listWebhooks);
        return all.map(({ webhook }) => webhook);
      },
      get: async (id) => (await keptOr(id)).webhook,
      async create(settings, by) {
        const url = await checkUrl(settings.url);
        const id = `wh_${randomBytes(12).toString('hex')}`;
        const { shown, kept } = makeSecret(sealed, id);
        const made = { ...settings, url, id, createdBy: by, createdAt: now() };
        await useTenant(tenant, (database) =>
          keepWebhook(database, tenant, { webhook: made, secrets: [kept] }, config.maxWebhooks),
        );
        return { webhook: (await keptOr(id)).webhook, secret: shown };
      },
      async change(id, { url, ...others }, { check } = {}) {
        await keptOr(id);
        const changes = { ...others, ...(url !== undefined && { url: await checkUrl(url) }) };
        const change = (found: Webhook | undefined): WebhookSettings => {
          check?.(found);
          if (!found) throw unknown(id);
          return { ...found, ...changes };
        };
        await useTenant(tenant, (database) => changeWebhook(database, id, change, now()));
        return (await keptOr(id)).webhook;
      },
      async remove(id, condition = {}) {
        const isGone = await useTenant(tenant, (database) => removeWebhook(database, id, condition));
        if (!isGone) throw unknown(id);
      },
      async rotate(id, overlapMs) {
        const { secrets } = await keptOr(id);
        const { shown, kept } = makeSecret(sealed, id);
        const next = rotated(secrets, kept, overlapMs, now());
        await useTenant(tenant, (database) => keepSecrets(database, id, next));
        return { webhook: (await keptOr(id)).webhook, secret: shown };
      },
      async test(id) {
        await enabledOr(id);
        const message = {
          id: `msg_test_${randomBytes(12).toString('hex')}`,
          type: testEvent,
          runId: null,
          at: now(),
          data: JSON.stringify({ webhook: id }),
        };
        const isWritten = await useTenant(tenant, (database) => toOne(database, id, message, now()));
        if (!isWritten) throw errors.AF_WEBHOOK_DISABLED({ webhook: id });
        await senders.call(tenant);
        const { log: _log, ...made } = await delivery(id, message.id);
        return made;
      },
      async deliveries(id, query) {
        await keptOr(id);
        return useTenant(tenant, (database) => listDeliveries(database, id, query));
      },
      delivery,
      async replay(id, message) {
        await delivery(id, message);
        await enabledOr(id);
        const count = await useTenant(tenant, (database) =>
          replayDeliveries(database, id, { message }, now()),
        );
        if (count === 0) throw errors.AF_WEBHOOK_DELIVERY_PENDING({ message });
        await senders.call(tenant);
        const { log: _log, ...replayed } = await delivery(id, message);
        return replayed;
      },
      async replayDead(id, since) {
        await enabledOr(id);
        const count = await useTenant(tenant, (database) =>
          replayDeliveries(database, id, { deadSince: since }, now()),
        );
        await senders.call(tenant);
        return count;
      },
    };
  };
}

function unknown(id: string): Error {
  return errors.AF_WEBHOOK_UNKNOWN({ webhook: id.slice(0, 80) });
}

/** Any address on the public Internet; which one a name leads to is looked at when it is sent to. */
const standIn = { address: '9.9.9.9', family: 4 } as const;

/** Gives an address as it is kept, or says what is wrong with it: AF_WEBHOOK_URL_INVALID. */
function createUrlCheck({ allowHosts, allowHttp }: WebhooksConfig): (text: string) => Promise<string> {
  const guard = createUrlGuard({
    allowHosts,
    setting: '"allowHosts" of webhooks',
    resolve: async () => [standIn],
  });
  return async (text) => {
    const url = URL.parse(text);
    if (!url) throw errors.AF_WEBHOOK_URL_INVALID({ reason: 'it is none', mend: 'Give a whole address.' });
    if (url.protocol !== 'https:' && !(allowHttp && url.protocol === 'http:'))
      throw errors.AF_WEBHOOK_URL_INVALID({ reason: 'it is not https', mend: 'Use an https address.' });
    try {
      await guard(url);
    } catch (error) {
      if (!isAgentFactoryError(error)) throw error;
      const reason = error.message.replace(/\.$/, '');
      throw errors.AF_WEBHOOK_URL_INVALID({ reason, mend: error.fix }, { cause: error });
    }
    url.hash = '';
    return url.href;
  };
}
