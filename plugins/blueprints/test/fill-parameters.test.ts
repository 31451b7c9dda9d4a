import assert from 'node:assert/strict';
import type { Json, JsonObject } from '@agent-factory/sdk';
import { agentSchema, routerSchema, workflowSchema } from '@agent-factory/sdk/domain';
import { fillParameters } from '../src/parameters/fill-parameters.ts';

const values = {
  shop: 'Acme',
  limit: 50,
  on: true,
  tags: ['a', 'b'],
  evil: '${param:shop} $${x} " || true || "',
};
const answers = { values, known: [...Object.keys(values), 'unset'] };

function filled(raw: Json, schema: object = agentSchema): Json {
  const { value, problems } = fillParameters(raw, schema as JsonObject, answers);
  assert.deepEqual(problems, []);
  return value;
}

function problemsOf(raw: Json, schema: object = agentSchema): readonly string[] {
  return fillParameters(raw, schema as JsonObject, answers).problems.map(
    ({ path, message, fix }) => `${path} ${message}. ${fix}`,
  );
}

describe('fillParameters', () => {
  it('puts a value in place of a whole text, and text into a text', () => {
    assert.deepEqual(
      filled({
        instructions: 'For ${param:shop}, up to ${param:limit}: ${param:on}.',
        limits: { turns: '${param:limit}' },
        examples: '${param:tags}',
      }),
      {
        instructions: 'For Acme, up to 50: true.',
        limits: { turns: 50 },
        examples: ['a', 'b'],
      },
    );
  });

  it('never reads an answer again, and lets references be written as text', () => {
    assert.deepEqual(filled({ instructions: '<${param:evil}> $${param:shop} ${env:HOME}' }), {
      instructions: '<${param:shop} $${x} " || true || "> ${param:shop} ${env:HOME}',
    });
    assert.deepEqual(filled('${param:evil}'), values.evil);
  });

  it('puts literals into expressions, and only those', () => {
    const workflow = {
      nodes: [
        { type: 'tool', input: { text: 'param.evil', more: '"param.evil"' } },
        { type: 'loop', while: 'index < param.limit' },
        { type: 'map', items: 'param.tags' },
        { type: 'approval', prompt: 'param.shop asks: ${param:shop}?', input: { a: 'param.on' } },
      ],
      edges: [{ condition: 'input.amount > param.limit' }],
      result: '{"shop": param.shop}',
    };
    const literal = JSON.stringify(values.evil);
    assert.deepEqual(filled(workflow, workflowSchema), {
      nodes: [
        { type: 'tool', input: { text: literal, more: '"param.evil"' } },
        { type: 'loop', while: 'index < 50' },
        { type: 'map', items: '["a","b"]' },
        { type: 'approval', prompt: 'param.shop asks: Acme?', input: { a: 'true' } },
      ],
      edges: [{ condition: 'input.amount > 50' }],
      result: '{"shop": "Acme"}',
    });
  });

  it('refuses references in every place where an expression stands', () => {
    const bad = '${param:limit} > 1';
    const everywhere = [
      [{ handoffs: [{ when: bad, input: bad }], approvals: { x: { when: bad } } }, agentSchema],
      [{ agents: { a: [{ condition: bad, input: { x: bad } }] } }, routerSchema],
      [
        {
          nodes: [
            ...['agent', 'tool', 'subworkflow', 'approval'].map((type) => ({ type, input: { x: bad } })),
            { type: 'map', items: bad },
            { type: 'loop', while: bad },
          ],
          edges: [{ condition: bad }],
          result: bad,
        },
        workflowSchema,
      ],
    ] as const;
    const found = everywhere.flatMap(([raw, schema]) => problemsOf(raw as unknown as Json, schema));
    assert.equal(found.length, 3 + 2 + 8);
    for (const one of found) assert.match(one, /in an expression\. Write param\.name/);
  });

  it('takes no text into a condition that is more than an expression', () => {
    const table = (cell: string): Json => ({
      agents: {
        a: [{ condition: { columns: { amount: 'input.amount' }, rules: [{ when: { amount: cell } }] } }],
      },
    });
    assert.deepEqual(filled(table('${param:limit}'), routerSchema), {
      agents: {
        a: [{ condition: { columns: { amount: 'input.amount' }, rules: [{ when: { amount: 50 } }] } }],
      },
    });
    assert.match(problemsOf(table('${param:evil}'), routerSchema)[0] ?? '', /Only a number or a boolean/);
    assert.match(problemsOf(table('> ${param:limit}'), routerSchema)[0] ?? '', /where a condition stands/);
  });

  it('says which parameter is not asked for, has no value, or cannot stand there', () => {
    assert.deepEqual(problemsOf({ instructions: '${param:shoop} ${param:unset} ${param:tags}' }), [
      '/instructions names the parameter "shoop", which the blueprint does not ask for. It asks for: shop, limit, on, tags, evil, unset.',
      '/instructions needs the parameter "unset", which has no value. Give it, or give it a default in blueprint.yaml.',
      '/instructions has the parameter "tags" inside a text, where only text or a number stands. Make it the whole value.',
    ]);
    assert.match(problemsOf({ instructions: '${param:constructor}' })[0] ?? '', /does not ask for/);
    assert.match(
      problemsOf({ handoffs: [{ when: 'param.shoop' }] })[0] ?? '',
      /there is no param\.shoop \(at character 7\)/,
    );
    assert.match(problemsOf({ ['x${param:shop}']: 1 })[0] ?? '', /has a parameter in its name/);
  });

  it('keeps names that every object has as they are', () => {
    const raw = JSON.parse('{"__proto__": {"a": "${param:shop}"}, "constructor": 1}') as Json;
    assert.equal(JSON.stringify(filled(raw)), '{"__proto__":{"a":"Acme"},"constructor":1}');
  });
});
