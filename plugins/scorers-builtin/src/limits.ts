import { scorerErrors, type Scorer } from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import { configSchema, defineScorer, type CompileSchema } from './define-scorer.ts';
import { shareOf } from './share-of.ts';

interface LimitsConfig {
  readonly turns?: number;
  readonly toolCalls?: number;
  readonly tokens?: number;
  readonly costUsd?: number;
  readonly durationMs?: number;
}

const whole = { type: 'integer', minimum: 0 };

/** The share of limits that a run keeps. */
export function limitsScorer(compile: CompileSchema): Scorer {
  return defineScorer<LimitsConfig>(compile, {
    name: 'limits',
    description: 'Whether the run keeps within turns, tool calls, tokens, costs and time.',
    config: configSchema(
      {
        turns: { ...whole, description: 'Calls of models.' },
        toolCalls: { ...whole, description: 'Calls of tools.' },
        tokens: { ...whole, description: 'Read and written.' },
        costUsd: { type: 'number', minimum: 0, description: 'US dollars. The prices have to be known.' },
        durationMs: { ...whole, description: 'Milliseconds from its start to its end.' },
      },
      { minProperties: 1 },
    ),
    prepare(limits) {
      return {
        judges: 'runs',
        score({ run }) {
          const used = usedBy(run);
          const demands = Object.entries(limits).map(([name, most]: [string, number]) => {
            const value = used[name as keyof LimitsConfig](); // the schema admits no others
            return { isMet: value <= most, fault: `${name} is ${value}, above ${most}` };
          });
          return shareOf(demands, 'It keeps within every limit.');
        },
      };
    },
  });
}

function usedBy(run: Run): Readonly<Record<keyof LimitsConfig, () => number>> {
  const { usage, cost, turns, toolCalls, createdAt, startedAt = createdAt, endedAt } = run;
  return {
    turns: () => turns,
    toolCalls: () => toolCalls,
    tokens: () => usage.inputTokens + usage.outputTokens,
    costUsd() {
      if ((cost?.unpriced ?? 0) === 0) return (cost?.nanoUsd ?? 0) / 1e9;
      // Not known is never the same as nothing.
      const reason = `the price of ${cost?.unpriced} call(s) of models is not known`;
      throw scorerErrors.AF_SCORER_FAILED({ name: 'limits', reason });
    },
    durationMs() {
      if (endedAt !== undefined) return endedAt - startedAt;
      throw scorerErrors.AF_SCORER_FAILED({ name: 'limits', reason: 'the run has not ended' });
    },
  };
}
