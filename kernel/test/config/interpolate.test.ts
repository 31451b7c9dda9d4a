import assert from 'node:assert/strict';
import { interpolate, replaceSecrets } from '../../src/config/interpolate.ts';

const env = { HOST: 'example.org', EMPTY: '', DOLLAR: '${env:HOST}' };

function fill(text: string): unknown {
  const { value, problems } = interpolate(text, env);
  assert.deepEqual(problems, []);
  return value;
}

describe('interpolate', () => {
  it('replaces variables anywhere in a text', () => {
    assert.equal(fill('http://${env:HOST}/${env:HOST}'), 'http://example.org/example.org');
    assert.equal(fill('plain ${name} and $5 and {x}'), 'plain ${name} and $5 and {x}');
  });

  it('takes the default for a variable that is missing or empty', () => {
    assert.equal(fill('${env:NOPE:-a:-b}'), 'a:-b');
    assert.equal(fill('${env:EMPTY:-x}'), 'x');
    assert.equal(fill('${env:NOPE:-}'), '');
    assert.equal(fill('${env:EMPTY}'), '');
  });

  it('does not interpolate what a variable holds', () => {
    assert.equal(fill('${env:DOLLAR}'), '${env:HOST}');
  });

  it('has an escape', () => {
    assert.equal(fill('$${env:HOST} and $$${env:HOST}'), '${env:HOST} and $${env:HOST}');
  });

  it('leaves secret references for later', () => {
    assert.equal(fill('Bearer ${secret:env:KEY}'), 'Bearer ${secret:env:KEY}');
    assert.equal(fill('$${secret:env:KEY}'), '$${secret:env:KEY}');
  });

  it('names every missing variable and place at once', () => {
    const { problems } = interpolate({ a: '${env:HOTS}', b: [{ c: '${env:QQQQ}/${env:ZZZZ}' }] }, env);
    assert.deepEqual(
      problems.map(({ pointer, message }) => `${pointer} ${message}`),
      [
        '/a needs the environment variable HOTS, which is not set',
        '/b/0/c needs the environment variable QQQQ, which is not set',
        '/b/0/c needs the environment variable ZZZZ, which is not set',
      ],
    );
    assert.match(problems[0]?.fix ?? '', /\$\{env:HOTS:-default\}.*Did you mean "HOST"/);
  });

  it('refuses malformed references', () => {
    for (const text of [
      '${env:}',
      '${env:1A}',
      '${env:A',
      '${secret:A}',
      '${secret:env:}',
      '${secret:vault:x}',
    ])
      assert.equal(interpolate(text, env).problems.length, 1, text);
  });

  it('refuses what is no plain data, and a key named __proto__', () => {
    const hostile: unknown = JSON.parse('{"a": {"__proto__": {"polluted": true}, "b": 1}}');
    const { value, problems } = interpolate(hostile, env);
    assert.deepEqual(
      problems.map(({ pointer }) => pointer),
      ['/a'],
    );
    assert.equal(JSON.stringify(value), '{}');
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    for (const odd of [() => 1, new Date(), Symbol('x'), 1n, new Map(), NaN])
      assert.match(interpolate({ odd }, env).problems[0]?.message ?? '', /plain data/);
    assert.deepEqual(interpolate({ gone: undefined }, env), { value: {}, problems: [] });
  });

  it('survives cycles, deep nesting, aliases that multiply, and a text of 1 MB', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    assert.match(interpolate(cycle, env).problems[0]?.message ?? '', /nested deeper/);
    let bomb: unknown = 'x';
    for (let i = 0; i < 30; i++) bomb = [bomb, bomb];
    assert.match(interpolate(bomb, env).problems[0]?.message ?? '', /too large/);
    for (const part of ['x', '${env:HOST}', '${', '$${', '${env:A:-', '${secret:']) {
      const text = part.repeat(1_000_000 / part.length);
      assert.ok(interpolate(text, env).problems.length <= 1, part);
    }
  });
});

describe('secret references', () => {
  it('are found and replaced, escapes left out', () => {
    const text = 'a ${secret:env:A} $${secret:env:A} ${secret:file:./k.txt}';
    assert.equal(
      replaceSecrets(text, (_, from, name) => `<${from} ${name}>`),
      'a <env A> ${secret:env:A} <file ./k.txt>',
    );
  });
});
