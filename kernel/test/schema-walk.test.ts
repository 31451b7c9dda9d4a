import assert from 'node:assert/strict';
import {
  coerceLeaf,
  mapLeaves,
  marked,
  pointerKeys,
  schemasAt,
  schemasBelow,
  step,
} from '../src/schema-walk.ts';

describe('the walk along a schema', () => {
  it('writes and reads JSON Pointers', () => {
    assert.deepEqual(pointerKeys(step('a/b') + step('~') + step(0)), ['a/b', '~', '0']);
  });

  it('follows references, branches, patterns, maps and lists', () => {
    const secret = { type: 'string', secret: true };
    const root = {
      $defs: {
        s: secret,
        loop: { properties: { again: { $ref: '#/$defs/loop' }, key: { $ref: '#/$defs/s' } } },
      },
      allOf: [{ properties: { a: { anyOf: [{ type: 'number' }, secret] } } }],
      if: { properties: { z: { const: 1 } } },
      // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
      then: { properties: { b: secret } },
      patternProperties: { '^x-': secret },
      additionalProperties: secret,
      properties: {
        list: { prefixItems: [{ type: 'number' }], items: secret },
        loop: { $ref: '#/$defs/loop' },
        open: { type: 'string' },
        byAnchor: { $ref: 'urn:s' },
        hidden: { $id: 'urn:s', ...secret },
      },
    };
    const isSecret = (pointer: string): boolean => {
      let schemas = schemasAt(root, root);
      for (const key of pointerKeys(pointer)) schemas = schemasBelow(schemas, key, root);
      return marked(schemas, 'secret');
    };
    const secrets = ['/a', '/b', '/x-1', '/any', '/list/1', '/loop/again/again/key', '/byAnchor'];
    for (const pointer of secrets) assert.ok(isSecret(pointer), pointer);
    for (const pointer of ['/open', '/list/0', '/loop/again']) assert.ok(!isSecret(pointer), pointer);
  });

  it('copies a value leaf by leaf and keeps a key named __proto__ harmless', () => {
    const value: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "a": [1, {"b": 2}]}');
    const copy = mapLeaves(value, {}, (leaf) => (leaf === 1 ? undefined : leaf));
    assert.equal(JSON.stringify(copy), '{"__proto__":{},"a":[{"b":2}]}');
    assert.equal(Object.getPrototypeOf(copy), Object.prototype);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
  });

  it('coerces only exact numbers and booleans, and only where no text is wanted', () => {
    assert.equal(coerceLeaf('8080', [{ type: 'integer' }]), 8080);
    assert.equal(coerceLeaf('-1.5e3', [{ type: 'number' }]), -1500);
    assert.equal(coerceLeaf('true', [{ type: ['boolean', 'null'] }]), true);
    for (const text of ['', ' 1', '0x10', '1e', 'yes'])
      assert.equal(coerceLeaf(text, [{ type: 'number' }]), text);
    assert.equal(coerceLeaf('1', [{ type: ['string', 'number'] }]), '1');
  });
});
