import { defineContract, type SingleContract } from '../contract.ts';
import type { Usage } from '../domain/run.ts';

/** What a call used, of which model, and when. */
export interface PriceQuery {
  readonly provider: string;
  /** As it was asked for, or as the provider named it. */
  readonly model: string;
  readonly usage: Usage;
  /** Milliseconds since the epoch: prices change. */
  readonly at: number;
}

/** What a call cost. */
export interface ModelCost {
  /** Billionths of a US dollar, a whole number, so that sums are exact. */
  readonly nanoUsd: number;
  /** The day from which the prices used here hold: `2026-03-01`. */
  readonly since: string;
}

/** What models cost. */
export interface ModelPrices {
  /** What a call cost; `undefined` where the price is not known, which is never the same as nothing. */
  priceOf(query: PriceQuery): Promise<ModelCost | undefined>;
}

/** Contract of {@link ModelPrices}. */
export const ModelPrices: SingleContract<ModelPrices> = defineContract<ModelPrices>({
  id: 'model-prices',
  version: '1.0.0',
  description: 'What calls of models cost.',
});
