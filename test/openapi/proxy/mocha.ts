// Loaded by mocha before the tests: what they ask of platforms with fetch goes through Prism.
import { isOfPlatform } from './platform-addresses.ts';
import { startPrismProxy, upstreamHeader, type PrismProxy } from './prism-proxy.ts';

const direct = globalThis.fetch;
const violations = new Set<string>();
let proxy: Promise<PrismProxy> | undefined;

globalThis.fetch = async (input, init) => {
  const address = input instanceof Request ? input.url : String(input);
  const url = URL.parse(address);
  if (!url || !isOfPlatform(url)) return direct(input, init);
  proxy ??= startPrismProxy((line) => violations.add(line));
  const headers = new Headers(init?.headers ?? (input instanceof Request ? input.headers : {}));
  headers.set(upstreamHeader, url.origin);
  const through = new URL(url.pathname + url.search, (await proxy).url);
  return direct(input instanceof Request ? new Request(through, input) : through, { ...init, headers });
};

function failWhereViolated(): void {
  if (violations.size === 0) return;
  const lines = [...violations];
  violations.clear();
  throw new Error(`The OpenAPI document does not allow what was said:\n${lines.join('\n')}`);
}

export const mochaHooks = {
  afterEach: failWhereViolated,
  afterAll: failWhereViolated,
};
