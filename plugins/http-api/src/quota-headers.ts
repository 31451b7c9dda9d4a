import type { ServerResponse } from 'node:http';
import type { AgentFactoryError } from '@agent-factory/sdk';

/** What a quota says of itself as it refuses, as details of its error. */
interface UsedUp {
  readonly quota: string;
  readonly most: number;
  /** Until it begins anew, where time alone gives something back. */
  readonly seconds?: number;
  readonly windowSeconds?: number;
}

/** What quotas are counted in; a header takes whole numbers, so that money goes by cents. */
const units: readonly (readonly [prefix: string, unit: string, each: number])[] = [
  ['usd', 'us-cents', 0.01],
  ['tokens', 'tokens', 1],
  ['runs', 'runs', 1],
];

/**
 * Headers of draft-ietf-httpapi-ratelimit-headers for a quota that is used up, beside those of rate limits that were set
 * before; none for other errors.
 */
export function quotaHeaders(
  { code, details }: AgentFactoryError,
  response: Pick<ServerResponse, 'getHeader'>,
): Readonly<Record<string, string>> {
  if (code !== 'AF_QUOTA_EXCEEDED') return {};
  const { quota, most, seconds, windowSeconds } = details as Partial<UsedUp>; // as quotas give them
  if (typeof quota !== 'string' || !/^\w{1,64}$/.test(quota) || typeof most !== 'number') return {};
  const [, unit, each] = units.find(([prefix]) => quota.startsWith(prefix)) ?? ['', 'requests', 1];
  const window = typeof windowSeconds === 'number' ? `;w=${windowSeconds}` : '';
  const reset = typeof seconds === 'number' ? `;t=${seconds}` : '';
  const beside = (name: string, value: string): string =>
    [response.getHeader(name), value].filter((one) => one !== undefined).join(', ');
  return {
    'ratelimit-policy': beside(
      'ratelimit-policy',
      `"${quota}";q=${Math.floor(most / each)};qu="${unit}"${window}`,
    ),
    ratelimit: beside('ratelimit', `"${quota}";r=0${reset}`),
  };
}
