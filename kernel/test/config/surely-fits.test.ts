import assert from 'node:assert/strict';
import type { JsonSchema } from '@agent-factory/sdk';
import { packageSchema } from '../../src/config/manifest.ts';
import { platformSchema } from '../../src/config/platform-schema.ts';
import { surelyFits } from '../../src/config/surely-fits.ts';
import { compileValidator } from '../../src/config/validator.ts';

describe('surelyFits', () => {
  const schemas = [
    { type: 'string', minLength: 1 },
    { type: ['string', 'null'], pattern: '^a' },
    { type: 'integer', minimum: 1, maximum: 5 },
    { type: 'number', default: 1, title: 'a', description: 'b' },
    { type: 'boolean' },
    { enum: ['a', 1, null] },
    { const: 'ab' },
    { semver: 'version' },
    { type: 'string', semver: 'range' },
    { type: 'array', uniqueItems: true, items: { type: 'number' } },
    { type: 'object', required: ['a'], properties: { a: { type: 'string' } }, additionalProperties: false },
    { propertyNames: { pattern: '^[ab]$' }, additionalProperties: { type: 'number' } },
    { properties: { a: { minLength: 1 } }, unevaluatedProperties: false },
    { oneOf: [{ properties: { a: { const: 'x' } }, required: ['a'] }, { type: 'string' }], examples: ['b'] },
    { anyOf: [{ type: 'array', maxItems: 1 }, { const: 'ab' }] },
  ];
  const texts = ['', 'a', 'ab', '1.0.0', '^1.2.3', 'v1.0.0', '>=1 <3', '1.0', '😀'];
  const lists = [[], [1, 1], [1, 2], ['a'], [[1]], [{}]];
  const objects = [{}, { a: 'x' }, { a: '' }, { a: 1 }, { b: 1 }, { c: 1 }, { a: 'x', c: 1 }];
  const hostile: unknown = JSON.parse('{"__proto__": {"a": "x"}}');
  const values = [...texts, ...lists, ...objects, hostile, true, false, null, 0, 1, 1.5, 6];

  it('says what ajv says, of every value and every schema it knows', () => {
    for (const schema of schemas)
      for (const value of values)
        assert.equal(
          surelyFits(schema, value),
          compileValidator(schema)(value).length === 0,
          `${JSON.stringify(schema)} ${JSON.stringify(value)}`,
        );
  });

  it('tells cases apart, and says nothing wrong where it cannot', () => {
    const contains = { type: 'object', properties: { list: { contains: { const: 'b' } } } };
    const by = (one: string): object => ({ properties: { by: { const: one } } });
    const when = (test: object, met?: object, unmet?: object): JsonSchema =>
      Object.fromEntries(
        [
          ['if', test],
          ['then', met],
          ['else', unmet],
        ].filter(([, part]) => part),
      );
    const cases = [
      when(contains, by('x')),
      when(contains, undefined, by('x')),
      when(contains, by('x'), by('y')),
      when({ type: 'string' }, { maxLength: 1 }),
      when({ required: ['by'] }, by('x')),
    ];
    const items = [
      {},
      { by: 'x' },
      { list: ['a'], by: 'x' },
      { list: ['a', 'b'], by: 'y' },
      { list: [], by: 'y' },
    ];
    const sure = cases.map((schema) =>
      [...items, 'a', 'ab', [1]].map((value) => {
        const isSure = surelyFits(schema, value);
        if (isSure) assert.deepEqual(compileValidator(schema)(value), [], JSON.stringify([schema, value]));
        return isSure;
      }),
    );
    assert.ok(sure.every((each) => each.includes(true) && each.includes(false)));
    assert.equal(surelyFits(cases[0], { list: ['a'], by: 'y' }), true, 'what is surely another case');
  });

  it('knows every keyword of the configuration file and of manifests', () => {
    const config = {
      $schema: 'x',
      name: 'n',
      plugins: ['a', { use: 'b', config: {} }],
      grants: { a: ['x'] },
    };
    assert.ok(surelyFits(platformSchema, { ...config, log: { level: 'info' }, generations: { maxLive: 2 } }));
    const manifest = { id: 'a', kernel: '*', provides: { b: '1.0.0' }, hooks: { taps: ['b.c'] } };
    assert.ok(surelyFits(packageSchema, { name: 'a', version: '1.0.0', agentFactory: manifest }));
  });

  it('is not sure of keywords it does not know, however they are named', () => {
    for (const word of ['anyOf', '$ref', 'constructor', 'toString', '__proto__'])
      assert.equal(surelyFits(JSON.parse(`{"${word}": true}`), 'x'), false, word);
  });

  it('is not sure of types and patterns that are wrong, nor of lists of objects that may be equal', () => {
    for (const schema of [{ type: 'nubmer' }, { pattern: '(' }]) assert.equal(surelyFits(schema, 'x'), false);
    assert.equal(surelyFits({ uniqueItems: true }, [{}, { a: 1 }]), false);
  });
});
