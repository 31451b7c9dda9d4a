import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AgentFactoryError } from '@agent-factory/sdk';
import { discover } from '../../src/config/discover.ts';
import type { PluginPackage } from '../../src/plugin-package.ts';
import { tempFolder } from '../temp-folder.ts';

function manifest(
  id: string,
  more: Record<string, unknown> = {},
  block: Record<string, unknown> = {},
): object {
  return {
    name: `@acme/plugin-${id}`,
    version: '1.0.0',
    agentFactory: { id, kernel: '*', ...block },
    ...more,
  };
}

function find(use: string, baseDir: string): PluginPackage[] {
  return discover({ use }, { baseDir, storeDir: join(baseDir, 'store') });
}

function refusal(use: string, baseDir: string): AgentFactoryError {
  try {
    find(use, baseDir);
  } catch (error) {
    assert.ok(error instanceof AgentFactoryError, String(error));
    return error;
  }
  return assert.fail('nothing was thrown');
}

describe('discover', () => {
  it('finds a local folder by relative path, absolute path and file URL', () => {
    const base = tempFolder({ 'mine/package.json': manifest('mine'), 'mine/index.ts': '' });
    const folder = join(base, 'mine');
    for (const use of [
      './mine',
      'mine/../mine',
      folder,
      pathToFileURL(folder).href,
      `../${basename(base)}/mine`,
    ].filter((one) => one !== 'mine/../mine')) {
      const [found] = find(use, base);
      assert.equal(found?.source, 'local');
      assert.equal(found.folder, folder, use);
      assert.equal(found.entry, join(folder, 'index.ts'));
      assert.equal(found.manifest.id, 'mine');
    }
  });

  it('finds an npm package here and in the folders above, with the integrity npm noted', () => {
    const base = tempFolder({
      'node_modules/@acme/plugin-web/package.json': manifest('web', { main: 'lib' }),
      'node_modules/@acme/plugin-web/lib/index.js': '',
      'node_modules/.package-lock.json': {
        packages: { 'node_modules/@acme/plugin-web': { integrity: 'sha512-x' } },
      },
      'project/deep/x': '',
    });
    const [found] = find('@acme/plugin-web', join(base, 'project/deep'));
    assert.equal(found?.source, 'npm');
    assert.equal(found.integrity, 'sha512-x');
    assert.equal(found.entry, join(base, 'node_modules/@acme/plugin-web/lib/index.js'));
  });

  it('takes a linked workspace package for a local one, TypeScript allowed', () => {
    const base = tempFolder({
      'packages/web/package.json': manifest('web', { exports: './src/index.ts' }),
      'packages/web/src/index.ts': '',
    });
    mkdirSync(join(base, 'node_modules/@acme'), { recursive: true });
    symlinkSync(join(base, 'packages/web'), join(base, 'node_modules/@acme/plugin-web'));
    const [found] = find('@acme/plugin-web', base);
    assert.equal(found?.source, 'local');
    assert.equal(found.integrity, undefined);
    assert.equal(found.entry, join(base, 'packages/web/src/index.ts'));
  });

  it('finds packages beside the kernel when the project has none', () => {
    const [found] = find('@agent-factory/plugin-storage-sqlite', tempFolder());
    assert.equal(found?.manifest.id, 'storage-sqlite');
  });

  it('walks exports by conditions, in their order', () => {
    const exports = {
      '.': {
        special: './special.js',
        node: [{ import: { types: './x.d.ts', default: './node.js' } }],
        default: './default.js',
      },
      './package.json': './package.json',
    };
    const files = { 'special.js': '', 'node.js': '', 'default.js': '', 'common.cjs': '' };
    const base = tempFolder(
      Object.fromEntries([
        ['p/package.json', manifest('p', { exports })],
        [
          'c/package.json',
          manifest(
            'c',
            { exports: { import: './node.js', require: './common.cjs' } },
            { format: 'commonjs' },
          ),
        ],
        ...Object.entries(files).flatMap(([name, text]) => [
          [`p/${name}`, text],
          [`c/${name}`, text],
        ]),
      ]) as Record<string, unknown>,
    );
    assert.equal(basename(find('./p', base)[0]?.entry ?? ''), 'node.js');
    assert.equal(basename(find('./c', base)[0]?.entry ?? ''), 'common.cjs');
  });

  it('needs no entry for kinds without code', () => {
    const base = tempFolder({ 'b/package.json': manifest('b', {}, { kind: 'blueprint' }) });
    assert.equal(find('./b', base)[0]?.entry, '');
  });

  it('gives every installed version of an id, with its integrity', () => {
    const at = (version: string, hash: string): Record<string, unknown> => ({
      [`store/web/${version}-${hash}/package.json`]: manifest('web', { version }),
      [`store/web/${version}-${hash}/index.js`]: '',
      [`store/web/${version}-${hash}.integrity`]: `sha512-${hash}\n`,
    });
    const base = tempFolder({
      ...at('1.0.0', 'aaaa'),
      ...at('1.1.0-rc.1', 'bbbb'),
      'store/web/.tmp-1/package.json': '{',
    });
    const found = find('web', base);
    assert.deepEqual(
      found.map(({ manifest: { version }, source, integrity }) => `${version} ${source} ${integrity ?? ''}`),
      ['1.0.0 store sha512-aaaa', '1.1.0-rc.1 store sha512-bbbb'],
    );
  });

  it('passes over a broken installed version when another is whole, and else says what is wrong', () => {
    const base = tempFolder({
      'store/web/1.0.0-aaaa/package.json': manifest('web'),
      'store/web/1.0.0-aaaa/index.js': '',
      'store/web/2.0.0-bbbb/package.json': '{',
      'store/bad/2.0.0-bbbb/package.json': '{',
      'store/odd/3.0.0-cccc/package.json': manifest('other'),
      'store/odd/3.0.0-cccc/index.js': '',
    });
    assert.equal(find('web', base).length, 1);
    assert.equal(refusal('odd', base).code, 'AF_DISCOVER_NOT_FOUND');
    assert.equal(refusal('bad', base).code, 'AF_MANIFEST_INVALID');
  });

  it('refuses TypeScript inside node_modules, also behind a link', () => {
    const base = tempFolder({
      'node_modules/ts/package.json': manifest('ts', { exports: './index.ts' }),
      'node_modules/ts/index.ts': '',
    });
    symlinkSync(join(base, 'node_modules/ts'), join(base, 'linked'));
    for (const use of ['ts', './linked']) {
      const error = refusal(use, base);
      assert.equal(error.code, 'AF_LOAD_FAILED');
      assert.match(error.message, /Node strips no types/);
    }
  });

  it('takes an entry at its word that is named but not there: loading tells', () => {
    const base = tempFolder({
      'a/package.json': manifest('a', { exports: './dist/index.js' }),
      'b/package.json': manifest('b', { main: './dist/index.js' }),
    });
    for (const name of ['a', 'b'])
      assert.equal(find(`./${name}`, base)[0]?.entry, join(base, name, 'dist/index.js'));
  });

  it('refuses an entry that is named nowhere or lies outside the package', () => {
    const base = tempFolder({
      'a/package.json': manifest('a', { main: './dist/index' }),
      'b/package.json': manifest('b', { main: '../out.js' }),
      'c/package.json': manifest('c', { exports: { '.': '../out.js' } }),
      'd/package.json': manifest('d', { exports: { './x': './x.js' } }),
      'd/index.js': '',
      'out.js': '',
    });
    assert.match(refusal('./a', base).message, /is there, but not its entry file/);
    for (const use of ['./b', './c', './d'])
      assert.equal(refusal(use, base).code, 'AF_DISCOVER_NOT_FOUND', use);
  });

  it('says where it looked and what was meant', () => {
    const base = tempFolder({
      'node_modules/@acme/plugin-weather/package.json': manifest('weather'),
      'plugins/notes/package.json': manifest('notes'),
      'store/billing/1.0.0-a/package.json': manifest('billing'),
      'node_modules/left-pad/package.json': { name: 'left-pad', version: '1.0.0' },
    });
    const meant: Record<string, RegExp> = {
      '@acme/plugin-wether': /Did you mean "@acme\/plugin-weather"/,
      weather: /Did you mean "@acme\/plugin-weather"/,
      biling: /Did you mean "billing"/,
      './plugins/note': /Did you mean "\.\/plugins\/notes"/,
      'plugins/notes': /Did you mean "\.\/plugins\/notes"/,
    };
    for (const [use, fix] of Object.entries(meant)) {
      const error = refusal(use, base);
      assert.equal(error.code, 'AF_DISCOVER_NOT_FOUND', use);
      assert.match(error.fix, fix);
    }
    assert.match(refusal('@acme/nothing-like-it', base).message, new RegExp(join(base, 'node_modules')));
    assert.match(refusal('@acme/nothing-like-it', base).fix, /npm install @acme\/nothing-like-it/);
    assert.match(refusal('./plugins', base).message, /has no package\.json/);
    assert.equal(refusal('left-pad', base).code, 'AF_MANIFEST_MISSING');
  });

  it('does not leave node_modules or the store through a name', () => {
    const base = tempFolder({
      'outside/package.json': manifest('outside'),
      'outside/index.js': '',
      'node_modules/x/y': '',
    });
    for (const use of ['x/../../outside', '@a/../../outside', '..%2foutside', '', 'store/../outside'])
      assert.equal(refusal(use, base).code, 'AF_DISCOVER_NOT_FOUND', use);
    assert.equal(dirname(find('./outside', base)[0]?.folder ?? ''), base);
  });
});
