import { Counter, Histogram, type Registry } from 'prom-client';
import type { Usage } from '@agent-factory/sdk/domain';
import { createLabelValues, otherValue } from './label-values.ts';
import { createRecentValues } from './recent-values.ts';
import type { EventCounters } from './run-metrics.ts';

/** Models told apart; providers have few names, and each of their models is one. */
const mostModels = 100;
/** Calls under way that are remembered. */
const mostCalls = 10_000;
const nanoDollars = 1_000_000_000;

/** What is told of tokens, and how it is called there. */
const tokenKinds: readonly (readonly [kind: string, of: keyof Usage])[] = [
  ['input', 'inputTokens'],
  ['output', 'outputTokens'],
  ['cached_input', 'cachedInputTokens'],
  ['cache_write', 'cacheWriteTokens'],
  ['reasoning', 'reasoningTokens'],
];

/** Calls of models, what they took and what they cost. */
export function createModelMetrics(registry: Registry): EventCounters {
  const registers = [registry];
  const isKnown = createLabelValues(mostModels);
  const asked = createRecentValues<{ readonly provider: string; readonly model: string }>(mostCalls);
  const calls = new Counter({
    name: 'agent_factory_model_calls_total',
    help: 'Calls of models that ended, by how.',
    labelNames: ['provider', 'model', 'outcome'],
    registers,
  });
  const duration = new Histogram({
    name: 'agent_factory_model_call_duration_seconds',
    help: 'From the request to the full answer of a model.',
    labelNames: ['provider', 'model'],
    buckets: [0.25, 1, 2.5, 5, 10, 30, 120],
    registers,
  });
  const tokens = new Counter({
    name: 'agent_factory_model_tokens_total',
    help: 'Tokens: input has cached_input and cache_write in it, and output has reasoning.',
    labelNames: ['provider', 'model', 'kind'],
    registers,
  });
  const cost = new Counter({
    name: 'agent_factory_model_cost_dollars_total',
    help: 'What calls cost in US dollars, where the price is known.',
    labelNames: ['provider', 'model'],
    registers,
  });
  /** A run may ask several models at a time, each on a path of its own. */
  const keyOf = (runId: string, path = ''): string => `${runId}\n${path}`;
  const labelsOf = (runId: string, path: string | undefined): { provider: string; model: string } => {
    const { provider, model } = asked.take(keyOf(runId, path)) ?? { provider: 'unknown', model: 'unknown' };
    return isKnown(`${provider}\n${model}`) === otherValue
      ? { provider: otherValue, model: otherValue }
      : { provider, model };
  };
  return {
    'model.requested': ({ runId, data: { path, provider, model } }) =>
      asked.set(keyOf(runId, path), { provider, model }),
    'model.responded': ({ runId, data }) => {
      const labels = labelsOf(runId, data.path);
      calls.inc({ ...labels, outcome: 'answered' });
      duration.observe(labels, data.durationMs / 1000);
      for (const [kind, of] of tokenKinds) {
        const count = data.usage[of];
        if (count !== undefined && count > 0) tokens.inc({ ...labels, kind }, count);
      }
      if (data.costNanoUsd !== undefined && data.costNanoUsd > 0)
        cost.inc(labels, data.costNanoUsd / nanoDollars);
    },
    'model.failed': ({ runId, data }) => calls.inc({ ...labelsOf(runId, data.path), outcome: 'failed' }),
  };
}
