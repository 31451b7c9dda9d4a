import assert from 'node:assert/strict';
import type { Json } from '@agent-factory/sdk';
import { bindConstants, CelIssue, compileCel } from '@agent-factory/cel';

const bind = (source: string, constants: Readonly<Record<string, Json>>): string =>
  bindConstants(source, 'param', constants);
const valueOf = (source: string): Json => compileCel(source, { variables: {}, result: 'any' }).evaluate({});

describe('bindConstants', () => {
  it('puts values in place of their names', () => {
    assert.equal(bind('input.amount > param.limit', { limit: 50 }), 'input.amount > 50');
    assert.equal(bind('3 - param.n', { n: -2 }), '3 - (-2)');
    assert.equal(bind('param.a in param . b', { a: 'x', b: ['x'] }), '"x" in ["x"]');
    assert.equal(bind('param.`with space` + "!"', { 'with space': 'hi' }), '"hi" + "!"');
  });

  it('leaves alone what only looks like them', () => {
    for (const same of ['input.param.limit', '"param.limit" + parameter', 'params.limit == 1'])
      assert.equal(bind(same, { limit: 50 }), same);
  });

  it('never lets a value become code', () => {
    for (const text of ['" || true || "', '\\', '"', "'''", '\n', '${param.x}', '\u2028', '</script>']) {
      assert.equal(valueOf(bind('param.text', { text })), text);
      assert.equal(valueOf(bind('param.text == "a"', { text })), false);
    }
    const nested = { list: [1, { 'a"b': null }], flag: true };
    assert.deepEqual(valueOf(bind('param.nested', { nested })), nested);
    assert.equal(valueOf(bind('param.nested.flag', { nested })), true);
  });

  it('says what is not there, what stands alone, and what cannot be read', () => {
    const issue = (source: string): CelIssue => {
      try {
        bind(source, { limit: 1 });
      } catch (error) {
        assert.ok(error instanceof CelIssue);
        return error;
      }
      return assert.fail('it was bound');
    };
    assert.equal(issue('1 < param.limt').message, 'there is no param.limt');
    assert.equal(issue('1 < param.constructor').offset, 10);
    assert.match(issue('param["limit"]').message, /cannot stand alone/);
    assert.match(issue('[1].exists(param, param > 0)').message, /cannot stand alone/);
    assert.match(issue('param.limit = 1').message, /cannot be read/);
  });
});
