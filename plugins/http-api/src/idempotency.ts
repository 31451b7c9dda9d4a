import { createHash } from 'node:crypto';
import { canonicalJson, type Json, type Logger } from '@agent-factory/sdk';
import type { HttpReply, HttpRoute, Principal, RequestLedger } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import type { Exchange } from './exchange.ts';
import { successStatus } from './route-table.ts';

const keyPattern = /^[\x21-\x7e]{1,255}$/;
const again = new WeakSet<HttpReply>();

/** Whether an answer was given before: nothing was carried out for it this time. */
export function isAnsweredAgain(reply: HttpReply): boolean {
  return again.has(reply);
}

/** One request, checked. */
interface KeyedRequest {
  readonly exchange: Exchange;
  readonly principal: Principal;
  readonly body: Json;
}

/** Carries out a request, unless it was carried out before: then it gives what was answered. */
export type Once = (request: KeyedRequest, work: () => Promise<HttpReply>) => Promise<HttpReply>;

/**
 * For routes that change something: a request with the header `idempotency-key` is carried out once. The key is its
 * sender's alone: another's of the same name is another. What fails is forgotten, so it can be sent again.
 */
export function createOnce(route: HttpRoute, ledger: RequestLedger, log: Logger): Once {
  const usual = successStatus(route);
  /** What the request came to is answered, also where it cannot be remembered; it is taken for lost in time. */
  const remember = (writing: Promise<void>): Promise<void> =>
    writing.catch((error: unknown) => {
      log.warn('what became of a request with a key could not be written down', {
        operation: route.operationId,
        error: String(error),
      });
    });
  return async ({ exchange, principal, body }, work) => {
    const given = exchange.request.headers['idempotency-key'];
    // Nobody's key could be anybody's.
    if (given === undefined || principal.kind === 'anonymous') return work();
    if (typeof given !== 'string' || !keyPattern.test(given)) throw errors.AF_HTTP_IDEMPOTENCY_KEY({});
    const key = JSON.stringify([principal.id, given]);
    // With the key in it, which is not kept: else what is short in a body (a password) could be guessed from it.
    const fingerprint = createHash('sha256')
      .update(canonicalJson([given, route.operationId, exchange.target, body]))
      .digest('hex');
    const requests = await ledger.tenant(principal.tenant);
    const found = await requests.begin({ key, fingerprint });
    if (found.state === 'other') throw errors.AF_HTTP_IDEMPOTENCY_OTHER({});
    if (found.state === 'running') throw errors.AF_HTTP_IDEMPOTENCY_RUNNING({});
    if (found.state === 'done') {
      if (!found.answer) throw errors.AF_HTTP_IDEMPOTENCY_DONE({});
      const { status, headers, body: kept } = found.answer;
      const reply = { status, headers: { ...headers, 'idempotent-replayed': 'true' }, body: kept };
      again.add(reply);
      return reply;
    }
    let reply: HttpReply;
    try {
      // Nobody waits for it any more, and what it would stand on may be gone.
      exchange.signal.throwIfAborted();
      reply = await work();
    } catch (error) {
      await remember(requests.forget(key, found.claim));
      throw error;
    }
    if ('stream' in reply || route.secretAnswer || reply.headers?.['set-cookie'] !== undefined)
      await remember(requests.done(key, found.claim));
    else {
      const { status = usual, headers = {}, body: answer } = reply;
      await remember(requests.done(key, found.claim, { status, headers, body: answer }));
    }
    return reply;
  };
}
