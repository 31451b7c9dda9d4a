import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

const root = dirname(import.meta.dirname);
const onWindows = process.platform === 'win32';

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly exports: Readonly<Record<string, unknown>>;
  readonly private?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

interface Packed {
  readonly name: string;
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

/** Folders of the packages that are packed: all that are published. */
const folders = globSync(
  [
    'kernel/package.json',
    'packages/*/package.json',
    'plugins/*/package.json',
    'registry-server/package.json',
  ],
  {
    cwd: root,
  },
)
  .map((path) => dirname(path))
  .filter((folder) => manifestOf(folder).private !== true)
  .sort();

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
}

/** The environment of somebody who knows nothing of this repository. */
function plainEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|NODE_V8_COVERAGE$)/i.test(name),
  );
  return Object.fromEntries(kept);
}

function run(
  command: string,
  args: readonly string[],
  cwd: string,
): { status: number | null; output: string; stdout: string } {
  const options = {
    cwd,
    encoding: 'utf8',
    env: plainEnvironment(),
    shell: onWindows && command === 'npm',
  } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, options);
  return { status, stdout, output: `${stdout}${stderr}${error?.message ?? ''}` };
}

/** Folders of this repository that a build reads, or writes to. */
const built = ['kernel', 'packages', 'plugins', 'registry-server', 'tools'];

/**
 * Copies what a build reads, without what an earlier one made. Built in place, the folders of plugins would change
 * while other tests reload these.
 */
function copySources(copy: string): void {
  const files = ['package.json', 'LICENSE', ...globSync('tsconfig*.json', { cwd: root })];
  for (const path of [...built, ...files])
    cpSync(join(root, path), join(copy, path), {
      recursive: true,
      filter: (source) => !['node_modules', 'dist'].includes(basename(source)),
    });
  const inside = (folder: string): string => join(folder, 'node_modules');
  const scope = '@agent-factory';
  for (const name of readdirSync(inside(root)))
    if (name !== scope) linkFolder(join(inside(root), name), join(inside(copy), name));
  for (const folder of folders) {
    linkFolder(join(copy, folder), join(inside(copy), manifestOf(folder).name));
    if (existsSync(inside(join(root, folder))))
      linkFolder(inside(join(root, folder)), inside(join(copy, folder)));
  }
}

function linkFolder(target: string, link: string): void {
  mkdirSync(dirname(link), { recursive: true });
  symlinkSync(target, link, 'junction');
}

function mustRun(command: string, args: readonly string[], cwd: string): string {
  const { status, output, stdout } = run(command, args, cwd);
  assert.equal(status, 0, `${command} ${args.join(' ')}\n${output}`);
  return stdout;
}

describe('the packed packages, outside the workspace', function () {
  this.timeout(300_000);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  let consumer = '';
  let copy = '';
  let packed: readonly Packed[];

  before(() => {
    copy = realpathSync(mkdtempSync(join(tmpdir(), 'built-')));
    copySources(copy);
    mustRun(process.execPath, [tsc, '-b', 'tsconfig.build.json'], copy);
    mustRun(process.execPath, ['tools/bundle.ts'], copy);

    consumer = realpathSync(mkdtempSync(join(tmpdir(), 'packed-')));
    const wanted = folders.map((folder) => `./${folder}`);
    packed = JSON.parse(
      mustRun('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', consumer, ...wanted], copy),
    );
    writeFileSync(
      join(consumer, 'package.json'),
      JSON.stringify({ name: 'consumer', private: true, type: 'module' }),
    );
    for (const { name, filename } of packed)
      unpack(join(consumer, filename), join(consumer, 'node_modules', name));
    for (const folder of folders) linkDependencies(folder);
    linkPackage('@types/node', join(root, 'node_modules/@types/node'), join(consumer, 'node_modules'));
  });
  after(() => {
    for (const folder of [consumer, copy].filter(Boolean)) rmSync(folder, { recursive: true, force: true });
  });

  function unpack(archive: string, folder: string): void {
    mkdirSync(folder, { recursive: true });
    mustRun('tar', ['-xzf', archive, '--strip-components=1', '-C', folder], consumer);
  }

  /** Puts in reach what a package declares, and nothing else, as it was installed for this repository. */
  function linkDependencies(folder: string): void {
    const { name, dependencies = {}, peerDependencies = {} } = manifestOf(folder);
    for (const dependency of Object.keys({ ...dependencies, ...peerDependencies }).filter(
      (each) => !each.startsWith('@agent-factory/'),
    )) {
      const places = [join(root, folder, 'node_modules', dependency), join(root, 'node_modules', dependency)];
      const installed = places.find((place) => existsSync(place));
      assert.ok(installed, `${name} declares ${dependency}, which is not installed`);
      linkPackage(dependency, installed, join(consumer, 'node_modules', name, 'node_modules'));
    }
  }

  function linkPackage(name: string, target: string, modules: string): void {
    linkFolder(target, join(modules, name));
  }

  /** Every public entry of every package, as an import names it. */
  function entries(): string[] {
    return folders.flatMap((folder) => {
      const { name, exports } = manifestOf(folder);
      return Object.keys(exports)
        .filter((path) => path !== './package.json')
        .map((path) => `${name}${path.slice(1)}`);
    });
  }

  for (const folder of folders) {
    it(`${manifestOf(folder).name} holds its build and its README, and neither sources nor tests`, () => {
      const { name } = manifestOf(folder);
      const files = packed.find((each) => each.name === name)?.files.map(({ path }) => path) ?? [];
      assert.ok(files.includes('dist/index.js') && files.includes('dist/index.d.ts'), files.join('\n'));
      assert.ok(files.includes('README.md'), 'README.md');
      const strangers = files.filter(
        (path) =>
          !/^(dist|bin|migrations|templates|alerts|grafana|python)\/|^(package\.json|prices\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(
            path,
          ),
      );
      assert.deepEqual(strangers, []);
      assert.deepEqual(
        files.filter((path) => path.includes('.tsbuildinfo')),
        [],
      );
    });
  }

  it('load under plain Node, every public entry of them', () => {
    const lines = entries().map((entry) => `await import('${entry}');`);
    writeFileSync(join(consumer, 'load.js'), [...lines, `console.log('loaded');`].join('\n'));
    assert.equal(mustRun(process.execPath, ['load.js'], consumer), 'loaded\n');
  });

  it('boot a kernel with a plugin from a package', () => {
    writeFileSync(
      join(consumer, 'boot.js'),
      `import { bootTestKernel } from '@agent-factory/sdk/testing';
       const kernel = await bootTestKernel({ plugins: ['@agent-factory/plugin-storage-sqlite'] });
       console.log(JSON.stringify(kernel.inspect().plugins.map(({ id, state }) => [id, state])));
       await kernel.close();`,
    );
    assert.deepEqual(JSON.parse(mustRun(process.execPath, ['boot.js'], consumer)), [
      ['storage-sqlite', 'active'],
    ]);
  });

  it('ask a platform with the client', () => {
    const program = `import { createClient } from '@agent-factory/client';
       import { HttpServer } from '@agent-factory/sdk/contracts';
       import { bootTestKernel } from '@agent-factory/sdk/testing';
       const plugins = [{ use: '@agent-factory/plugin-http-api', config: { port: 0 } }];
       const kernel = await bootTestKernel({ plugins });
       console.log((await createClient({ url: kernel.use(HttpServer).url() }).getHealth()).status);
       await kernel.close();`;
    writeFileSync(join(consumer, 'client.js'), program);
    assert.equal(mustRun(process.execPath, ['client.js'], consumer), 'ok\n');
  });

  it('run a plugin isolated', () => {
    const manifest = {
      name: 'guest',
      version: '1.0.0',
      type: 'module',
      main: 'index.js',
      agentFactory: { id: 'guest', kernel: '*', activationMs: 60_000, contributes: { tool: '1.0.0' } },
    };
    mkdirSync(join(consumer, 'guest'));
    writeFileSync(join(consumer, 'guest/package.json'), JSON.stringify(manifest));
    writeFileSync(
      join(consumer, 'guest/index.js'),
      `import { definePlugin } from '@agent-factory/sdk';
       const add = { name: 'add', description: 'Adds two numbers.', input: { type: 'object' }, effect: 'pure',
         run: async ({ a, b }) => a + b };
       export default definePlugin({ setup: (ctx) => ctx.contribute({ id: 'tool' }, add) });`,
    );
    writeFileSync(
      join(consumer, 'isolated.js'),
      `import { bootTestKernel } from '@agent-factory/sdk/testing';
       const plugins = ['@agent-factory/plugin-isolation-process', { use: './guest', isolation: 'L1' }];
       const kernel = await bootTestKernel({ plugins });
       const [{ value: tool }] = kernel.all({ id: 'tool', kind: 'many' });
       console.log(await tool.run({ a: 1, b: 2 }, { signal: new AbortController().signal, tenant: 'default' }));
       await kernel.close();`,
    );
    assert.equal(mustRun(process.execPath, ['isolated.js'], consumer), '3\n');
  });

  it('give a consumer their types', () => {
    const used = entries().map((entry, index) => `import * as entry${index} from '${entry}';`);
    const names = used.map((_, index) => `entry${index}`).join(', ');
    // The second half fails to compile where a token has lost its type: an unused directive is an error as well.
    const source = `${used.join('\n')}
      import { definePlugin } from '@agent-factory/sdk';
      import { createKernel, type Kernel } from '@agent-factory/kernel';
      import { createClient, type Run } from '@agent-factory/client';
      export const all: object[] = [${names}];
      export const kernel: Kernel = createKernel();
      export const run: Promise<Run> = createClient({ url: '' }).getRun({ id: 'a' });
      // @ts-expect-error a run is asked for by its id
      createClient({ url: '' }).getRun({ run: 'a' });
      // @ts-expect-error a plugin is not a number
      definePlugin(1);`;
    writeFileSync(join(consumer, 'types.ts'), source);
    const options = {
      module: 'nodenext',
      target: 'es2024',
      lib: ['es2024'],
      types: ['node'],
      strict: true,
      noEmit: true,
    };
    writeFileSync(
      join(consumer, 'tsconfig.json'),
      JSON.stringify({ compilerOptions: options, files: ['types.ts'] }),
    );
    mustRun(process.execPath, [tsc, '-p', consumer], consumer);
  });

  it('start the command', () => {
    const cli = join(consumer, 'node_modules/@agent-factory/cli');
    const { bin }: { bin: Record<string, string> } = JSON.parse(
      readFileSync(join(cli, 'package.json'), 'utf8'),
    );
    assert.deepEqual(Object.keys(bin), ['agent-factory', 'af']);
    const version = mustRun(process.execPath, [join(cli, bin['af'] ?? ''), '--version'], consumer);
    assert.match(version, new RegExp(`^${manifestOf('packages/cli').version.replaceAll('.', '\\.')}\\b`));
  });
});
