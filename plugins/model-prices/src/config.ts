import type { PriceEntry } from './price-table.ts';

/** Prices of one's own; the schema in package.json says the same. */
export interface ModelPricesConfig {
  /** By `provider/model`, `provider/*` for all others of a provider. They stand for all built-in prices of that name. */
  readonly prices: Readonly<Record<string, readonly PriceEntry[]>>;
  /** Providers that cost what another costs, by name: `{ azure: openai }`. */
  readonly sameAs: Readonly<Record<string, string>>;
}
