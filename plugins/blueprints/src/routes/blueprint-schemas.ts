import type { Json, JsonSchema } from '@agent-factory/sdk';
import type { HttpResponseSpec } from '@agent-factory/sdk/contracts';

const text: JsonSchema = { type: 'string' };
const flag: JsonSchema = { type: 'boolean' };
const hash = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';

function object(
  properties: Readonly<Record<string, JsonSchema>>,
  required: readonly string[] = [],
): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false };
}

function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items };
}

const part: JsonSchema = { enum: ['agent', 'workflow', 'router', 'tool', 'knowledge'] };
const version = object({ version: text, hash: text }, ['version', 'hash']);
const problem = object({ file: text, path: text, message: text, fix: text }, ['path', 'message']);
const change = object({ path: text, before: {}, after: {} }, ['path']);
const parameters: JsonSchema = { type: 'object', description: 'Answers to what the blueprint asks.' };
const name: JsonSchema = { type: 'string', minLength: 1, maxLength: 64 };
const names = list(name);

/** What becomes of what was changed here. */
export const editsSchema: JsonSchema = {
  enum: ['refuse', 'keep', 'overwrite'],
  default: 'refuse',
  description: 'What becomes of parts that were changed here and that the blueprint changes too.',
};

/** Path parameter of routes about one blueprint. */
export const nameParams: JsonSchema = object({ name: { ...name, description: 'Name of the blueprint.' } }, [
  'name',
]);

/** Body of the requests that install, upgrade, validate and compare. */
export const requestSchema: JsonSchema = object({ parameters, edits: editsSchema });

/** Body of the request that makes a package. */
export const exportSchema: JsonSchema = object(
  {
    name: { type: 'string', pattern: '^[a-z][a-z0-9-]{0,63}$' },
    version: { type: 'string', pattern: '^\\d+\\.\\d+\\.\\d+$', default: '1.0.0' },
    description: text,
    agents: names,
    workflows: names,
    routers: names,
    tools: names,
  },
  ['name'],
);

const summary = {
  name: text,
  description: text,
  available: version,
  installed: version,
  upgrade: flag,
} as const;

const installation = object(
  {
    name: text,
    version: text,
    hash: text,
    parameters,
    parts: list(object({ part, name: text, edited: flag }, ['part', 'name', 'edited'])),
    state: { enum: ['installed', 'changing'] },
    changedAt: { type: 'integer' },
  },
  ['name', 'version', 'hash', 'parameters', 'parts', 'state', 'changedAt'],
);

const exampleSummary: Json = {
  name: 'support-bot',
  description: 'Answers customers, and pays back what a person has agreed to.',
  available: { version: '1.1.0', hash },
  installed: { version: '1.0.0', hash },
  upgrade: true,
};

const exampleInstallation: Json = {
  name: 'support-bot',
  version: '1.1.0',
  hash,
  parameters: { shop: 'Acme' },
  parts: [{ part: 'agent', name: 'triage', edited: false }],
  state: 'installed',
  changedAt: 1_763_800_000_000,
};

/** Answer of a route. */
export const listResponse: HttpResponseSpec = {
  description: 'The blueprints, by name.',
  schema: object({ blueprints: list(object(summary, ['name', 'upgrade'])) }, ['blueprints']),
  example: { blueprints: [exampleSummary] },
};
/** Answer of a route. */
export const detailsResponse: HttpResponseSpec = {
  description:
    'The blueprint: its content, what it asks, what is wrong with it, and what is installed of it.',
  schema: object(
    {
      ...summary,
      // Its parameters are not filled in, so that it need not fit the schemas of its parts.
      blueprint: { type: 'object', properties: { name: text, version: text } },
      problems: list(problem),
      installation,
    },
    ['name', 'upgrade', 'problems'],
  ),
  example: { ...exampleSummary, problems: [], installation: exampleInstallation },
};
/** Answer of a route. */
export const installedResponse: HttpResponseSpec = {
  description: 'As it is installed now.',
  schema: installation,
  example: exampleInstallation,
};
/** Answer of a route. */
export const validResponse: HttpResponseSpec = {
  description: 'Every problem; none, when it can be installed.',
  schema: object({ problems: list(problem) }, ['problems']),
  example: {
    problems: [
      {
        file: 'agents/triage.yaml',
        path: '/model',
        message: 'no active plugin offers the model provider "x"',
      },
    ],
  },
};
/** Answer of a route. */
export const planResponse: HttpResponseSpec = {
  description: 'What would be done. Nothing was changed.',
  schema: object(
    {
      name: text,
      from: text,
      to: text,
      parameters,
      steps: list(
        object(
          {
            part,
            name: text,
            action: { enum: ['create', 'change', 'remove', 'keep'] },
            edited: flag,
            changes: list(change),
          },
          ['part', 'name', 'action', 'edited', 'changes'],
        ),
      ),
      problems: list(problem),
    },
    ['name', 'parameters', 'steps', 'problems'],
  ),
  example: {
    name: 'support-bot',
    from: '1.0.0',
    to: '1.1.0',
    parameters: { shop: 'Acme' },
    steps: [
      {
        part: 'agent',
        name: 'triage',
        action: 'change',
        edited: false,
        changes: [{ path: '/instructions', before: 'Sort.', after: 'Sort, in one word.' }],
      },
    ],
    problems: [],
  },
};
/** Answer of a route. */
export const removedResponse: HttpResponseSpec = {
  description: 'It was removed.',
  schema: object({ removed: { const: true } }, ['removed']),
  example: { removed: true },
};
/** Answer of a route. */
export const exportedResponse: HttpResponseSpec = {
  description: 'The files of the package, by path.',
  schema: object({ files: { type: 'object', additionalProperties: text } }, ['files']),
  example: { files: { 'blueprint.yaml': 'description: Answers customers.\n' } },
};
