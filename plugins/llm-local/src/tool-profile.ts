import type { ModelTool } from '@agent-factory/sdk/contracts';
import { wordsOf, contentWords } from './words.ts';
import { stem } from './stem.ts';

/** One parameter of a tool, as far as its schema is plain. */
export interface ToolParameter {
  readonly name: string;
  readonly required: boolean;
  readonly schema: ParameterSchema;
}

/** The parts of a JSON Schema that are read here; everything else is left to the tool's own check. */
export interface ParameterSchema {
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly items?: ParameterSchema;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** What a tool is about: how strongly each word (by stem) points to it. */
export interface ToolProfile {
  readonly tool: ModelTool;
  readonly parameters: readonly ToolParameter[];
  readonly words: ReadonlyMap<string, number>;
  /** Stems of the words of its name. */
  readonly name: ReadonlySet<string>;
  /** It looks things up by a question: it has a `query`. */
  readonly isSearch: boolean;
}

/** Words people use for what tools call otherwise. */
const synonyms: Readonly<Record<string, string>> = {
  time: 'clock hour day date today now weekday oclock',
  date: 'day today weekday',
  calculate: 'compute calculator arithmetic sum math maths percent',
  fetch: 'download open read visit get load page website summarize summarise',
  weather: 'rain raining sun sunny temperature forecast cold warm',
  dice: 'die',
  translate: 'translation language',
  send: 'mail write notify',
  create: 'add new make',
  delete: 'remove erase drop',
  list: 'show all',
};
const meanings = new Map(
  Object.entries(synonyms).map(([word, others]) => [stem(word), others.split(' ').map(stem)]),
);

/** Reads tools once for a message. A word in several tools tells them apart less. */
export function profileTools(tools: readonly ModelTool[]): ToolProfile[] {
  const profiles = tools.map(profile);
  const count = new Map<string, number>();
  for (const { words } of profiles)
    for (const word of words.keys()) count.set(word, (count.get(word) ?? 0) + 1);
  return profiles.map((each) => ({
    ...each,
    words: new Map(
      [...each.words].map(([word, weight]) => [word, weight * (0.6 + 0.4 / (count.get(word) ?? 1))]),
    ),
  }));
}

function profile(tool: ModelTool): ToolProfile {
  const parameters = parametersOf(tool);
  const words = new Map<string, number>();
  const add = (stems: Iterable<string>, weight: number): void => {
    for (const word of stems) words.set(word, Math.max(words.get(word) ?? 0, weight));
  };
  const name = new Set(wordsOf(tool.name).map((word) => word.stem));
  add(name, 1);
  for (const word of name) add(meanings.get(word) ?? [], 0.9);
  add(stems(tool.description), 0.7);
  for (const { name: parameter, schema } of parameters) {
    add(stems(parameter), 0.6);
    add(stems(schema.description ?? ''), 0.4);
    for (const value of [...(schema.enum ?? []), ...(schema.items?.enum ?? [])]) add(stems(String(value)), 1);
  }
  const isSearch = parameters.some(
    ({ name: parameter, schema }) => parameter === 'query' && schema.type === 'string',
  );
  return { tool, parameters, words, name, isSearch };
}

function parametersOf(tool: ModelTool): ToolParameter[] {
  const { properties, required } = tool.input as { properties?: unknown; required?: unknown }; // checked below
  if (typeof properties !== 'object' || properties === null) return [];
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(properties)
    .map(([name, schema]: [string, unknown]) => ({
      name,
      required: needed.includes(name),
      schema: (typeof schema === 'object' && schema !== null ? schema : {}) as ParameterSchema, // fields are tried one by one
    }))
    .sort((a, b) => Number(b.required) - Number(a.required));
}

function stems(text: string): string[] {
  return contentWords(text).map((word) => word.stem);
}
