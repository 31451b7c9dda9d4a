import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { readModule, type ApiModule } from '../tools/api-declarations.ts';
import { apiPages } from '../tools/api-reference.ts';

const root = dirname(import.meta.dirname);

describe('the API reference', () => {
  for (const { file, text } of apiPages()) {
    it(`says in ${file} what the sources of the SDK say`, () => {
      const written = readFileSync(join(root, 'packages/sdk/api', file), 'utf8');
      assert.ok(written === text, 'Run `npm run docs:api`, and look at what changes for authors of plugins.');
    });
  }

  describe('of a module', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'agent-factory-api-'));
    });
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const moduleOf = (files: Readonly<Record<string, string>>): ApiModule => {
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
      return readModule(join(folder, 'index.ts'), folder);
    };

    it('has what is passed on from other files, by the names it is passed on under', () => {
      const { doc, exports } = moduleOf({
        'index.ts':
          "/**\n * A module.\n * @module\n */\nexport * from './a.ts';\nexport { b as c } from './b.ts';\n",
        'a.ts': '/** An A. */\nexport interface A {\n  /** Its name. */\n  readonly name: string;\n}\n',
        'b.ts':
          '/** A b. */\nexport const b: number = 1;\n/** Not passed on. */\nexport const d: number = 2;\n',
      });
      assert.equal(doc, 'A module.\n@module');
      assert.deepEqual(exports, [
        {
          name: 'A',
          kind: 'interface',
          doc: 'An A.',
          signatures: ['interface A {\n  /** Its name. */\n  readonly name: string;\n}'],
          file: 'a.ts',
        },
        { name: 'c', kind: 'constant', doc: 'A b.', signatures: ['const b: number'], file: 'b.ts' },
      ]);
    });

    it('shows no body, no value where a type is stated, nothing private, and each overload', () => {
      const { exports } = moduleOf({
        'index.ts': `
/** Adds. */
export function add(a: number): number;
export function add(a: string): string;
export function add(a: never): unknown {
  return a;
}
/** Short. */
export const short = 'as it is';
/** Long. */
export const long = '${'x'.repeat(400)}';
/** A counter. */
export class Counter<T> extends Array<T> {
  /** How many. */
  count: number = 0;
  #hidden = 1;
  private secret = 2;
  /** One more. */
  up(by = 1): number {
    return (this.count += by + this.#hidden + this.secret);
  }
}
`,
      });
      const signatures = Object.fromEntries(exports.map((one) => [one.name, one.signatures]));
      assert.deepEqual(signatures, {
        Counter: [
          'class Counter<T> extends Array<T> {\n  /** How many. */\n  count: number;\n  /** One more. */\n  up(by = 1): number;\n}',
        ],
        add: ['function add(a: number): number;', 'function add(a: string): string;'],
        long: ['const long = …'],
        short: ["const short = 'as it is'"],
      });
    });

    it('leaves out nothing in silence', () => {
      const refused = {
        'export { here };': /where it is declared/,
        'export enum E { A }': /does not know an exported TSEnumDeclaration/,
        'export const { a } = { a: 1 };': /one name at a time/,
        'export const = 1;': /index\.ts/,
        'export default here;': /default export/,
      };
      for (const [text, reason] of Object.entries(refused))
        assert.throws(() => moduleOf({ 'index.ts': `const here = 1;\n${text}\n` }), reason, text);
    });
  });
});
