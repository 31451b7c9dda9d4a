import assert from 'node:assert/strict';
import { createLocate, jsonFault } from '../../src/config/locate.ts';

function at(text: string, format: 'json' | 'yaml', pointer: string): number | undefined {
  return createLocate(text, format)(pointer);
}

describe('createLocate', () => {
  const json = '{\n  "name": "a \\" {",\n  "list": [\n    1,\n    { "a/b": [true, {"x": null}] }\n  ]\n}\n';

  it('finds keys and items in JSON', () => {
    assert.equal(at(json, 'json', '/name'), 2);
    assert.equal(at(json, 'json', '/list'), 3);
    assert.equal(at(json, 'json', '/list/0'), 4);
    assert.equal(at(json, 'json', '/list/1/a~1b/1/x'), 5);
  });

  it('falls back to the nearest parent that is there', () => {
    assert.equal(at(json, 'json', '/list/1/missing/deeper'), 5);
    assert.equal(at(json, 'json', '/missing'), 1);
  });

  const yaml = [
    '# comment: no key',
    'name: "x: y"',
    'text: |',
    '  plugins: not here',
    '',
    '  more: text',
    'plugins:',
    "  - '@scope/one'",
    '  - use: two # comment',
    '    config:',
    '      port: 1',
    '      "quoted key": 2',
    '      nested:',
    '        - - a',
    '          - b',
    '        - deep: 1',
    '          flow: { a: 1, b: [2,',
    '            3] }',
    '          after: x',
    '  -',
    '    use: three',
    'anchored: &a',
    '  inner: 1',
    'same:',
    '- k: 1',
    '  l: 2',
    '- k: 3',
    'last: 1',
  ].join('\r\n');

  it('finds keys and items in block YAML', () => {
    const expected: Record<string, number> = {
      '/name': 2,
      '/text': 3,
      '/plugins': 7,
      '/plugins/0': 8,
      '/plugins/1': 9,
      '/plugins/1/use': 9,
      '/plugins/1/config/port': 11,
      '/plugins/1/config/quoted key': 12,
      '/plugins/1/config/nested/0': 14,
      '/plugins/1/config/nested/0/1': 15,
      '/plugins/1/config/nested/1/deep': 16,
      '/plugins/1/config/nested/1/flow/b': 17,
      '/plugins/1/config/nested/1/after': 19,
      '/plugins/2/use': 21,
      '/anchored/inner': 23,
      '/same/0/l': 26,
      '/same/1/k': 27,
      '/last': 28,
    };
    for (const [pointer, place] of Object.entries(expected))
      assert.equal(at(yaml, 'yaml', pointer), place, pointer);
  });

  it('goes on after flow collections that close at the left edge', () => {
    assert.equal(at('a: [\n  1,\n]\nb: 2\n', 'yaml', '/b'), 4);
  });
});

describe('jsonFault', () => {
  it('says where JSON stops being JSON', () => {
    assert.equal(jsonFault('{"a": 1,\n "b": }'), 2);
    assert.equal(jsonFault('{"a": 1,\n}'), 2);
    assert.equal(jsonFault('{"a": 1'), 1);
    assert.equal(jsonFault('{"a": [1, 2}]'), 1);
    assert.equal(jsonFault('{"a": [1, {}, [], "x"], "b": {"c": -1.5e3}}'), undefined);
  });

  it('copes with deep nesting and long strings', () => {
    assert.equal(jsonFault('['.repeat(50_000) + ']'.repeat(50_000)), undefined);
    assert.equal(jsonFault(JSON.stringify({ a: 'x"'.repeat(500_000) })), undefined);
  });
});
