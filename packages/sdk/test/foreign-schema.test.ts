import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { foreignSchema } from '@agent-factory/sdk';
import type * as Ajv from 'ajv/dist/2020.js';

const { Ajv2020 } = createRequire(import.meta.url)('ajv/dist/2020.js') as typeof Ajv; // it is CommonJS
const compiles = (schema: unknown): boolean => {
  new Ajv2020({ strict: false, validateFormats: false }).compile(foreignSchema(schema));
  return true;
};

describe('a schema from outside', () => {
  it('keeps what JSON Schema knows and leaves out the rest', () => {
    const schema = {
      type: 'object',
      properties: { a: { type: 'string', minLength: 2, xml: { name: 'A' } }, b: true },
      required: ['a', 'a'],
      discriminator: { propertyName: 'a' },
      'x-order': 1,
    };
    assert.deepEqual(foreignSchema(schema), {
      type: 'object',
      properties: { a: { type: 'string', minLength: 2 }, b: true },
      required: ['a'],
    });
  });

  it('tells of a pattern and never runs it', () => {
    const made = foreignSchema({
      type: 'string',
      description: 'A code.',
      pattern: '(a+)+$',
      patternProperties: { '(a+)+$': {} },
    });
    assert.deepEqual(made, { type: 'string', description: 'A code. Pattern: (a+)+$' });
  });

  it('brings older drafts and OpenAPI 3.0 up to date', () => {
    assert.deepEqual(foreignSchema({ items: [{ type: 'string' }], additionalItems: false }), {
      prefixItems: [{ type: 'string' }],
      items: false,
    });
    const old = {
      type: 'integer',
      nullable: true,
      minimum: 0,
      exclusiveMinimum: true,
      enum: [1],
      example: 1,
    };
    assert.deepEqual(foreignSchema(old, { openapi30: true }), {
      type: ['integer', 'null'],
      exclusiveMinimum: 0,
      enum: [1, null],
      examples: [1],
    });
  });

  it('leaves out what only the other side writes', () => {
    const schema = {
      properties: { id: { readOnly: true }, name: {}, password: { writeOnly: true } },
      required: ['id', 'name'],
    };
    const made = foreignSchema(schema, { leaveOut: 'readOnly' });
    assert.deepEqual(
      [Object.keys(Object(made['properties'])), made['required']],
      [['name', 'password'], ['name']],
    );
  });

  it('compiles whatever it is given', () => {
    const nested = (depth: number): object => (depth === 0 ? {} : { items: nested(depth - 1) });
    for (const schema of [
      null,
      'text',
      { type: 'strng' },
      { type: [] },
      { required: 'a', enum: [], minLength: -1, multipleOf: 0, maximum: '5' },
      { $ref: '#/nowhere' },
      { $ref: 'https://example.org/schema.json' },
      { $ref: '#/properties/a', properties: { a: { $ref: '#' } } },
      { definitions: { a: { $ref: '#/definitions/a' } }, properties: { b: { $ref: '#/definitions/a' } } },
      { $defs: { a: { $ref: '#/$defs/b' }, b: { $ref: '#/$defs/a' } }, items: { $ref: '#/$defs/a' } },
      { $defs: { a: { $ref: '#/$defs/a/items' } }, items: { $ref: '#/$defs/a/items' } },
      { $ref: '#/%', $defs: { '%': {} } },
      { $id: 'https://example.org/x', $schema: 'http://json-schema.org/draft-04/schema#', $anchor: 'a' },
      { properties: { __proto__: { type: 'string' }, constructor: {} } },
      nested(200),
    ])
      assert.ok(compiles(schema), JSON.stringify(schema));
  });

  it('of enormous size is anything from some place on', () => {
    const properties = Object.fromEntries(
      Array.from({ length: 6_000 }, (_, index) => [`p${index}`, { type: 'null' }]),
    );
    const made = Object(foreignSchema({ properties })['properties']);
    assert.deepEqual([made.p10, made.p5999], [{ type: 'null' }, {}]);
  });
});
