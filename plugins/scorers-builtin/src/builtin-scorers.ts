import type { ConditionEvaluator, Scorer } from '@agent-factory/sdk/contracts';
import { conditionScorer } from './condition.ts';
import { containsScorer } from './contains.ts';
import type { CompileSchema } from './define-scorer.ts';
import { exactScorer } from './exact.ts';
import { jsonScorer } from './json.ts';
import { judgeScorer } from './judge.ts';
import { limitsScorer } from './limits.ts';
import { patternScorer } from './pattern.ts';
import { schemaScorer } from './schema.ts';
import { similarityScorer } from './similarity.ts';
import { toolsScorer } from './tools.ts';

/** Every scorer of the plugin. */
export function createBuiltinScorers(
  compile: CompileSchema,
  evaluators: readonly ConditionEvaluator[],
): readonly Scorer[] {
  const makers = [
    exactScorer,
    containsScorer,
    patternScorer,
    jsonScorer,
    schemaScorer,
    similarityScorer,
    judgeScorer,
    toolsScorer,
    limitsScorer,
  ];
  return [...makers.map((make) => make(compile)), conditionScorer(compile, evaluators)];
}
