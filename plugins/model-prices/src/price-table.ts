import { readFileSync } from 'node:fs';

/** What a model costs from a day on, in US dollars for a million tokens. */
export interface PriceEntry {
  /** First day, in UTC: `2026-03-01`. */
  readonly since: string;
  readonly input: number;
  readonly output: number;
  /** Input read from the provider's cache. Default as `input`. */
  readonly cachedInput?: number;
  /** Input written into it. Default as `input`. */
  readonly cacheWrite?: number;
}

/** Prices by `provider/model`, the latest first. */
export type PriceTable = ReadonlyMap<string, readonly PriceEntry[]>;

interface PriceFile {
  readonly prices: Readonly<Record<string, readonly PriceEntry[]>>;
}

/** The prices this plugin brings. */
export function readBuiltInPrices(): PriceFile['prices'] {
  // Beside src and dist alike.
  const file: PriceFile = JSON.parse(readFileSync(new URL('../prices.json', import.meta.url), 'utf8'));
  return file.prices;
}

/** One table of the built-in prices and one's own, which go before. */
export function mergePrices(builtIn: PriceFile['prices'], own: PriceFile['prices']): PriceTable {
  return new Map(
    Object.entries({ ...builtIn, ...own }).map(([name, entries]) => [
      name,
      [...entries].sort((a, b) => (a.since < b.since ? 1 : -1)),
    ]),
  );
}

/** The prices of a model on a day, if they are known. */
export function findPrice(
  table: PriceTable,
  provider: string,
  model: string,
  at: number,
): PriceEntry | undefined {
  const day = new Date(at).toISOString().slice(0, 10);
  for (const name of [model, ...withoutVersion(model), '*']) {
    const found = table.get(`${provider}/${name}`);
    if (found) return found.find(({ since }) => since <= day);
  }
  return undefined;
}

/** `gpt-5-mini-2025-08-07` and `claude-haiku-4-5-20251001` cost what they cost without the date. */
function withoutVersion(model: string): string[] {
  const name = model.replace(/-(?:\d{4}-\d{2}-\d{2}|20\d{6}|latest)$/, '');
  return name === model ? [] : [name];
}
