import type { Json, JsonObject, Validator } from '@agent-factory/sdk';
import {
  atOption,
  checkOptions,
  cutFact,
  invalidCondition,
  type CompiledChoice,
  type CompiledCondition,
  type ConditionEvaluator,
  type ConditionOption,
  type ConditionTypes,
} from '@agent-factory/sdk/contracts';
import { classify, type Classification } from './classify.ts';
import type { RoutingLlmConfig } from './config.ts';
import { evaluator, llmConditionSchema, readCondition, type ReadCondition } from './llm-condition.ts';

/**
 * Decides by asking a model.
 *
 * @param check holds a value against {@link llmConditionSchema}
 */
export function createLlmRouting(config: RoutingLlmConfig, check: Validator): ConditionEvaluator {
  return {
    name: evaluator,
    description: 'Asks a model which description fits, and how sure it is.',
    condition: llmConditionSchema,
    deterministic: false,
    compile: async (condition, types) => compile(readCondition(condition, types, config, check), types),
    compileChoice: async (options, types) => {
      checkOptions(evaluator, options);
      return compileChoice(options, readOptions(options, types, config, check));
    },
  };
}

function compile(condition: ReadCondition, types: ConditionTypes): CompiledCondition {
  const wantsBoolean = (types.result ?? 'boolean') === 'boolean';
  if (condition.labels && wantsBoolean) {
    throw invalidCondition(
      evaluator,
      '/labels',
      'a condition gives true or false, and labels are texts',
      'Say in "when" when it holds.',
    );
  }
  const { about, model, minConfidence, fallback = null } = condition;
  const labels = condition.labels ?? { holds: condition.when ?? '' };
  return {
    reads: about,
    evaluate: async (variables, services) => {
      const shown = pick(variables, about);
      const { label, confidence, reason } = await classify(
        { model, labels, about: shown, minConfidence },
        services,
      );
      const value: Json = condition.labels ? (label ?? fallback) : label === 'holds';
      return { value, saw: facts(shown), confidence, reason };
    },
  };
}

function readOptions(
  options: readonly ConditionOption[],
  types: ConditionTypes,
  config: RoutingLlmConfig,
  check: Validator,
): readonly ReadCondition[] {
  const read: ReadCondition[] = [];
  for (const [index, { condition }] of options.entries()) {
    if (condition === undefined) continue;
    try {
      const one = readCondition(condition, types, config, check);
      if (one.labels)
        throw invalidCondition(
          evaluator,
          '/labels',
          'an option has one description',
          'Say in "when" when it is chosen.',
        );
      const [first] = read;
      if (first && first.model !== one.model) {
        throw invalidCondition(
          evaluator,
          '/model',
          `the options name other models as well`,
          'Name one model for all of them.',
        );
      }
      read.push(one);
    } catch (error) {
      throw atOption(error, index);
    }
  }
  return read;
}

/** One question about all options. The least sure of them sets how sure the model must be of each. */
function compileChoice(
  options: readonly ConditionOption[],
  conditions: readonly ReadCondition[],
): CompiledChoice {
  const asked = options.filter(({ condition }) => condition !== undefined);
  const labels = Object.fromEntries(asked.map(({ id }, at) => [id, conditions[at]?.when ?? '']));
  const least = new Map(asked.map(({ id }, at) => [id, conditions[at]?.minConfidence ?? 1]));
  const otherwise = options.find(({ condition }) => condition === undefined)?.id ?? null;
  const about = [...new Set(conditions.flatMap((each) => each.about))];
  const model = conditions[0]?.model;
  return {
    reads: about,
    decide: async (variables, services) => {
      const shown = pick(variables, about);
      if (model === undefined) return { chosen: otherwise, saw: {} };
      const minConfidence = Math.min(...least.values());
      const found = await classify({ model, labels, about: shown, minConfidence }, services);
      return {
        chosen: chosenOf(found, least) ?? otherwise,
        saw: facts(shown),
        confidence: found.confidence,
        reason: found.reason,
      };
    },
  };
}

function chosenOf({ label, confidence }: Classification, least: ReadonlyMap<string, number>): string | null {
  return label !== null && confidence >= (least.get(label) ?? 1) ? label : null;
}

function pick(variables: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(
    names.flatMap((name) => (Object.hasOwn(variables, name) ? [[name, variables[name] ?? null]] : [])),
  );
}

function facts(shown: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(shown).map(([name, value]) => [name, cutFact(value)]));
}
