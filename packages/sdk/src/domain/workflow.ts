import type { JsonSchema } from '../json.ts';
import {
  expressionSchema,
  inputMappingSchema,
  nameSchema,
  versionSchema,
  type Expression,
  type InputMapping,
} from './expression.ts';

/** How often a failed node is tried again. */
export interface WorkflowRetry {
  /** Attempts in all, the first one included. */
  readonly maxAttempts: number;
  /** Milliseconds before the second attempt. Default 1,000. */
  readonly delayMs?: number;
  /** What the delay is multiplied with after each attempt. Default 2. */
  readonly factor?: number;
}

/** What every node has. */
interface NodeBase {
  /** Unique in the workflow. */
  readonly id: string;
  readonly description?: string;
  /** Milliseconds the node may take, retries included. Default: no limit of its own. */
  readonly timeoutMs?: number;
  /** Default: one attempt. */
  readonly retry?: WorkflowRetry;
  /** Id of the node that undoes this one when the workflow fails later. */
  readonly compensation?: string;
}

/** One step of a workflow. */
export type WorkflowNode =
  /** Runs an agent. */
  | (NodeBase & { readonly type: 'agent'; readonly agent: string; readonly input?: InputMapping })
  /** Calls a tool. */
  | (NodeBase & { readonly type: 'tool'; readonly tool: string; readonly input?: InputMapping })
  /** Takes the first outgoing edge, by priority, whose condition holds. */
  | (NodeBase & { readonly type: 'branch' })
  /** Runs the nodes named at the same time; `all` waits for each, `any` for the first that succeeds. */
  | (NodeBase & {
      readonly type: 'parallel';
      readonly branches: readonly string[];
      readonly join?: 'all' | 'any';
    })
  /** Runs a node once for each item of a list; the item is called `as` in its expressions. */
  | (NodeBase & {
      readonly type: 'map';
      readonly items: Expression;
      readonly as?: string;
      readonly body: string;
      /** How many at once. Default 4. */
      readonly concurrency?: number;
    })
  /** Runs a node again while the condition holds, but never more often than the bound. */
  | (NodeBase & {
      readonly type: 'loop';
      readonly body: string;
      readonly while: Expression;
      readonly maxIterations: number;
    })
  /** Waits for a time, or for an event of that name. */
  | (NodeBase & { readonly type: 'wait'; readonly forMs: number })
  | (NodeBase & { readonly type: 'wait'; readonly forEvent: string })
  /** Waits for a person to say yes or no. */
  | (NodeBase & {
      readonly type: 'approval';
      /** What is asked. */
      readonly prompt: string;
      /** Permission the person needs. Default `approvals:write`. */
      readonly permission?: string;
    })
  /** Runs another workflow. */
  | (NodeBase & {
      readonly type: 'subworkflow';
      readonly workflow: string;
      /** Semver range. Default: any. */
      readonly version?: string;
      readonly input?: InputMapping;
    });

/** A way from one node to the next. */
export interface WorkflowEdge {
  readonly from: string;
  readonly to: string;
  /** Taken only when it holds. Default: always. */
  readonly condition?: Expression;
  /** Higher is looked at first. Default 0. */
  readonly priority?: number;
}

/** Steps and the ways between them, as data. */
export interface Workflow {
  /** Unique name: lower-case letters, digits and dashes. */
  readonly name: string;
  /** Semver version. */
  readonly version: string;
  readonly description?: string;
  /** JSON Schemas of what goes in and comes out. Default: anything. */
  readonly input?: JsonSchema;
  readonly output?: JsonSchema;
  /** Makes the output from the nodes' results. Default: the result of the last node. */
  readonly result?: Expression;
  /** Id of the first node. */
  readonly start: string;
  readonly nodes: readonly WorkflowNode[];
  readonly edges: readonly WorkflowEdge[];
}

const id: JsonSchema = { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$' };
const milliseconds: JsonSchema = { type: 'integer', minimum: 1 };

const retry: JsonSchema = {
  type: 'object',
  properties: {
    maxAttempts: { type: 'integer', minimum: 1, maximum: 100 },
    delayMs: { type: 'integer', minimum: 0 },
    factor: { type: 'number', minimum: 1 },
  },
  required: ['maxAttempts'],
  additionalProperties: false,
};

const nodes: readonly JsonSchema[] = [
  node('agent', { agent: nameSchema }, { input: inputMappingSchema }),
  node('tool', { tool: { type: 'string', minLength: 1 } }, { input: inputMappingSchema }),
  node('branch', {}),
  node(
    'parallel',
    { branches: { type: 'array', items: id, minItems: 1, uniqueItems: true } },
    { join: { enum: ['all', 'any'] } },
  ),
  node(
    'map',
    { items: expressionSchema, body: id },
    { as: id, concurrency: { type: 'integer', minimum: 1 } },
  ),
  node('loop', {
    body: id,
    while: expressionSchema,
    maxIterations: { type: 'integer', minimum: 1, maximum: 10_000 },
  }),
  node('wait', { forMs: milliseconds }),
  node('wait', { forEvent: { type: 'string', minLength: 1 } }),
  node(
    'approval',
    { prompt: { type: 'string', minLength: 1 } },
    { permission: { type: 'string', minLength: 1 } },
  ),
  node('subworkflow', { workflow: nameSchema }, { version: { type: 'string' }, input: inputMappingSchema }),
];

/** JSON Schema of {@link Workflow}. That ids named by edges exist is not a matter of the schema. */
export const workflowSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: nameSchema,
    version: versionSchema,
    description: { type: 'string' },
    input: { type: 'object' },
    output: { type: 'object' },
    result: expressionSchema,
    start: id,
    nodes: { type: 'array', minItems: 1, items: { type: 'object', required: ['id', 'type'], oneOf: nodes } },
    edges: {
      type: 'array',
      items: {
        type: 'object',
        properties: { from: id, to: id, condition: expressionSchema, priority: { type: 'integer' } },
        required: ['from', 'to'],
        additionalProperties: false,
      },
    },
  },
  required: ['name', 'version', 'start', 'nodes', 'edges'],
  additionalProperties: false,
};

function node(
  type: WorkflowNode['type'],
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return {
    type: 'object',
    properties: {
      id,
      type: { const: type },
      description: { type: 'string' },
      timeoutMs: milliseconds,
      retry,
      compensation: id,
      ...required,
      ...optional,
    },
    required: ['id', 'type', ...Object.keys(required)],
    additionalProperties: false,
  };
}
