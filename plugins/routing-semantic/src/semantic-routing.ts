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
  type ConditionServices,
  type ConditionTypes,
} from '@agent-factory/sdk/contracts';
import type { RoutingSemanticConfig } from './config.ts';
import { likenesses } from './likeness.ts';
import {
  evaluator,
  readCondition,
  semanticConditionSchema,
  type ReadCondition,
} from './semantic-condition.ts';

/**
 * Decides by the nearest example.
 *
 * @param check holds a value against {@link semanticConditionSchema}
 */
export function createSemanticRouting(config: RoutingSemanticConfig, check: Validator): ConditionEvaluator {
  return {
    name: evaluator,
    description: 'Compares a text with examples, by embeddings or by its words, and takes the nearest.',
    condition: semanticConditionSchema,
    deterministic: false,
    compile: async (condition, types) =>
      compile(readCondition(condition, types, config, check), types, config),
    compileChoice: async (options, types) => {
      checkOptions(evaluator, options);
      return compileChoice(options, readOptions(options, types, config, check), config);
    },
  };
}

/** The example that is nearest to a text. */
interface Nearest {
  readonly option: number;
  readonly example: string;
  readonly likeness: number;
}

function compile(
  condition: ReadCondition,
  types: ConditionTypes,
  config: RoutingSemanticConfig,
): CompiledCondition {
  return {
    reads: condition.text.reads,
    evaluate: async (variables, services) => {
      const text = textOf(condition, variables);
      const near = await nearest([condition], text, config, services);
      const holds = near.likeness >= condition.threshold;
      const value: Json = (types.result ?? 'boolean') === 'boolean' || !holds ? holds : near.example;
      return {
        value,
        saw: { [condition.source]: cutFact(text) },
        confidence: near.likeness,
        reason: reasonOf(near),
      };
    },
  };
}

function readOptions(
  options: readonly ConditionOption[],
  types: ConditionTypes,
  config: RoutingSemanticConfig,
  check: Validator,
): readonly ReadCondition[] {
  const read: ReadCondition[] = [];
  for (const [index, { condition }] of options.entries()) {
    if (condition === undefined) continue;
    try {
      const one = readCondition(condition, types, config, check);
      if (read[0] && read[0].source !== one.source) {
        throw invalidCondition(
          evaluator,
          '/text',
          'the options compare other texts',
          'Give all of them the same "text".',
        );
      }
      read.push(one);
    } catch (error) {
      throw atOption(error, index);
    }
  }
  return read;
}

function compileChoice(
  options: readonly ConditionOption[],
  conditions: readonly ReadCondition[],
  config: RoutingSemanticConfig,
): CompiledChoice {
  const asked = options.filter(({ condition }) => condition !== undefined);
  const otherwise = options.find(({ condition }) => condition === undefined)?.id ?? null;
  const [first] = conditions;
  return {
    reads: first?.text.reads ?? [],
    decide: async (variables, services) => {
      if (first === undefined) return { chosen: otherwise, saw: {} };
      const text = textOf(first, variables);
      const near = await nearest(conditions, text, config, services);
      const isNear = near.likeness >= (conditions[near.option]?.threshold ?? 1);
      const chosen = isNear ? (asked[near.option]?.id ?? otherwise) : otherwise;
      return {
        chosen,
        saw: { [first.source]: cutFact(text) },
        confidence: near.likeness,
        reason: reasonOf(near),
      };
    },
  };
}

function textOf({ text }: ReadCondition, variables: JsonObject): string {
  const { value } = text.evaluate(variables);
  return typeof value === 'string' ? value : JSON.stringify(value);
}

async function nearest(
  conditions: readonly ReadCondition[],
  text: string,
  { model }: RoutingSemanticConfig,
  services: ConditionServices | undefined,
): Promise<Nearest> {
  const all = conditions.flatMap(({ examples }, option) => examples.map((example) => ({ option, example })));
  const found = await likenesses(
    text,
    all.map(({ example }) => example),
    model,
    services,
  );
  let best: Nearest = { option: 0, example: '', likeness: 0 };
  for (const [at, each] of all.entries()) {
    const likeness = found[at] ?? 0;
    if (likeness > best.likeness) best = { ...each, likeness };
  }
  return best;
}

function reasonOf({ example, likeness }: Nearest): string {
  if (example === '') return 'No example is like it.';
  return `The nearest example is ${JSON.stringify(example.slice(0, 100))}, ${Math.round(likeness * 100)} % alike.`;
}
