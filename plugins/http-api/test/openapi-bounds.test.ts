import assert from 'node:assert/strict';
import { constants } from 'node:buffer';
import { maxHeaderSize } from 'node:http';
import { boundsWithin, withinAnswer, withinHeaders } from '../src/openapi-bounds.ts';

describe('bounds in the OpenAPI document', () => {
  const bounded = boundsWithin(100);
  const integer = {
    type: 'integer',
    format: 'int64',
    minimum: Number.MIN_SAFE_INTEGER,
    maximum: Number.MAX_SAFE_INTEGER,
  };

  it('say how long texts and arrays can be, and how large integers', () => {
    assert.deepEqual(bounded({ type: 'string' }), { type: 'string', maxLength: 100 });
    assert.deepEqual(bounded({ type: ['array', 'null'] }), {
      type: ['array', 'null'],
      items: {},
      maxItems: 50,
    });
    assert.deepEqual(bounded({ type: 'integer' }), integer);
  });

  it('leave out what only our validator understands', () => {
    const marked = { type: 'object', properties: { secret: { type: 'string', maxLength: 3, secret: true } } };
    assert.deepEqual(bounded(marked), {
      type: 'object',
      properties: { secret: { type: 'string', maxLength: 3 } },
    });
  });

  it('leave what a schema says itself', () => {
    for (const schema of [
      { type: 'string', maxLength: 3 },
      { type: 'string', enum: ['a'] },
      { type: 'string', const: 'a' },
      { type: 'array', items: { type: 'boolean' }, maxItems: 2 },
      { type: 'integer', format: 'int32', exclusiveMinimum: 0, maximum: 9 },
      { type: 'integer', enum: [1, 2] },
      { type: 'object' },
      {},
    ])
      assert.deepEqual(bounded(schema), schema);
  });

  it('reach every schema inside, and change none of what they were given', () => {
    const text = Object.freeze({ type: 'string' });
    const schema = Object.freeze({
      type: 'object',
      properties: Object.freeze({ type: text, list: { type: 'array', items: text } }),
      additionalProperties: text,
      oneOf: [text, { anyOf: [text] }],
      if: { properties: { type: text } },
      default: { type: 'string' },
    });
    const short = { type: 'string', maxLength: 100 };
    assert.deepEqual(bounded(schema), {
      ...schema,
      properties: { type: short, list: { type: 'array', items: short, maxItems: 50 } },
      additionalProperties: short,
      oneOf: [short, { anyOf: [short] }],
    });
  });

  it('are those of Node and V8', () => {
    assert.equal(withinHeaders({ type: 'string' })['maxLength'], maxHeaderSize);
    assert.equal(withinAnswer({ type: 'string' })['maxLength'], constants.MAX_STRING_LENGTH);
  });
});
