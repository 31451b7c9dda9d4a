import type { Json, JsonObject } from '../json.ts';
import { conditionErrors } from './condition-evaluator-errors.ts';
import { atOption } from './condition-invalid.ts';
import type {
  ChoiceDecision,
  CompiledChoice,
  CompiledCondition,
  ConditionEvaluator,
  ConditionFacts,
  ConditionOption,
  ConditionServices,
  ConditionTypes,
} from './condition-evaluator.ts';

interface Way {
  readonly id: string;
  readonly condition?: CompiledCondition;
}

/**
 * For evaluators: a choice made of conditions that are decided one after the other; the first that holds is chosen.
 * Decides at once where the conditions do.
 */
export async function firstThatHolds(
  evaluator: Pick<ConditionEvaluator, 'name' | 'compile'>,
  options: readonly ConditionOption[],
  types: ConditionTypes,
): Promise<CompiledChoice> {
  checkOptions(evaluator.name, options);
  const ways: Way[] = [];
  for (const [index, { id, condition }] of options.entries()) {
    if (condition === undefined) ways.push({ id });
    else
      ways.push({
        id,
        condition: await compileAt(evaluator, condition, { ...types, result: 'boolean' }, index),
      });
  }
  return {
    reads: [...new Set(ways.flatMap(({ condition }) => condition?.reads ?? []))],
    decide: (variables, services) => decideFrom(ways, 0, {}, variables, services),
  };
}

/** For evaluators: throws AF_CONDITION_INVALID when two options share an id, or one that always holds is not last. */
export function checkOptions(evaluator: string, options: readonly ConditionOption[]): void {
  const seen = new Set<string>();
  for (const [index, { id, condition }] of options.entries()) {
    const twice = seen.has(id);
    seen.add(id);
    const hides = condition === undefined && index < options.length - 1;
    if (!twice && !hides) continue;
    throw conditionErrors.AF_CONDITION_INVALID({
      evaluator,
      line: 1,
      column: 1,
      offset: 0,
      path: `/${index}`,
      where: ` of option "${id}"`,
      problem: twice
        ? `the id "${id}" is there twice`
        : 'it always holds, so no option after it is ever chosen',
      mend: twice
        ? 'Give each option its own id.'
        : 'Put the option without a condition last, or give it one.',
    });
  }
}

async function compileAt(
  evaluator: Pick<ConditionEvaluator, 'compile'>,
  condition: Json,
  types: ConditionTypes,
  index: number,
): Promise<CompiledCondition> {
  try {
    return await evaluator.compile(condition, types);
  } catch (error) {
    throw atOption(error, index);
  }
}

function decideFrom(
  ways: readonly Way[],
  from: number,
  saw: ConditionFacts,
  variables: JsonObject,
  services: ConditionServices | undefined,
): ChoiceDecision | Promise<ChoiceDecision> {
  let facts = saw;
  for (let at = from; at < ways.length; at++) {
    const way = ways[at];
    if (way === undefined) break;
    if (way.condition === undefined) return { chosen: way.id, saw: facts };
    const decision = way.condition.evaluate(variables, services);
    if (decision instanceof Promise) {
      return decision.then((later) => {
        const all = { ...facts, ...later.saw };
        return later.value === true
          ? chosen(way.id, all, later)
          : decideFrom(ways, at + 1, all, variables, services);
      });
    }
    facts = { ...facts, ...decision.saw };
    if (decision.value === true) return chosen(way.id, facts, decision);
  }
  return { chosen: null, saw: facts };
}

function chosen(
  id: string,
  saw: ConditionFacts,
  { confidence, reason }: { readonly confidence?: number; readonly reason?: string },
): ChoiceDecision {
  return {
    chosen: id,
    saw,
    ...(confidence !== undefined && { confidence }),
    ...(reason !== undefined && { reason }),
  };
}
