import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { extract } from 'tar';
import {
  createAuthorKey,
  packFolder,
  readArchive,
  signFolder,
  verifyFiles,
} from '@agent-factory/plugin-package';

const key = createAuthorKey();
const manifest = { id: 'weather', kernel: '^0.1.0' };
const weather = {
  name: '@acme/plugin-weather',
  version: '1.0.0',
  type: 'module',
  files: ['dist'],
  agentFactory: manifest,
};
let folder: string;

function write(files: Readonly<Record<string, string | object>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(
      join(folder, path),
      typeof content === 'string' ? content : JSON.stringify(content, null, 4),
    );
  }
}

describe('packing a plugin', () => {
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'agent-factory-pack-'));
    write({
      'package.json': weather,
      'dist/index.js': 'export default {};',
      'src/index.ts': '',
      'README.md': '# Weather',
    });
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('takes the files npm would publish, signs them, and gives the same bytes each time', async () => {
    const packed = await packFolder(folder, { key });
    assert.deepEqual(
      packed.files.map(({ path }) => path),
      ['package.json', 'README.md', 'dist/index.js', 'AF-MANIFEST.json'],
    );
    assert.equal(packed.fileName, 'acme-plugin-weather-1.0.0.tgz');
    const { files, integrity } = await readArchive(packed.bytes);
    assert.equal(verifyFiles(files, weather).keyId, key.keyId);
    assert.equal(integrity, packed.integrity);
    assert.equal((await packFolder(folder, { key })).integrity, integrity);
  });

  it('writes archives that other tools unpack', async () => {
    const deep = `dist/${'deep/'.repeat(20)}a.js`;
    write({ [deep]: 'deep' });
    const { bytes } = await packFolder(folder, undefined);
    writeFileSync(join(folder, 'p.tgz'), bytes);
    extract({ file: join(folder, 'p.tgz'), cwd: folder, sync: true, strict: true });
    assert.equal(readFileSync(join(folder, 'package', deep), 'utf8'), 'deep');
  });

  it('brings dependencies along, each version where Node finds it, and what a checkout needs stays at home', async () => {
    write({
      'package.json': {
        ...weather,
        exports: { '.': { '@agent-factory/source': './src/index.ts', default: './dist/index.js' } },
        scripts: { postinstall: 'x' },
        devDependencies: { mocha: '1' },
        dependencies: { a: '1', b: '1', '@agent-factory/sdk': '1' },
      },
      'node_modules/a/package.json': {
        name: 'a',
        version: '1.0.0',
        exports: { '.': { '@agent-factory/source': './src/index.ts', default: './index.js' } },
        dependencies: { c: '1' },
      },
      'node_modules/a/index.js': '',
      'node_modules/a/index.d.ts': '',
      'node_modules/b/package.json': { name: 'b', version: '1.0.0', dependencies: { c: '2' } },
      'node_modules/b/node_modules/c/package.json': { name: 'c', version: '2.0.0' },
      'node_modules/c/package.json': { name: 'c', version: '1.0.0', optionalDependencies: { fsevents: '1' } },
    });
    const packed = await packFolder(folder, { key });
    const { files, packageJson } = await readArchive(packed.bytes);
    assert.deepEqual(
      files.map(({ path }) => path).filter((path) => path.startsWith('node_modules')),
      [
        'node_modules/a/index.js',
        'node_modules/a/package.json',
        'node_modules/c/package.json',
        'node_modules/b/package.json',
        'node_modules/b/node_modules/c/package.json',
      ],
    );
    assert.deepEqual(packageJson['exports'], { '.': { default: './dist/index.js' } });
    assert.deepEqual(packageJson['bundleDependencies'], ['a', 'b']);
    assert.equal(packageJson['scripts'], undefined);
    const textOf = (name: string): string =>
      Buffer.from(files.find(({ path }) => path === name)?.bytes ?? []).toString();
    const bundled = JSON.parse(textOf('node_modules/a/package.json'));
    assert.deepEqual(bundled.exports, { '.': { default: './index.js' } });
    const untouched = readFileSync(join(folder, 'node_modules/c/package.json'), 'utf8');
    assert.equal(textOf('node_modules/c/package.json'), untouched);
  });

  it('says what is in the way', async () => {
    write({ 'package.json': { ...weather, dependencies: { missing: '1' } } });
    await assert.rejects(packFolder(folder, { key }), {
      code: 'AF_PACKAGE_DEPENDENCY',
      message: /missing, which is not installed/,
    });
    write({ 'package.json': { ...weather, name: 'weather' } });
    await assert.rejects(packFolder(folder, { key }), { code: 'AF_PACKAGE_NAME' });
    write({ 'package.json': { ...weather, main: 'dist/main.js' } });
    await assert.rejects(packFolder(folder, { key }), {
      code: 'AF_PACKAGE_FOLDER',
      message: /its entry dist\/main\.js is not there/,
    });
    write({ 'package.json': { name: 'a', version: '1.0.0' } });
    await assert.rejects(packFolder(folder, { key }), { code: 'AF_PACKAGE_FOLDER', message: /no plugin/ });
    await assert.rejects(packFolder(join(folder, 'nowhere'), { key }), {
      code: 'AF_PACKAGE_FOLDER',
      message: /no package\.json/,
    });
    write({ 'package.json': weather, 'dist/index.js': `ghp_${'x'.repeat(36)}` });
    await assert.rejects(packFolder(folder, { key }), { code: 'AF_PACKAGE_SECRET' });
  });

  it('signs a folder so that what npm itself packs afterwards holds', async () => {
    await signFolder(folder, { key });
    const packed = execFileSync('npm', ['pack', '--ignore-scripts', '--silent'], {
      cwd: folder,
      encoding: 'utf8',
    }).trim();
    const { files } = await readArchive(readFileSync(join(folder, packed)));
    assert.equal(verifyFiles(files, weather).keyId, key.keyId);
    assert.match(
      readFileSync(join(folder, 'package.json'), 'utf8'),
      /^ {4}"files": \[\n {8}"dist",\n {8}"AF-MANIFEST\.json"\n {4}\]/m,
    );
  });

  it('signs no folder that npm would publish incomplete', async () => {
    write({ 'package.json': { ...weather, dependencies: { a: '1' } } });
    await assert.rejects(signFolder(folder, { key }), {
      code: 'AF_PACKAGE_DEPENDENCY',
      message: /a, which is not bundled/,
    });
    assert.ok(!existsSync(join(folder, 'AF-MANIFEST.json')));
  });
});
