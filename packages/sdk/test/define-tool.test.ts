import assert from 'node:assert/strict';
import { defineAgent, defineTool, type Logger, type StandardSchema } from '@agent-factory/sdk';
import type { ToolCallContext } from '@agent-factory/sdk/contracts';

const log = {} as Logger; // no tool here logs
const context: ToolCallContext = {
  signal: new AbortController().signal,
  runId: 'r',
  tenant: 'default',
  idempotencyKey: 'k',
  log,
};

/** A schema as a library gives it: text that is turned into a number. */
function counting(jsonSchema = true): StandardSchema<{ readonly count: number }> {
  const schema = {
    $schema: 'x',
    type: 'object',
    properties: { count: { type: 'string' } },
    required: ['count'],
  };
  return {
    '~standard': {
      version: 1,
      vendor: 'test',
      validate(value) {
        const count = Number(Object(value).count);
        return Number.isInteger(count)
          ? { value: { count } }
          : { issues: [{ message: 'is no number', path: ['count'] }] };
      },
      ...(jsonSchema && { jsonSchema: { input: () => schema, output: () => ({ type: 'object' }) } }),
    },
  };
}

describe('defineTool', () => {
  it('gives the model the JSON Schema, and the function what the schema makes of it', async () => {
    const tool = defineTool({
      name: 'double',
      description: 'Doubles.',
      input: counting(),
      effect: 'pure',
      run: ({ count }) => count * 2,
    });
    assert.deepEqual(tool.input, {
      type: 'object',
      properties: { count: { type: 'string' } },
      required: ['count'],
    });
    assert.equal(await tool.run({ count: '21' }, context), 42);
    await assert.rejects(tool.run({ count: 'many' }, context), {
      code: 'AF_SCHEMA_VALUE_INVALID',
      message: 'The value does not fit its schema: count: is no number.',
    });
  });

  it('takes a plain JSON Schema as it is', async () => {
    const input = { type: 'object' };
    const tool = defineTool({
      name: 'a',
      description: 'b',
      input,
      output: {},
      effect: 'pure',
      run: (given) => given,
    });
    assert.deepEqual([tool.input, tool.output], [input, {}]);
    assert.deepEqual(await tool.run({ a: 1 }, context), { a: 1 });
  });

  it('refuses a schema without a JSON Schema, and says whose it is', () => {
    const options = { name: 'a', description: 'b', effect: 'pure', run: () => null } as const;
    assert.throws(() => defineTool({ ...options, input: counting(false) }), { code: 'AF_SCHEMA_NO_JSON' });
  });
});

describe('defineAgent', () => {
  it('gives plain data', () => {
    const agent = defineAgent({ name: 'a', instructions: 'b', model: 'c/d', output: counting() });
    assert.deepEqual(agent, { name: 'a', instructions: 'b', model: 'c/d', output: { type: 'object' } });
    assert.deepEqual(defineAgent({ name: 'a', instructions: 'b', model: 'c/d' }), {
      name: 'a',
      instructions: 'b',
      model: 'c/d',
    });
  });
});
