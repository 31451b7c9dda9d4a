import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import { defineContract } from '@agent-factory/sdk';
import { ownerOf } from '../src/loader.ts';
import type { PluginPackage } from '../src/plugin-package.ts';

const Told = defineContract<string>({ id: 'told', version: '1.0.0', description: 'Tells.' });
const provide = (value: string): string =>
  `{ setup(ctx) { ctx.provide({ id: 'told', version: '1.0.0', kind: 'one' }, ${value}); } }`;

describe('loader', () => {
  let folder: string;
  const open: Kernel[] = [];
  beforeEach(() => {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'agent-factory-loader-')));
  });
  afterEach(async () => {
    for (const kernel of open.splice(0)) await kernel.close();
    rmSync(folder, { recursive: true });
  });

  const write = (
    id: string,
    files: Readonly<Record<string, string>>,
    manifest: object = {},
    main = 'index.js',
  ): void => {
    const agentFactory = { id, kernel: '*', provides: { told: '1.0.0' }, ...manifest };
    const pkg = {
      name: id,
      version: '1.0.0',
      type: 'module',
      main,
      imports: { '#own': './own.js' },
      agentFactory,
    };
    for (const [name, text] of Object.entries({ 'package.json': JSON.stringify(pkg), ...files })) {
      mkdirSync(join(folder, id, name, '..'), { recursive: true });
      writeFileSync(join(folder, id, name), text);
    }
  };
  const kernelOf = (...plugins: string[]): Kernel => {
    const config = { plugins, log: { level: 'silent' as const }, generations: { drainMs: 0 } };
    const kernel = createKernel({ config, baseDir: folder, lock: false, env: {} });
    open.push(kernel);
    return kernel;
  };
  const change = async (id: string, name: string, text: string): Promise<void> => {
    await wait(15); // the clock of the file system is coarse
    writeFileSync(join(folder, id, name), text);
  };

  const kinds = {
    'a nested module': [
      'lib/deep.js',
      'export const value = "NOW";',
      `import { value } from './lib/near.js'; export default ${provide('value')};`,
    ],
    'an import of its own name': [
      'own.js',
      'export const value = "NOW";',
      `import { value } from '#own'; export default ${provide('value')};`,
    ],
    'a JSON file': [
      'data.json',
      '"NOW"',
      `import value from './data.json' with { type: 'json' }; export default ${provide('value')};`,
    ],
    'a CommonJS file': [
      'old.cjs',
      'module.exports = "NOW";',
      `import value from './old.cjs'; export default ${provide('value')};`,
    ],
  };
  for (const [kind, [file = '', text = '', entry = '']] of Object.entries(kinds)) {
    it(`reads ${kind} anew when it has changed`, async () => {
      const near = "export { value } from './deep.js';";
      write('p', { 'index.js': entry, 'lib/near.js': near, [file]: text.replace('NOW', 'one') });
      const kernel = kernelOf('./p');
      await kernel.start();
      assert.equal(kernel.use(Told), 'one');
      for (const next of ['two', 'three']) {
        await change('p', file, text.replace('NOW', next));
        const plan = await kernel.apply();
        assert.equal(plan.start[0]?.why, 'its files or secrets changed');
        assert.equal(kernel.use(Told), next);
      }
      assert.equal((await kernel.apply()).keep.length, 1);
    });
  }

  it('loads an ES module as Node does: awaiting, by its real path, and by the nearest package.json', async () => {
    write('waits', { 'index.js': `const value = await 'later'; export default ${provide('value')};` });
    const linked = `import { value } from './value.js'; export default ${provide('value')};`;
    write('linked', { 'real/entry.js': linked, 'real/value.js': 'export const value = "real";' });
    symlinkSync(join('real', 'entry.js'), join(folder, 'linked', 'index.js'));
    const old = {
      'old/package.json': '{}',
      'old/index.js': `module.exports = ${provide('typeof require')};`,
    };
    write('nearest', old, {}, 'old/index.js');
    for (const [id, told] of Object.entries({ waits: 'later', linked: 'real', nearest: 'function' })) {
      const kernel = kernelOf(`./${id}`);
      await kernel.start();
      assert.equal(kernel.use(Told), told);
    }
  });

  it('runs TypeScript, lends it the SDK outside of any project, and reads it anew', async () => {
    const code = (value: string): string => `import { definePlugin, type Plugin } from '@agent-factory/sdk';
      import '@agent-factory/sdk/domain';
      import { value } from './value.ts';
      const plugin: Plugin = definePlugin(${provide(`value + '${value}'`)}); export default plugin;`;
    write('p', { 'index.ts': code('1'), 'value.ts': 'export const value: string = "v";' }, {}, 'index.ts');
    const kernel = kernelOf('./p');
    await kernel.start();
    assert.equal(kernel.use(Told), 'v1');
    await change('p', 'index.ts', code('2'));
    await kernel.apply();
    assert.equal(kernel.use(Told), 'v2');
  });

  it('lends the SDK to CommonJS too, loads it afresh, and forgets it at the end', async () => {
    const code = (value: string): string =>
      `const { definePlugin } = require('@agent-factory/sdk'); module.exports = definePlugin(${provide(`'${value}'`)});`;
    write('p', { 'index.cjs': code('1') }, { format: 'commonjs' }, 'index.cjs');
    const kernel = kernelOf('./p');
    await kernel.start();
    await change('p', 'index.cjs', code('2'));
    await kernel.apply();
    assert.equal(kernel.use(Told), '2');
    await kernel.close();
    const { createRequire } = await import('node:module');
    const { cache } = createRequire(import.meta.url);
    assert.deepEqual(
      Object.keys(cache).filter((file) => file.startsWith(folder)),
      [],
    );
  });

  it('sees changes through a symlinked folder', async () => {
    write('real', { 'index.js': `export default ${provide("'one'")};` });
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    const kernel = kernelOf('./link');
    await kernel.start();
    await change('real', 'index.js', `export default ${provide("'two'")};`);
    await kernel.apply();
    assert.equal(kernel.use(Told), 'two');
  });

  it('tries again what failed to load for want of something outside its files', async () => {
    write('p', {
      'index.js': `if (!globalThis.afLoaderReady) throw new Error('not yet'); export default ${provide("'up'")};`,
    });
    const kernel = kernelOf('./p');
    await assert.rejects(kernel.start(), { code: 'AF_LOAD_FAILED' });
    Object.assign(globalThis, { afLoaderReady: true });
    await kernel.start();
    assert.equal(kernel.use(Told), 'up');
  });

  const named = { exports: { exports: './dist/index.js' }, main: { main: './dist/index.js' } };
  for (const [field, entry] of Object.entries(named)) {
    it(`says which entry file that ${field} names is not there, and finds it once it is built`, async () => {
      write('p', {});
      const file = join(folder, 'p/package.json');
      const pkg = JSON.parse(readFileSync(file, 'utf8')) as object;
      writeFileSync(file, JSON.stringify({ ...pkg, ...entry }));
      const kernel = kernelOf('./p');
      const plan = await kernel.plan();
      assert.deepEqual(
        plan.start.map(({ plugin }) => plugin),
        ['p'],
      );
      await assert.rejects(kernel.start(), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'AF_LOAD_FAILED');
        const reason = `its entry file ${join(folder, 'p/dist/index.js')} is not there; is it built?`;
        assert.ok(error.message.includes(reason), error.message);
        return true;
      });
      mkdirSync(join(folder, 'p/dist'));
      writeFileSync(join(folder, 'p/dist/index.js'), `export default ${provide("'built'")};`);
      await kernel.start();
      assert.equal(kernel.use(Told), 'built');
    });
  }

  it('finds whose code an error comes from among folders that begin alike, lie inside each other, or hold a space', () => {
    const owner = (path: string) => ({ pkg: { folder: path } as PluginPackage }); // nothing else is read
    const owners = ['/x/foo', '/x/foo-bar', '/x/foo/inner', '/x/my plugin'].map(owner);
    const error = new Error('no at /x/foo/');
    for (const [frame, folder] of [
      ['file:///x/foo-bar/index.js:1:1', '/x/foo-bar'],
      ['/x/foo/inner/a.cjs:1:1', '/x/foo/inner'],
      ['file:///x/my%20plugin/a.js:1:1', '/x/my plugin'],
      ['node:fs:1:1', undefined],
    ] as const) {
      error.stack = `Error: no at /x/foo/\n    at f (${frame})\n    at node:internal:1`;
      assert.equal(ownerOf(error, owners)?.pkg.folder, folder);
    }
  });
});
