import { setTimeout as delay } from 'node:timers/promises';
import type { Disposer, PlatformRole } from '@agent-factory/sdk';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { Jobs, NewJob, TenantAnalytics } from '@agent-factory/sdk/contracts';
import { dueWebhooks } from '../store/outbox.ts';
import { drain, type Drained, type DrainParts, type WebhookAddress } from './drain.ts';

const queue = 'webhooks.send';
/** A call that came while a worker was at its end was taken for done: somebody looks once more after this. */
const onceMoreMs = 1_000;
const mostDelayMs = 31_536_000_000;

/** What senders stand on. */
export interface SendersParts extends DrainParts {
  readonly jobs: Jobs;
  readonly analytics: TenantAnalytics;
  readonly role: PlatformRole;
}

/** Those who send in this process, and who calls them. */
export interface Senders {
  /** Something of this tenant is due. Several calls at a time are one look. Never rejects. */
  call(tenant: string): Promise<void>;
  /** Takes calls, and looks for what was called for in vain. */
  serve(): Promise<Disposer | undefined>;
  /** Resolves once calls of this process have been passed on. */
  close(): Promise<void>;
}

/** A webhook with something due; `isOnceMore`: the call has no key, so that none is taken for it. */
interface CalledFor extends WebhookAddress {
  readonly isOnceMore?: boolean;
}

/** Creates the senders: a job for each webhook with something due. */
export function createSenders(parts: SendersParts): Senders {
  const { config, useTenant, jobs, analytics, role, log, now } = parts;
  const calls = new Map<string, { again: boolean; done: Promise<void> }>();

  const wish = (address: WebhookAddress, more: Pick<NewJob, 'dedupeKey' | 'delayMs'> = {}): NewJob => ({
    queue,
    tenant: address.tenant,
    data: { ...address },
    dedupeKey: keyOf(address),
    ...more,
  });
  const pass = async (tenant: string): Promise<void> => {
    try {
      const due = await useTenant(tenant, (database) => dueWebhooks(database, now()));
      if (due.length > 0) await jobs.enqueue(due.map((webhook) => wish({ tenant, webhook })));
    } catch (error) {
      if (isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) return;
      log.warn('the senders of webhooks were not called; what is due is found again', { tenant, error });
    }
  };
  const look = async (): Promise<void> => {
    try {
      const rows = await analytics.query<WebhookAddress>(
        'SELECT {{tenant.id}} AS tenant, webhook_id AS webhook FROM af_webhooks_deliveries' +
          ' WHERE next_at <= ? AND (lease_until IS NULL OR lease_until <= ?) GROUP BY 1, 2 LIMIT 1000',
        [now(), now()],
      );
      if (rows.length > 0) await jobs.enqueue(rows.map((address) => wish(address)));
    } catch (error) {
      log.warn('deliveries of webhooks that are due could not be looked for', { error });
    }
  };
  /** Calls for what is left. */
  const goOn = async ({ isOnceMore, ...address }: CalledFor, { sent, nextAt }: Drained): Promise<void> => {
    const left = nextAt === undefined ? undefined : Math.max(0, nextAt - now());
    const news: NewJob[] = [];
    // A call with the key of the job that is at its end now was taken for done.
    if (sent > 0 || left === 0 || !isOnceMore)
      news.push(once(wish(address, { delayMs: left === 0 && sent > 0 ? 0 : onceMoreMs })));
    if (left !== undefined && left > 0)
      news.push(
        wish(address, { delayMs: Math.min(left, mostDelayMs), dedupeKey: `${keyOf(address)}@${nextAt}` }),
      );
    if (news.length > 0) await jobs.enqueue(news);
  };

  return {
    call(tenant) {
      const current = calls.get(tenant);
      if (current) {
        current.again = true;
        return current.done;
      }
      const state = { again: false, done: Promise.resolve() };
      calls.set(tenant, state);
      state.done = (async () => {
        do {
          state.again = false;
          await pass(tenant);
        } while (state.again);
        calls.delete(tenant);
      })();
      return state.done;
    },
    async serve() {
      if (role === 'api') return undefined;
      const worker = await jobs.work(
        queue,
        async ({ job, signal }) => {
          const address = job.data as unknown as CalledFor; // as it was called
          try {
            await goOn(address, await drain(address, signal, parts));
          } catch (error) {
            if (!isAgentFactoryError(error, 'AF_TENANT_UNKNOWN')) throw error;
          }
        },
        { concurrency: config.concurrency, perTenant: { concurrency: config.perTenant } },
      );
      const stop = new AbortController();
      const looking = (async () => {
        while (!stop.signal.aborted) {
          await look();
          await delay(config.lookMs, undefined, { signal: stop.signal, ref: false }).catch(() => {}); // it was stopped
        }
      })();
      return async () => {
        stop.abort();
        await worker.close();
        await looking;
      };
    },
    async close() {
      await Promise.all([...calls.values()].map(({ done }) => done));
    },
  };
}

function keyOf({ tenant, webhook }: WebhookAddress): string {
  return `${tenant}/${webhook}`;
}

/** The same without a key: it is added whatever there is. */
function once({ dedupeKey: _key, data, ...job }: NewJob): NewJob {
  return { ...job, data: { ...data, isOnceMore: true } };
}
