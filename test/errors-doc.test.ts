import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { hints, retired } from '../tools/errors-doc-hints.ts';
import { errorsPage, errorTables, oneLine, type ErrorTable } from '../tools/errors-doc.ts';

const root = dirname(import.meta.dirname);

/** Codes in an example of a doc comment, and those of test kits. */
const noRealError = /^AF_(WEATHER|TEST)_/;

describe('the error codes', () => {
  let tables: readonly ErrorTable[];
  let declared: string[];
  let page: string;
  before(async () => {
    tables = await errorTables();
    declared = tables.flatMap(({ codes }) => Object.keys(codes));
    page = readFileSync(join(root, 'docs/errors.md'), 'utf8');
  });

  it('are each declared in one table only, in the form AF_<AREA>_<WHAT>', () => {
    assert.ok(declared.length > 100);
    assert.deepEqual(
      declared.filter((code, index) => declared.indexOf(code) !== index),
      [],
    );
    for (const code of declared) assert.match(code, /^AF_[A-Z0-9]+(_[A-Z0-9]+)+$/);
  });

  it('that were retired are not used again', () => {
    assert.deepEqual(
      declared.filter((code) => retired.includes(code)),
      [],
    );
  });

  it('are all in the tables that the page is written from', () => {
    const files = globSync('{kernel,packages/*,plugins/*,registry-server}/src/**/*.ts', { cwd: root });
    assert.ok(files.length > 100);
    const known = new Set(declared);
    const stray = files.flatMap((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      // An underscore more, as in AF_LOG__LEVEL, makes the name of an environment variable.
      const found = text.match(/(?<![\w{])AF_[A-Z0-9]+(?:_[A-Z0-9]+)+(?!\w)/g) ?? [];
      return found
        .filter((code) => !known.has(code) && !noRealError.test(code))
        .map((code) => `${file}: ${code}`);
    });
    assert.deepEqual(stray, []);
    const ownTables = files.filter((file) => /\bdefineErrors\(/.test(readFileSync(join(root, file), 'utf8')));
    const listed = new Set(tables.map(({ file }) => file));
    const left = ownTables
      .map((file) => file.replaceAll('\\', '/'))
      .filter((file) => !listed.has(file) && !/^packages\/sdk\/src\/(errors\.ts|testing\/)/.test(file));
    assert.deepEqual(left, [], 'tables the page does not know');
  });

  it('are each documented with the texts of their table, and nothing else is', () => {
    const documented = [...page.matchAll(/^### (.+)$/gm)].map(([, code]) => code);
    assert.deepEqual(documented, declared, 'in the order of the tables');
    for (const { codes } of tables) {
      for (const [code, { message, fix }] of Object.entries(codes)) {
        const [, section = ''] = page.split(`\n### ${code}\n`);
        const text = section.split(/\n##/)[0] ?? '';
        assert.ok(text.includes(oneLine(message)), `${code}: ${message}`);
        assert.ok(
          text.includes(/^\{\w+\}$/.test(fix) ? 'depends on the case' : oneLine(fix)),
          `${code}: ${fix}`,
        );
      }
    }
  });

  it('that have a hint exist', () => {
    const gone = Object.keys(hints).filter((code) => !declared.includes(code));
    assert.deepEqual(gone, []);
  });

  it('have a page that is as the tables make it (npm run docs:errors)', () => {
    assert.equal(page, errorsPage(tables));
  });
});
