import { setTimeout as delay } from 'node:timers/promises';
import { isAgentFactoryError, type Logger } from '@agent-factory/sdk';
import type { AuditLog, Journal, SealedText, UseTenant } from '@agent-factory/sdk/contracts';
import type { Outbound } from '@agent-factory/sdk/outbound';
import { queryBuilder } from '@agent-factory/sdk/sql';
import type { WebhooksConfig } from '../config.ts';
import { keysOf } from '../secrets.ts';
import { claimDelivery, nextTime, recordAttempt, type Claimed } from '../store/claims.ts';
import { endPending } from '../store/delivery-rows.ts';
import { readWebhook, type KeptWebhook } from '../store/endpoint-rows.ts';
import type { Tables } from '../store/tables.ts';
import { bodyOf } from './payload.ts';
import { failureOf, post, type Outcome } from './post.ts';
import { retryDelay } from './retry-time.ts';
import { signedHeaders } from './signature.ts';

/** What sending stands on. */
export interface DrainParts {
  readonly config: WebhooksConfig;
  readonly useTenant: UseTenant;
  readonly journal: Journal;
  readonly sealed: SealedText;
  readonly outbound: Outbound;
  readonly audit: AuditLog | undefined;
  readonly log: Logger;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** A number from 0 to below 1. */
  readonly random: () => number;
}

/** A webhook of a tenant. */
export interface WebhookAddress {
  readonly tenant: string;
  readonly webhook: string;
}

/** What is left after a while of sending. */
export interface Drained {
  readonly sent: number;
  /** When something can be tried next. */
  readonly nextAt?: number;
}

/** How long one worker goes on with one webhook before others have their turn. */
const turnMs = 30_000;
/** Milliseconds between looks for more while requests are under way. */
const lookMs = 500;
/** How much longer than an answer may take somebody else leaves a delivery alone. */
const leaseMarginMs = 30_000;

/**
 * Sends what is due for a webhook, several at the same time, in no particular order. While requests are under way it goes
 * on to look for more, since calls for a webhook that somebody is at are taken for done.
 */
export async function drain(
  { tenant, webhook }: WebhookAddress,
  signal: AbortSignal,
  parts: DrainParts,
): Promise<Drained> {
  const { config, useTenant, now } = parts;
  const endsAt = now() + turnMs;
  const leaseMs = config.timeoutMs + leaseMarginMs;
  const most = config.perWebhook;
  const running = new Set<Promise<void>>();
  const failures: unknown[] = [];
  let sent = 0;
  while (!signal.aborted && failures.length === 0 && now() < endsAt) {
    if (running.size < most) {
      const next = await useTenant(tenant, async (database) => {
        const kept = await readWebhook(database, webhook);
        // Written at the moment in which it was disabled.
        if (!kept?.webhook.enabled) await endPending(queryBuilder<Tables>(database), webhook, now());
        const claimed = await claimDelivery(database, tenant, webhook, { now: now(), leaseMs, most });
        return kept && claimed && { kept, claimed };
      });
      if (next) {
        const work = attempt(tenant, next.claimed, next.kept, signal, parts)
          .then(
            () => void sent++,
            (error: unknown) => void failures.push(error),
          )
          .finally(() => running.delete(work));
        running.add(work);
        continue;
      }
      if (running.size === 0) break;
    }
    await oneOf(running, running.size < most);
  }
  await Promise.all(running);
  signal.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  const nextAt = await useTenant(tenant, (database) => nextTime(database, webhook));
  return { sent, ...(nextAt !== undefined && { nextAt }) };
}

/** Resolves when one of them has ended, or after a while where there may be more to do meanwhile. */
async function oneOf(running: ReadonlySet<Promise<void>>, isRoom: boolean): Promise<void> {
  if (!isRoom) return Promise.race(running);
  const stop = new AbortController();
  const pause = delay(lookMs, undefined, { signal: stop.signal, ref: false }).catch(() => {}); // it is not needed
  await Promise.race([...running, pause]);
  stop.abort();
}

async function attempt(
  tenant: string,
  claimed: Claimed,
  kept: KeptWebhook,
  signal: AbortSignal,
  parts: DrainParts,
): Promise<void> {
  const { config, useTenant, now, random } = parts;
  const at = now();
  const outcome = await send(tenant, claimed, kept, signal, parts);
  const after = now();
  const { error, askedMs } = outcome;
  const failed = claimed.attempts + 1;
  const pause = retryDelay(failed, askedMs, { retryMs: config.retryMs, random });
  const isOver = error === undefined || error === 'AF_WEBHOOK_GONE' || pause === undefined;
  const disable = error === undefined ? undefined : disabledBy(error, kept, after, config);
  const { disabled } = await useTenant(tenant, (database) =>
    recordAttempt(database, claimed, {
      attempt: {
        at,
        duration_ms: outcome.durationMs,
        status: outcome.status ?? null,
        error: error ?? null,
        reason: outcome.reason ?? null,
        answer: outcome.answer ?? null,
      },
      state: error === undefined ? 'delivered' : isOver ? 'dead' : 'pending',
      nextAt: isOver ? null : after + pause,
      disable,
      now: after,
    }),
  );
  if (disabled && disable !== undefined) await tellDisabled(tenant, claimed, disable, parts);
}

/** One request. Throws the reason of `signal`, and what is wrong with the storage. */
async function send(
  tenant: string,
  { webhook_id: webhook, message_id: id, type, run_id: runId, happened_at: at, data }: Claimed,
  { webhook: { url, include }, secrets }: KeptWebhook,
  signal: AbortSignal,
  parts: DrainParts,
): Promise<Outcome> {
  const { config, sealed, outbound, now } = parts;
  const body = await bodyOf({ type, at, data, runId }, include, tenant, {
    journal: parts.journal,
    maxContentBytes: config.maxContentBytes,
  });
  let keys;
  try {
    keys = keysOf(secrets, sealed, webhook, now());
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_WEBHOOK_SECRET_LOST')) throw error;
    return { durationMs: 0, ...failureOf(error) };
  }
  const headers = signedHeaders({ id, at: now(), body }, keys);
  const { timeoutMs, allowHttp } = config;
  return post(outbound, { url, headers, body, timeoutMs, allowHttp, now: now(), signal });
}

/** The code of why it is disabled after this failure, where it is. */
function disabledBy(
  error: string,
  { webhook: { failingSince } }: KeptWebhook,
  now: number,
  { disableAfterMs }: WebhooksConfig,
): string | undefined {
  if (error === 'AF_WEBHOOK_GONE') return error;
  const isLong = failingSince !== undefined && now - failingSince >= disableAfterMs;
  return isLong ? 'AF_WEBHOOK_FAILING' : undefined;
}

async function tellDisabled(
  tenant: string,
  { webhook_id: webhook, message_id: message }: Claimed,
  code: string,
  { audit, log, now }: DrainParts,
): Promise<void> {
  log.warn('a webhook was disabled', { tenant, webhook, code });
  try {
    await audit?.chain(tenant).record({
      at: now(),
      who: 'webhooks',
      tenant,
      action: 'disableWebhook',
      target: `/api/v1/webhooks/${webhook}`,
      outcome: 'done',
      code,
      requestId: message,
    });
  } catch (error) {
    log.error('that a webhook was disabled could not be written into the audit log', {
      tenant,
      webhook,
      error,
    });
  }
}
