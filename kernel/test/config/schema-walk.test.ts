import assert from 'node:assert/strict';
import type { JsonSchema } from '@agent-factory/sdk';
import {
  coerceLeaf,
  hidesMarks,
  mapLeaves,
  pointerKeys,
  schemaBelow,
  step,
} from '../../src/config/schema-walk.ts';

describe('the walk along a schema', () => {
  it('writes and reads JSON Pointers', () => {
    assert.deepEqual(pointerKeys(step('a/b') + step('~') + step(0)), ['a/b', '~', '0']);
  });

  const secret = { type: 'string', secret: true };

  it('goes down properties, lists and maps', () => {
    const root = {
      properties: { open: { type: 'string' }, list: { items: { properties: { key: secret } } } },
      additionalProperties: secret,
    };
    const isSecret = (pointer: string): boolean =>
      pointerKeys(pointer).reduce(schemaBelow, root as JsonSchema)['secret'] === true;
    for (const pointer of ['/list/1/key', '/any']) assert.ok(isSecret(pointer), pointer);
    for (const pointer of ['/open', '/list', '/list/1', '/any/deeper'])
      assert.ok(!isSecret(pointer), pointer);
  });

  it('tells a schema that marks secrets where it would not see them', () => {
    const seen = { properties: { a: secret, b: { items: secret } }, additionalProperties: secret };
    for (const schema of [{}, seen, { anyOf: [{ properties: { a: { type: 'string' } } }] }])
      assert.ok(!hidesMarks(schema), JSON.stringify(schema));
    const hidden: JsonSchema[] = [
      { anyOf: [secret] },
      { properties: { a: { allOf: [secret] } } },
      { patternProperties: { '^x-': secret } },
      { properties: { a: { $ref: '#/$defs/s' } }, $defs: { s: secret } },
      { properties: { a: secret, b: { $ref: '#/properties/a' } } },
      { items: { prefixItems: [{ type: 'string', path: true }] } },
    ];
    for (const schema of hidden) assert.ok(hidesMarks(schema), JSON.stringify(schema));
  });

  it('copies a value leaf by leaf and keeps a key named __proto__ harmless', () => {
    const value: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "a": [1, {"b": 2}]}');
    const copy = mapLeaves(value, {}, (leaf) => (leaf === 1 ? undefined : leaf));
    assert.equal(JSON.stringify(copy), '{"__proto__":{},"a":[{"b":2}]}');
    assert.equal(Object.getPrototypeOf(copy), Object.prototype);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  it('coerces only exact numbers and booleans, and only where no text is wanted', () => {
    assert.equal(coerceLeaf('8080', { type: 'integer' }), 8080);
    assert.equal(coerceLeaf('-1.5e3', { type: 'number' }), -1500);
    assert.equal(coerceLeaf('true', { type: ['boolean', 'null'] }), true);
    for (const text of ['', ' 1', '0x10', '1e', 'yes'])
      assert.equal(coerceLeaf(text, { type: 'number' }), text);
    assert.equal(coerceLeaf('1', { type: ['string', 'number'] }), '1');
  });
});
