import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import type {
  HttpRoute,
  Principal,
  Quotas,
  RateBucket,
  RateLimiter,
  RateState,
  RateVerdict,
} from '@agent-factory/sdk/contracts';
import type { EmptyBucket } from './bucket-memory.ts';
import type { RateLimitRule } from './config.ts';
import { errors } from './errors.ts';
import type { Exchange } from './exchange.ts';

/** Counts the requests of a route; each throws AF_HTTP_RATE_LIMITED where there were too many. */
export interface RateLimits {
  /** By where it comes from, before anything else is looked at. */
  ofAddress(exchange: Exchange): void | Promise<void>;
  /** By where it comes from, once its credential was found missing or not to hold. */
  ofRefusal(exchange: Exchange): void | Promise<void>;
  /** By who makes it, and for which tenant; `times` it counts, default once. */
  ofPrincipal(principal: Principal, exchange: Exchange, times?: number): void | Promise<void>;
}

/** What limits are made from. */
export interface RateLimitParts {
  readonly rules: readonly RateLimitRule[];
  readonly limiter: RateLimiter;
  /** How many requests tenants may make, where that is limited for each. */
  readonly quotas?: Quotas | undefined;
  /** Proxies in front of the server, each of which adds an address to `x-forwarded-for`. */
  readonly proxies: number;
}

/** A rule as it is counted and told of, made once. */
interface CountedRule extends RateLimitRule {
  readonly windowMs: number;
  /** Begins the keys of its buckets. */
  readonly prefix: string;
  /** Its name in headers. */
  readonly item: string;
  readonly policy: string;
}

function countedRule(
  rule: RateLimitRule,
  name: string = `${rule.by}-${rule.classes.join('-')}`,
): CountedRule {
  const { limit, seconds } = rule;
  return {
    ...rule,
    windowMs: seconds * 1000,
    prefix: `${name}:${seconds}:`,
    item: `"${name}"`,
    policy: `"${name}";q=${limit};w=${seconds}`,
  };
}

const noRules: readonly CountedRule[] = [];

/** What the quota of a tenant adds to the rules. */
async function rulesOf(quotas: Quotas | undefined, tenant: string): Promise<readonly CountedRule[]> {
  const limit = (await quotas?.tenant(tenant).limits())?.requestsPerMinute;
  if (limit === undefined) return noRules;
  return [countedRule({ by: 'tenant', classes: [], limit, seconds: 60 }, 'requestsPerMinute')];
}

/** Makes the limits of a route's class. */
export function createRateLimits(
  { rules, limiter, proxies, quotas }: RateLimitParts,
  { rate }: Pick<HttpRoute, 'rate'>,
): RateLimits {
  const counted = rules.map((rule) => countedRule(rule));
  const mine = counted.filter(({ classes }) => classes.includes(rate));
  const byAddress = mine.filter(({ by }) => by === 'address');
  const ofRefused = counted.filter(({ by, classes }) => by === 'address' && classes.includes('refused'));
  const byPrincipal = mine.filter(({ by }) => by !== 'address');

  const take = (
    limits: readonly CountedRule[],
    whose: (rule: RateLimitRule) => string,
    exchange: Exchange,
  ): void | Promise<void> => {
    const buckets = limits.map((rule): RateBucket => {
      return { key: rule.prefix + whose(rule), limit: rule.limit, windowMs: rule.windowMs };
    });
    const verdict = limiter.take(buckets);
    if ('allowed' in verdict) return heed(verdict, limits, buckets, exchange);
    return verdict.then((one) => heed(one, limits, buckets, exchange));
  };

  const heed = (
    { allowed, states }: RateVerdict,
    limits: readonly CountedRule[],
    buckets: readonly RateBucket[],
    exchange: Exchange,
  ): void => {
    tell(exchange, limits, states);
    if (allowed) return;
    const worst = states.reduce(
      (one, other, at) => (other.retryMs > (states[one]?.retryMs ?? 0) ? at : one),
      0,
    );
    const seconds = Math.ceil((states[worst]?.retryMs ?? 0) / 1000);
    const { key = '', windowMs = 0 } = buckets[worst] ?? {};
    const empty: EmptyBucket = { bucket: key, windowMs };
    throw errors.AF_HTTP_RATE_LIMITED({ by: limits[worst]?.by ?? 'user', seconds, ...empty });
  };

  return {
    ofAddress(exchange) {
      if (byAddress.length === 0) return undefined;
      const address = addressOf(exchange.request, proxies);
      return take(byAddress, () => address, exchange);
    },
    ofRefusal(exchange) {
      if (ofRefused.length === 0) return undefined;
      const address = addressOf(exchange.request, proxies);
      return take(ofRefused, () => address, exchange);
    },
    ofPrincipal({ kind, id, tenant }, exchange, times = 1) {
      if ((byPrincipal.length === 0 && !quotas) || kind === 'anonymous') return undefined;
      const whose = ({ by }: RateLimitRule): string => (by === 'user' ? id : tenant);
      const one = async (): Promise<void> => {
        const more = await rulesOf(quotas, tenant);
        const all = more.length > 0 ? [...byPrincipal, ...more] : byPrincipal;
        if (all.length > 0) await take(all, whose, exchange);
      };
      if (times > 1) return repeat(one, times);
      return quotas ? one() : take(byPrincipal, whose, exchange);
    },
  };
}

/** Headers of draft-ietf-httpapi-ratelimit-headers; of a rule that is counted again the last holds. */
function tell(
  { limits, headers }: Exchange,
  rules: readonly CountedRule[],
  states: readonly RateState[],
): void {
  rules.forEach(({ item, policy }, at) => {
    const { remaining = 0, resetMs = 0 } = states[at] ?? {};
    limits.set(policy, `${item};r=${remaining};t=${Math.ceil(resetMs / 1000)}`);
  });
  let [policies, items] = ['', ''];
  for (const [policy, item] of limits) {
    const comma = policies === '' ? '' : ', ';
    policies += comma + policy;
    items += comma + item;
  }
  headers['ratelimit-policy'] = policies;
  headers['ratelimit'] = items;
}

/**
 * Where a request comes from. Each proxy adds whom it heard it from; what stands before those is the caller's own and
 * proves nothing. Whoever has one address of IPv6 has 64 bits of them.
 */
export function addressOf(
  {
    socket,
    headers,
  }: Pick<IncomingMessage, 'headers'> & {
    readonly socket: Pick<IncomingMessage['socket'], 'remoteAddress'>;
  },
  proxies: number,
): string {
  const forwarded = String(headers['x-forwarded-for'] ?? '').split(',');
  const told = proxies === 0 ? undefined : forwarded.at(-proxies)?.trim();
  const address = (told || socket.remoteAddress || 'unknown').slice(0, 64).replace(/^::ffff:(?=\d+\.)/i, '');
  return address.includes(':') && isIPv6(address) ? networkOf(address) : address;
}

/** The first 64 bits of an address of IPv6. */
function networkOf(address: string): string {
  const [left = '', right] = address.replace(/%.*$/, '').toLowerCase().split('::');
  const before = left === '' ? [] : left.split(':');
  const after = right === undefined || right === '' ? [] : right.split(':');
  const zeros = right === undefined ? 0 : Math.max(0, 8 - before.length - after.length);
  const parts = [...before, ...Array.from({ length: zeros }, () => '0'), ...after].slice(0, 4);
  return parts.map((part) => part.replace(/^0+(?=.)/, '')).join(':');
}

async function repeat(work: () => Promise<void>, times: number): Promise<void> {
  for (let done = 0; done < times; done += 1) await work();
}
