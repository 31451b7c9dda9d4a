import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject, PluginEntry } from '@agent-factory/sdk';
import type { ConditionEvaluatorSetup, GuardrailSetup, LanguageModelSetup } from '@agent-factory/sdk/testing';
import { errors } from '../errors.ts';

/** What a plugin is tried with on its author's desk: the file `examples.json` beside its package.json. */
export interface PluginExamples {
  /** Its settings. */
  readonly config?: JsonObject;
  /** Variables the settings name. */
  readonly env?: Readonly<Record<string, string>>;
  /** Hosts (`host:port`) with private addresses it may reach, isolated. */
  readonly allowHosts?: readonly string[];
  /** Permissions granted. Default: all that its manifest asks for. */
  readonly grants?: readonly string[];
  /** Plugins that have to be there too. */
  readonly beside?: readonly (string | PluginEntry)[];
  /** Valid inputs of each tool. */
  readonly tools?: Readonly<Record<string, readonly JsonObject[]>>;
  readonly models?: Readonly<Record<string, Omit<LanguageModelSetup, 'provider' | 'close'>>>;
  readonly guardrails?: Readonly<Record<string, Pick<GuardrailSetup, 'examples' | 'invalid'>>>;
  readonly evaluators?: Readonly<
    Record<string, Omit<ConditionEvaluatorSetup, 'evaluator' | 'services' | 'close'>>
  >;
  /** Questions to a knowledge pack, and the end of the name of the document that has to come first. */
  readonly searches?: readonly { readonly ask: string; readonly finds: string }[];
  /** Answers to what a blueprint asks. */
  readonly parameters?: JsonObject;
  /** Runs of a blueprint's agents, and what their answers have to hold. */
  readonly runs?: readonly { readonly agent: string; readonly input: string; readonly says: string }[];
}

const lists = ['allowHosts', 'grants', 'beside', 'searches', 'runs'];
const objects = ['config', 'env', 'tools', 'models', 'guardrails', 'evaluators', 'parameters'];

/** Reads the examples of a plugin; none where there is no such file. @throws AF_CLI_EXAMPLES_INVALID */
export function readExamples(folder: string): PluginExamples {
  const file = join(folder, 'examples.json');
  if (!existsSync(file)) return {};
  const refuse = (reason: string): Error => errors.AF_CLI_EXAMPLES_INVALID({ file, reason });
  let given: unknown;
  try {
    given = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : 'it is no JSON');
  }
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw refuse('it is no object');
  for (const [key, value] of Object.entries(given)) {
    const isList = lists.includes(key);
    if (!isList && !objects.includes(key))
      throw refuse(`it knows no "${key}"; it knows ${[...objects, ...lists].join(', ')}`);
    if (typeof value !== 'object' || value === null || Array.isArray(value) !== isList)
      throw refuse(`"${key}" is ${isList ? 'no list' : 'no object'}`);
  }
  return given; // what is wrong below that fails the case it is for
}
