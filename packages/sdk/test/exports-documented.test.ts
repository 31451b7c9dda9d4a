import assert from 'node:assert/strict';
import { exportsOf, readSources, type SourceFile } from './support/sdk-sources.ts';

describe('the exports of the SDK', () => {
  const sources = readSources();

  it('each have a doc comment', () => {
    assert.deepEqual(sources.flatMap(undocumented), []);
  });

  it('are all found by this test', () => {
    assert.ok(sources.flatMap(exportsOf).length > 100);
    const hidden = sources.filter(
      ({ name, lines }) => !name.endsWith('index.ts') && lines.some((line) => /^export [*{]/.test(line)),
    );
    assert.deepEqual(
      hidden.map(({ name }) => name),
      [],
    );
  });

  it('would be caught without one', () => {
    const lines = [
      '/** Documented. */',
      'export const a = 1;',
      '',
      '// No doc comment.',
      'export type B = 2;',
    ];
    assert.deepEqual(undocumented({ name: 'planted.ts', specifier: '', lines }), ['planted.ts:5 B']);
  });
});

function undocumented(source: SourceFile): readonly string[] {
  const documented = new Set<string>();
  return exportsOf(source).flatMap(({ name, line }) => {
    const above = source.lines[line - 1] ?? '';
    // Overloads and a token named like its type share the comment of the first.
    if (above.trimEnd().endsWith('*/')) documented.add(name);
    return documented.has(name) ? [] : [`${source.name}:${line + 1} ${name}`];
  });
}
