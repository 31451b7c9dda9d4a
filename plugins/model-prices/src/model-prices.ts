import type { ModelCost, ModelPrices } from '@agent-factory/sdk/contracts';
import type { Usage } from '@agent-factory/sdk/domain';
import type { ModelPricesConfig } from './config.ts';
import { findPrice, mergePrices, readBuiltInPrices, type PriceEntry } from './price-table.ts';

/** A dollar for a million tokens is a thousand billionths for one. */
const nanoPerToken = 1000;

/** Prices from the table of this plugin and from its configuration. */
export function createModelPrices({ prices, sameAs }: ModelPricesConfig): ModelPrices {
  const table = mergePrices(readBuiltInPrices(), prices);
  return {
    async priceOf({ provider, model, usage, at }): Promise<ModelCost | undefined> {
      const entry =
        findPrice(table, provider, model, at) ??
        (Object.hasOwn(sameAs, provider) ? findPrice(table, sameAs[provider] ?? '', model, at) : undefined);
      return entry && { nanoUsd: costOf(usage, entry), since: entry.since };
    },
  };
}

/** What was thought is part of the output; what was read from the cache, or written into it, of the input. */
function costOf(
  usage: Usage,
  { input, output, cachedInput = input, cacheWrite = input }: PriceEntry,
): number {
  const cached = usage.cachedInputTokens ?? 0;
  const wrote = usage.cacheWriteTokens ?? 0;
  const fresh = Math.max(0, usage.inputTokens - cached - wrote);
  const dollars = fresh * input + cached * cachedInput + wrote * cacheWrite + usage.outputTokens * output;
  return Math.round(dollars * nanoPerToken);
}
