import assert from 'node:assert/strict';
import { runInNewContext } from 'node:vm';
import { canonicalJson } from '@agent-factory/sdk';

describe('canonicalJson', () => {
  it('writes the example of RFC 8785, section 3.2.2, byte for byte', () => {
    const value = {
      // oxlint-disable-next-line no-loss-of-precision -- as the RFC has it
      numbers: [333333333.33333329, 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\\"/',
      literals: [null, true, false],
    };
    assert.equal(
      canonicalJson(value),
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('sorts keys by UTF-16 code units, as section 3.2.3 shows', () => {
    const value = {
      '\u20ac': 'Euro Sign',
      '\r': 'Carriage Return',
      '\ufb33': 'Hebrew Letter Dalet With Dagesh',
      '1': 'One',
      '\ud83d\ude00': 'Emoji: Grinning Face',
      '\u0080': 'Control',
      '\u00f6': 'Latin Small Letter O With Diaeresis',
    };
    const order = Object.values(JSON.parse(canonicalJson(value)) as Record<string, string>);
    const wanted = [
      'Carriage Return',
      'One',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ];
    // JSON.parse puts the integer-like key first; the text itself is what counts.
    assert.deepEqual(
      order.filter((name) => name !== 'One'),
      wanted.filter((name) => name !== 'One'),
    );
    assert.ok(canonicalJson(value).startsWith('{"\\r":"Carriage Return","1":"One",'));
  });

  // The IEEE 754 samples of RFC 8785, appendix B.
  const numbers: readonly (readonly [string, string])[] = [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['ffefffffffffffff', '-1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['44b52d02c7e14af7', '1.0000000000000001e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
  ];
  for (const [bits, text] of numbers) {
    it(`writes the double ${bits} as ${text}`, () => {
      assert.equal(canonicalJson(Buffer.from(bits, 'hex').readDoubleBE()), text);
    });
  }

  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;
  const refused: readonly (readonly [string, unknown, string])[] = [
    ['NaN', { a: [Number.NaN] }, '/a/0'],
    ['an infinity', -Infinity, ''],
    ['undefined', { a: undefined }, '/a'],
    ['a hole in a list', [1, , 2], '/1'], // oxlint-disable-line no-sparse-arrays -- the hole is what is tested
    ['a bigint', { 'a/b': 1n }, '/a~1b'],
    ['a function', { a: () => 1 }, '/a'],
    ['a lone surrogate', { a: '\ud800x' }, '/a'],
    ['a lone surrogate in a key', { '\udc00': 1 }, '/\udc00'],
    ['a date', { at: new Date(0) }, '/at'],
    ['a map', new Map(), ''],
    ['a cycle', cycle, '/self'],
  ];
  for (const [what, value, path] of refused) {
    it(`refuses ${what} and says where it is`, () => {
      assert.throws(
        () => canonicalJson(value),
        (error: { code: string; details: { path: string } }) =>
          error.code === 'AF_JSON_INVALID' && error.details.path === path,
      );
    });
  }

  it('takes the same object twice, objects without a prototype, and those of another realm', () => {
    const shared = { x: 1 };
    assert.equal(canonicalJson([shared, shared]), '[{"x":1},{"x":1}]');
    assert.equal(canonicalJson(Object.assign(Object.create(null), { b: 1, a: 2 })), '{"a":2,"b":1}');
    assert.equal(canonicalJson(runInNewContext('({ b: [1], a: null })')), '{"a":null,"b":[1]}');
  });
});
