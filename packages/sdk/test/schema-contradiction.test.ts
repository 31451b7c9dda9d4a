import assert from 'node:assert/strict';
import { contradictionIn } from '@agent-factory/sdk/domain';

describe('contradictionIn', () => {
  const impossible: readonly (readonly [unknown, string])[] = [
    [false, ''],
    [{ minimum: 2, maximum: 1 }, '/minimum'],
    [{ minLength: 2, maxLength: 1 }, '/minLength'],
    [{ minItems: 2, maxItems: 1 }, '/minItems'],
    [{ exclusiveMinimum: 1, maximum: 1 }, ''],
    [{ minimum: 1, exclusiveMaximum: 1 }, ''],
    [{ enum: [] }, '/enum'],
    [{ type: 'string', enum: [1, 2] }, '/enum'],
    [{ type: 'integer', const: 1.5 }, '/const'],
    [{ type: 'object', required: ['a'], properties: { b: {} }, additionalProperties: false }, '/required/0'],
    [
      { type: 'object', required: ['a/b'], properties: { 'a/b': { minimum: 1, maximum: 0 } } },
      '/properties/a~1b/minimum',
    ],
    [{ allOf: [{}, { minItems: 3, maxItems: 2 }] }, '/allOf/1/minItems'],
    [{ anyOf: [] }, '/anyOf'],
    [{ oneOf: [false, { enum: [] }] }, '/oneOf/0'],
    [{ type: 'array', minItems: 1, items: false }, '/items'],
  ];
  for (const [schema, path] of impossible) {
    it(`finds that nothing fits ${JSON.stringify(schema)}`, () => {
      const found = contradictionIn(schema);
      assert.equal(found?.path, path);
      assert.ok(found.fix);
    });
  }

  const possible: readonly unknown[] = [
    true,
    {},
    { minimum: 1, maximum: 1 },
    { type: ['string', 'null'], enum: [null] },
    { type: 'number', const: 3 },
    { enum: [false] },
    { required: ['a'], properties: { a: false } }, // a text fits
    { type: 'object', required: ['ab'], patternProperties: { '^a': {} }, additionalProperties: false },
    { type: 'object', properties: { a: false } },
    { anyOf: [false, { type: 'string' }] },
    { type: 'array', items: false },
    { type: 'array', minItems: 1, prefixItems: [{}], items: false },
  ];
  for (const schema of possible) {
    it(`finds nothing against ${JSON.stringify(schema)}`, () => {
      assert.equal(contradictionIn(schema), undefined);
    });
  }
});
