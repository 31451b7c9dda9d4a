import type { JsonSchema } from '../json.ts';
import {
  conditionSchema,
  evaluatorSchema,
  expressionSchema,
  inputMappingSchema,
  nameSchema,
  versionSchema,
} from './expression.ts';
import type { WorkflowNode } from './workflow.ts';

const id: JsonSchema = { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_-]{0,63}$' };
const variable: JsonSchema = { type: 'string', pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$' };
const text: JsonSchema = { type: 'string', minLength: 1 };
const milliseconds: JsonSchema = { type: 'integer', minimum: 1 };
const anySchema: JsonSchema = { type: 'object' };

const retry: JsonSchema = object(
  { maxAttempts: { type: 'integer', minimum: 1, maximum: 100 } },
  {
    delayMs: { type: 'integer', minimum: 0 },
    factor: { type: 'number', minimum: 1 },
    maxDelayMs: milliseconds,
  },
);

const action: Readonly<Record<string, JsonSchema>> = {
  input: inputMappingSchema,
  inputSchema: anySchema,
  retry,
  compensation: id,
};

const nodes: Readonly<Record<WorkflowNode['type'], JsonSchema>> = {
  agent: node({ agent: nameSchema }, action),
  tool: node({ tool: text }, action),
  subworkflow: node({ workflow: nameSchema }, action),
  branch: node({}, { evaluator: evaluatorSchema }),
  parallel: node(
    { branches: { type: 'array', items: id, minItems: 1, uniqueItems: true } },
    { join: { enum: ['all', 'any'] } },
  ),
  map: node(
    { items: expressionSchema, body: id },
    { as: variable, concurrency: { type: 'integer', minimum: 1, maximum: 1000 } },
  ),
  loop: node(
    { body: id, while: expressionSchema, maxIterations: { type: 'integer', minimum: 1, maximum: 10_000 } },
    { onBound: { enum: ['fail', 'continue'] } },
  ),
  wait: {
    ...node({}, { forMs: milliseconds, forEvent: text }),
    oneOf: [{ required: ['forMs'] }, { required: ['forEvent'] }],
  },
  approval: node(
    { prompt: text },
    {
      input: inputMappingSchema,
      permission: text,
      onReject: { enum: ['fail', 'continue'] },
      onTimeout: { enum: ['fail', 'approve', 'reject'] },
    },
  ),
};

/** By its type, so that a problem is told of the node as it was meant. */
const anyNode: JsonSchema = {
  type: 'object',
  properties: { id: {}, type: { enum: Object.keys(nodes) } },
  required: ['id', 'type'],
  allOf: Object.entries(nodes).map(([type, schema]) => ({
    if: { properties: { type: { const: type } } },
    // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
    then: schema,
  })),
};

/** JSON Schema of `Workflow`. What it cannot say, `workflowProblems` finds. */
export const workflowSchema: JsonSchema = object(
  {
    name: nameSchema,
    version: versionSchema,
    start: id,
    nodes: {
      type: 'array',
      minItems: 1,
      maxItems: 1000,
      items: anyNode,
    },
    edges: {
      type: 'array',
      items: object({ from: id, to: id }, { condition: conditionSchema, priority: { type: 'integer' } }),
    },
  },
  {
    description: { type: 'string' },
    input: anySchema,
    output: anySchema,
    result: expressionSchema,
    evaluator: evaluatorSchema,
    limits: object({}, { steps: { type: 'integer', minimum: 1, maximum: 1_000_000 }, timeMs: milliseconds }),
  },
);

function node(
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return object(
    { id, type: { type: 'string' }, ...required },
    {
      description: { type: 'string' },
      timeoutMs: milliseconds,
      outputSchema: anySchema,
      onError: id,
      ...optional,
    },
  );
}

function object(
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return {
    type: 'object',
    properties: { ...required, ...optional },
    ...(Object.keys(required).length > 0 && { required: Object.keys(required) }),
    additionalProperties: false,
  };
}
