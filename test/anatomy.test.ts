import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const lineLimit = 300;
/** The code lines the kernel had, rounded up to the next 50. Only ever lowered: docs/adr/0010-the-size-of-the-kernel.md. */
const kernelLimit = 4300;
/** How far below its limit the kernel may come before the limit has to follow. */
const kernelSlack = 100;

/** Files over the limit, each with the reason why it is better whole. */
const longFiles: Readonly<Record<string, string>> = {};

/** How a capability may be spelled out in the name of the file that provides it. */
const spelledOut: Readonly<Record<string, readonly string[]>> = {
  llm: ['language-model'],
  journal: ['run-journal'],
  api: ['server'],
  memory: ['conversation-memory'],
  http: ['server'],
};

function read(path: string): string {
  return readFileSync(join(root, path), 'utf8');
}

function readJson(path: string): Record<string, unknown> {
  return JSON.parse(read(path));
}

function lineCount(text: string): number {
  return text.replace(/\n$/, '').split('\n').length;
}

/** Lines with code on them: neither empty nor comment only. */
function codeLineCount(text: string): number {
  const withoutBlocks = text.replace(/^[ \t]*\/\*[\s\S]*?\*\/[ \t]*$/gm, '');
  return withoutBlocks.split('\n').filter((line) => line.trim() !== '' && !line.trim().startsWith('//'))
    .length;
}

/** The names that the main file of a plugin folder such as `storage-sqlite` may have. */
function mainFileNames(folder: string): string[] {
  const [capability = '', ...rest] = folder.split('-');
  const tech = rest.join('-');
  const long = spelledOut[capability] ?? [];
  return [`${tech}-${capability}`, folder, ...long.map((name) => `${tech}-${name}`)].map(
    (name) => `${name}.ts`,
  );
}

const sources = globSync(
  '{kernel,packages,plugins,registry-server,examples,test,bench,tools}/**/*.{ts,mjs,js,py}',
  {
    cwd: root,
    exclude: (name) =>
      /(^|\/)(node_modules|dist|fixtures|golden|generated|results|coverage)(\/|$)/.test(String(name)),
  },
).map((path) => path.replaceAll('\\', '/'));

describe('anatomy', () => {
  const built: unknown = readJson('tsconfig.build.json')['references'];
  assert.ok(Array.isArray(built));

  describe('every published package', () => {
    const manifests = globSync(
      [
        'kernel/package.json',
        'packages/*/package.json',
        'plugins/*/package.json',
        'registry-server/package.json',
      ],
      {
        cwd: root,
      },
    ).filter((file) => readJson(file)['private'] !== true);

    for (const folder of manifests.map((each) => dirname(each).replaceAll('\\', '/')).sort()) {
      describe(folder, () => {
        const manifest = readJson(`${folder}/package.json`);

        it('is an MIT-licensed module that offers its sources here and its build elsewhere', () => {
          assert.equal(manifest['license'], 'MIT');
          assert.equal(manifest['type'], 'module');
          const { './package.json': itself, ...entries } = Object(manifest['exports']);
          assert.equal(itself, './package.json');
          for (const [name, entry] of Object.entries(entries)) {
            assert.deepEqual(Object.keys(Object(entry)), ['@agent-factory/source', 'types', 'default'], name);
            assert.ok(existsSync(join(root, folder, Object(entry)['@agent-factory/source'])), name);
          }
        });

        it('has a tsconfig.json of extends and references alone, and is built', () => {
          const config = readJson(`${folder}/tsconfig.json`);
          assert.deepEqual(
            Object.keys(config).filter((key) => key !== 'references'),
            ['extends'],
          );
          assert.ok(
            built.some(({ path }) => path === folder),
            'one line of tsconfig.build.json',
          );
        });
      });
    }
  });

  describe('every plugin', () => {
    for (const folder of readdirSync(join(root, 'plugins')).filter((name) =>
      existsSync(join(root, 'plugins', name, 'package.json')),
    )) {
      const path = `plugins/${folder}`;

      describe(folder, () => {
        it('has a manifest that names it after its folder', () => {
          const manifest = readJson(`${path}/package.json`);
          assert.equal(manifest['name'], `@agent-factory/plugin-${folder}`);
          assert.ok(Object(manifest['keywords']).includes('agent-factory-plugin'));
          assert.ok(Object(manifest['dependencies'])['@agent-factory/sdk'], 'depends on the SDK');
          const block = Object(manifest['agentFactory']);
          assert.equal(block.id, folder);
          assert.equal(typeof block.kernel, 'string');
        });

        it('has a README.md, src/config.ts, src/errors.ts and a main file of its name', () => {
          assert.match(read(`${path}/README.md`), /^# /);
          assert.ok(existsSync(join(root, path, 'src/config.ts')));
          const own = globSync(`${path}/src/**/*.ts`, { cwd: root }).filter((file) =>
            read(file).includes('defineErrors('),
          );
          // None where all that can go wrong is in the contract.
          for (const file of own) assert.equal(file.replaceAll('\\', '/'), `${path}/src/errors.ts`);
          const names = mainFileNames(folder);
          assert.ok(
            names.some((name) => existsSync(join(root, path, 'src', name))),
            `one of ${names.join(', ')}`,
          );
        });

        it('exports one plugin from src/index.ts and nothing else', () => {
          const index = read(`${path}/src/index.ts`);
          const exported = index.match(/^export .*/gm) ?? [];
          assert.equal(exported.length, 1, exported.join('\n'));
          assert.match(exported[0] ?? '', /^export default /);
          assert.match(index, /\bdefinePlugin\b/);
        });

        it('has a test of its name', () => {
          assert.ok(existsSync(join(root, path, `test/${folder}.test.ts`)));
        });

        it('numbers its migrations, if it has any', () => {
          const migrations = globSync(`${path}/migrations/**/*.*`, { cwd: root });
          for (const file of migrations)
            assert.match(
              file.replaceAll('\\', '/'),
              /\/migrations\/(tenant\/)?\d{4}-[a-z0-9-]+(\.down)?(\.(sqlite|postgres))?\.sql$/,
            );
          if (migrations.length > 0)
            assert.ok(Object(readJson(`${path}/package.json`)['files']).includes('migrations'));
        });
      });
    }
  });

  describe('every file', () => {
    it('is found by this test', () => {
      assert.ok(sources.length > 50);
      assert.ok(sources.includes('kernel/src/index.ts') && sources.includes('tools/run.mjs'));
    });

    it('has a kebab-case name that says what is in it', () => {
      const bad = sources.filter((path) => {
        const plain = basename(path).replace(/(\.test|\.d)?\.(ts|mjs|js|py)$/, '');
        // Modules of Python are named with underscores: a name with a dash cannot be imported (PEP 8).
        const name = path.endsWith('.py') ? plain.replace(/^__|__$/g, '').replaceAll('_', '-') : plain;
        return (
          /^(utils?|helpers?|common|misc|shared)$/.test(name) || !/^[a-z0-9]+([-.][a-z0-9]+)*$/.test(name)
        );
      });
      assert.deepEqual(bad, []);
    });

    it(`has at most ${lineLimit} lines, or a stated reason`, () => {
      const long = sources
        .map((path) => ({ path, lines: lineCount(read(path)) }))
        .filter(({ path, lines }) => lines > lineLimit && longFiles[path] === undefined);
      assert.deepEqual(long, []);
    });

    it('that is excused from that limit exists and needs it', () => {
      for (const [path, reason] of Object.entries(longFiles)) {
        assert.ok(reason.length > 20, path);
        assert.ok(lineCount(read(path)) > lineLimit, path);
      }
    });
  });

  const kernelLines = sources
    .filter((path) => path.startsWith('kernel/src/'))
    .reduce((sum, path) => sum + codeLineCount(read(path)), 0);
  it(`the kernel does not grow (${kernelLines} lines of code of at most ${kernelLimit})`, () => {
    assert.ok(kernelLines <= kernelLimit, 'take out as much as was added');
    assert.ok(kernelLines > kernelLimit - kernelSlack, 'it has shrunk: lower kernelLimit');
  });
});
