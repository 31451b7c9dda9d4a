import { defineCollection, type CollectionContract } from '../contract.ts';
import type { Json, JsonObject, JsonSchema } from '../json.ts';
import type { ModelRequest, ModelResponse } from './language-model.ts';

/** What a condition may read, and what it must give. */
export interface ConditionTypes {
  /**
   * The variables, by name, each with the JSON Schema of its values; `{}` is any value. A condition that reads
   * another name is refused. An object schema with `properties` and without `additionalProperties` is taken at its
   * word: reading a property it does not list is refused as well.
   */
  readonly variables: Readonly<Record<string, JsonSchema>>;
  /** `boolean`: it decides, and gives true or false. `any`: it makes a value, of any JSON type. Default `boolean`. */
  readonly result?: 'boolean' | 'any';
}

/**
 * What an evaluator may use while it decides. Everything goes through here, so that the runtime can journal it and a
 * replay can answer from the journal. Evaluators that only calculate need none of it.
 */
export interface ConditionServices {
  readonly signal: AbortSignal;
  /** Asks a model, by `provider/model`. */
  askModel?(model: string, request: Omit<ModelRequest, 'model'>): Promise<ModelResponse>;
  /** One vector for each text, by `provider/model`; all of one length. */
  embed?(model: string, texts: readonly string[]): Promise<readonly (readonly number[])[]>;
}

/** The values a decision rested on, for the journal: each by its path, such as `input.amount`. */
export type ConditionFacts = Readonly<Record<string, Json>>;

/** What came out, and why. Plain JSON. */
export interface ConditionDecision {
  /** True or false, or the value made. */
  readonly value: Json;
  /** What it read. A long text or list is cut, and says so. */
  readonly saw: ConditionFacts;
  /** From 0 to 1, where the evaluator estimates. */
  readonly confidence?: number;
  /** Why, in a sentence, where the evaluator can say. */
  readonly reason?: string;
}

/** Something that may be a mistake, and is none for certain. */
export interface ConditionWarning {
  /** JSON Pointer into the condition. */
  readonly path: string;
  /** A sentence. */
  readonly message: string;
}

/** A condition that was checked and is ready to be decided, often. Holds no state between decisions. */
export interface CompiledCondition {
  /** Names of the variables it may read. */
  readonly reads: readonly string[];
  /** What whoever defines it should look at; it works all the same. */
  readonly warnings?: readonly ConditionWarning[];
  /**
   * Decides for these values. Evaluators that only calculate answer at once; the others give a promise. Missing or
   * unfit values fail with AF_CONDITION_FAILED, too much work with AF_CONDITION_LIMIT; thrown or rejected.
   */
  evaluate(
    variables: JsonObject,
    services?: ConditionServices,
  ): ConditionDecision | Promise<ConditionDecision>;
}

/** One way to choose. */
export interface ConditionOption {
  /** What is chosen; unique among the options. */
  readonly id: string;
  /** When; without one it always holds, so it is the way out when no other fits. */
  readonly condition?: Json;
}

/** Which option was chosen, and why. Plain JSON. */
export interface ChoiceDecision {
  /** Id of the option, or `null` when none fits. */
  readonly chosen: string | null;
  /** What it read, for all the options it looked at. */
  readonly saw: ConditionFacts;
  readonly confidence?: number;
  readonly reason?: string;
}

/** A choice that was checked and is ready. */
export interface CompiledChoice {
  readonly reads: readonly string[];
  /** As {@link CompiledCondition.evaluate}. */
  decide(variables: JsonObject, services?: ConditionServices): ChoiceDecision | Promise<ChoiceDecision>;
}

/**
 * Decides conditions of one kind: edges of routers and workflows, hand-offs, approval rules, and, with
 * `result: 'any'`, the values of mappings.
 *
 * Everything that can be known from the condition and the types is checked when it is compiled, and refused with
 * AF_CONDITION_INVALID: `details` has `line`, `column` and `offset` (from 1, 1 and 0; in the text, or in the text at
 * `path`, a JSON Pointer, where the condition is more than a text) and `problem`.
 */
export interface ConditionEvaluator {
  /** Unique: what routers and workflows name, such as `cel`. */
  readonly name: string;
  /** One sentence, for people who choose one. */
  readonly description: string;
  /** JSON Schema of its conditions. */
  readonly condition: JsonSchema;
  /** Whether the same values always give the same decision, with no call of a model or an embedder. */
  readonly deterministic: boolean;
  compile(condition: Json, types: ConditionTypes): Promise<CompiledCondition>;
  /**
   * Compiles a choice between options, most important first. Evaluators that calculate take the first that holds;
   * those that ask a model ask it once, about all of them.
   */
  compileChoice(options: readonly ConditionOption[], types: ConditionTypes): Promise<CompiledChoice>;
}

/** Collection of {@link ConditionEvaluator}. */
export const ConditionEvaluator: CollectionContract<ConditionEvaluator> =
  defineCollection<ConditionEvaluator>({
    id: 'condition-evaluator',
    version: '1.0.0',
    description: 'Ways to decide conditions: on edges, in branches, for approvals.',
  });
