import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIPv6 } from 'node:net';
import type {
  HttpRoute,
  Principal,
  Quotas,
  RateBucket,
  RateLimiter,
  RateState,
} from '@agent-factory/sdk/contracts';
import type { EmptyBucket } from './bucket-memory.ts';
import type { RateLimitRule } from './config.ts';
import { errors } from './errors.ts';

/** Counts the requests of a route; each throws AF_HTTP_RATE_LIMITED where there were too many. */
export interface RateLimits {
  /** By where it comes from, before anything else is looked at. */
  ofAddress(request: IncomingMessage, response: ServerResponse): Promise<void> | undefined;
  /** By where it comes from, once its credential was found missing or not to hold. */
  ofRefusal(request: IncomingMessage, response: ServerResponse): Promise<void> | undefined;
  /** By who makes it, and for which tenant; `times` it counts, default once. */
  ofPrincipal(principal: Principal, response: ServerResponse, times?: number): Promise<void> | undefined;
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

/** A rule that is counted, by its name where it has one. */
interface CountedRule extends RateLimitRule {
  readonly name?: string;
}

const noRules: readonly CountedRule[] = [];

/** What the quota of a tenant adds to the rules. */
async function rulesOf(quotas: Quotas | undefined, tenant: string): Promise<readonly CountedRule[]> {
  const limit = (await quotas?.tenant(tenant).limits())?.requestsPerMinute;
  if (limit === undefined) return noRules;
  return [{ name: 'requestsPerMinute', by: 'tenant', classes: [], limit, seconds: 60 }];
}

/** Makes the limits of a route's class. */
export function createRateLimits(
  { rules, limiter, proxies, quotas }: RateLimitParts,
  { rate }: Pick<HttpRoute, 'rate'>,
): RateLimits {
  const mine = rules.filter(({ classes }) => classes.includes(rate));
  const byAddress = mine.filter(({ by }) => by === 'address');
  const ofRefused = rules.filter(({ by, classes }) => by === 'address' && classes.includes('refused'));
  const byPrincipal = mine.filter(({ by }) => by !== 'address');

  const take = async (
    limits: readonly CountedRule[],
    whose: (rule: RateLimitRule) => string,
    response: ServerResponse,
  ): Promise<void> => {
    const buckets = limits.map((rule): RateBucket => {
      const { limit, seconds } = rule;
      return { key: `${nameOf(rule)}:${seconds}:${whose(rule)}`, limit, windowMs: seconds * 1000 };
    });
    const { allowed, states } = await limiter.take(buckets);
    if (!response.headersSent) tell(response, limits, states);
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
    ofAddress(request, response) {
      if (byAddress.length === 0) return undefined;
      const address = addressOf(request, proxies);
      return take(byAddress, () => address, response);
    },
    ofRefusal(request, response) {
      if (ofRefused.length === 0) return undefined;
      const address = addressOf(request, proxies);
      return take(ofRefused, () => address, response);
    },
    ofPrincipal({ kind, id, tenant }, response, times = 1) {
      if ((byPrincipal.length === 0 && !quotas) || kind === 'anonymous') return undefined;
      const one = async (): Promise<void> => {
        const more = quotas ? await rulesOf(quotas, tenant) : noRules;
        const all = more.length > 0 ? [...byPrincipal, ...more] : byPrincipal;
        if (all.length > 0) await take(all, ({ by }) => (by === 'user' ? id : tenant), response);
      };
      return times === 1 ? one() : repeat(one, times);
    },
  };
}

function nameOf({ name, by, classes }: CountedRule): string {
  return name ?? `${by}-${classes.join('-')}`;
}

/** What answers say of each rule; the last that was counted holds. */
const told = new WeakMap<ServerResponse, Map<string, readonly [policy: string, state: string]>>();

/** Headers of draft-ietf-httpapi-ratelimit-headers. */
function tell(response: ServerResponse, rules: readonly CountedRule[], states: readonly RateState[]): void {
  const said = told.get(response) ?? new Map<string, readonly [policy: string, state: string]>();
  told.set(response, said);
  rules.forEach((rule, at) => {
    const { limit, seconds } = rule;
    const { remaining = 0, resetMs = 0 } = states[at] ?? {};
    const name = `"${nameOf(rule)}"`;
    said.set(`${name};q=${limit};w=${seconds}`, [
      `${name};q=${limit};w=${seconds}`,
      `${name};r=${remaining};t=${Math.ceil(resetMs / 1000)}`,
    ]);
  });
  const all = [...said.values()];
  response.setHeader('ratelimit-policy', all.map(([policy]) => policy).join(', '));
  response.setHeader('ratelimit', all.map(([, state]) => state).join(', '));
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
  return isIPv6(address) ? networkOf(address) : address;
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
