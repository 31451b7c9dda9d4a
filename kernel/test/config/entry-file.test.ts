import assert from 'node:assert/strict';
import { join, relative } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { findEntry, isModule, processConditions } from '../../src/config/entry-file.ts';
import { tempFolder } from '../temp-folder.ts';

const manifest = { id: 'p', kernel: '*', name: 'p', version: '1.0.0' };

describe('findEntry', () => {
  const folder = tempFolder(
    Object.fromEntries(['a.js', 'b.mjs', 'lib/index.js', 'index.js'].map((file) => [file, ''])),
  );
  const find = (json: Record<string, unknown>, conditions: readonly string[] = []): string =>
    relative(folder, findEntry(folder, json, manifest, conditions));

  it('goes by exports, then main, then index.js', () => {
    assert.equal(find({ exports: './a.js', main: './b.mjs' }), 'a.js');
    assert.equal(find({ exports: { '.': ['nonsense', { browser: './x.js' }, './b.mjs'] } }), 'b.mjs');
    for (const main of ['a', './a.js', 'a.js']) assert.equal(find({ main }), 'a.js');
    assert.equal(find({ main: './lib' }), join('lib', 'index.js'));
    assert.equal(find({}), 'index.js');
  });

  it('does not look for a file that exports, or main with its extension, names: loading tells', () => {
    assert.equal(find({ exports: './gone.js' }), 'gone.js');
    assert.equal(find({ main: './gone.js' }), 'gone.js');
    assert.equal(find({ main: './gone' }), 'index.js');
  });

  it('takes the first condition, in the order of the package, that is active', () => {
    const exports = { special: { node: './b.mjs' }, default: './a.js' };
    assert.equal(find({ exports }), 'a.js');
    assert.equal(find({ exports }, ['special']), 'b.mjs');
  });

  it('never falls back to a file that exports does not name', () => {
    for (const exports of ['../a.js', './../a.js', { './x': './a.js' }, { browser: './a.js' }, '', 5])
      assert.throws(
        () => find({ exports }),
        (error) => isAgentFactoryError(error, 'AF_DISCOVER_NOT_FOUND'),
        JSON.stringify(exports),
      );
  });
});

describe('processConditions', () => {
  it('are those the process was started with', () => {
    assert.ok(processConditions.includes('@agent-factory/source'));
  });
});

describe('isModule', () => {
  const folder = tempFolder({
    'index.js': '',
    'dist/index.js': '',
    'old/package.json': '{ "type": "commonjs" }',
    'old/lib/index.js': '',
  });
  const isKnown = (file: string, type: unknown): boolean => isModule(join(folder, file), folder, { type });

  it('goes by the extension, then by the package.json, where none is nearer', () => {
    for (const file of ['index.js', 'dist/index.js']) assert.equal(isKnown(file, 'module'), true);
    assert.equal(isKnown('old/lib/index.js', 'module'), false);
    assert.equal(isKnown('old/lib/index.mjs', 'commonjs'), true);
  });

  it('leaves it to Node to find out about all else', () => {
    for (const type of [undefined, 'commonjs', 5]) assert.equal(isKnown('index.js', type), false);
    for (const file of ['index.cjs', 'index.ts', 'index.json']) assert.equal(isKnown(file, 'module'), false);
  });
});
