import assert from 'node:assert/strict';
import { jsonChanges } from '@agent-factory/sdk';

describe('jsonChanges', () => {
  it('names each place that differs, and nothing where nothing does', () => {
    assert.deepEqual(jsonChanges({ a: { b: [1, { c: 2 }] } }, { a: { b: [1, { c: 2 }] } }), []);
    assert.deepEqual(jsonChanges({ a: 1, 'x/y~': [1, 2] }, { 'x/y~': [1, 3, 4] }), [
      { path: '/a', before: 1 },
      { path: '/x~1y~0/1', before: 2, after: 3 },
      { path: '/x~1y~0/2', after: 4 },
    ]);
  });

  it('takes what is of another kind as a whole', () => {
    assert.deepEqual(jsonChanges({ a: [1] }, { a: { 0: 1 } }), [
      { path: '/a', before: [1], after: { 0: 1 } },
    ]);
    assert.deepEqual(jsonChanges({ a: null }, { a: {} }), [{ path: '/a', before: null, after: {} }]);
    assert.deepEqual(jsonChanges(undefined, 1), [{ path: '', after: 1 }]);
  });

  it('is not misled by names that every object has', () => {
    assert.deepEqual(jsonChanges({}, { constructor: 1 }), [{ path: '/constructor', after: 1 }]);
  });
});
