import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  type Lockfile,
  changesBetween,
  compareLock,
  generationId,
  lockOf,
  readLock,
  writeLock,
} from '../../src/resolve/lock.ts';
import { resolve } from '../../src/resolve/resolve.ts';
import { onPaper, requestOf } from './packages-on-paper.ts';

const weather = onPaper(
  'weather@1.2.0',
  {
    provides: { forecast: '1.0.0' },
    permissions: { network: 'to ask the service', files: 'to keep a cache' },
  },
  { source: 'store', integrity: 'sha512-one' },
);
const packages = [
  weather,
  onPaper('app@1.0.0', { requires: { forecast: '^1.0.0' } }, { integrity: 'sha512-app' }),
  onPaper('mine@0.1.0', {}, { source: 'local', integrity: 'sha512-never-kept' }),
];
const lock = lockOf(resolve(requestOf(packages)), '0.1.0', {
  weather: ['network', 'mail'],
  gone: ['network'],
});

const open = { file: 'agent-factory.lock.json', frozen: false };
const mismatch = (action: () => unknown, ...texts: (string | RegExp)[]): void => {
  assert.throws(action, (error) => {
    assert.ok(isAgentFactoryError(error, 'AF_LOCK_MISMATCH'), String(error));
    for (const text of texts) assert.match(error.message, new RegExp(text));
    assert.match(error.fix, /agent-factory plugin lock/);
    return true;
  });
};
const withPlugin = (id: string, change: Partial<Lockfile['plugins'][string]>): Lockfile => {
  const before = lock.plugins[id];
  assert.ok(before);
  return { ...lock, plugins: { ...lock.plugins, [id]: { ...before, ...change } } };
};
const texts = (before: Lockfile | undefined, after: Lockfile): string[] =>
  changesBetween(before, after).map(({ text }) => text);

describe('lockOf', () => {
  it('records versions, sources, integrity, providers and what was both asked for and granted', () => {
    assert.deepEqual(lock, {
      lockfileVersion: 1,
      kernel: '0.1.0',
      plugins: {
        app: { name: 'plugin-app', version: '1.0.0', source: 'npm', integrity: 'sha512-app' },
        mine: { name: 'plugin-mine', version: '0.1.0', source: 'local' },
        weather: { name: 'plugin-weather', version: '1.2.0', source: 'store', integrity: 'sha512-one' },
      },
      providers: { forecast: 'weather' },
      permissions: { weather: ['network'] },
    });
  });
});

describe('generationId', () => {
  const configs = new Map([
    ['app', '{"port":1}'],
    ['weather', '{}'],
  ]);

  it('does not depend on order or on where the plugins lie', () => {
    const moved = packages.toReversed().map((pkg) => ({ ...pkg, folder: `/elsewhere${pkg.folder}` }));
    const same = lockOf(resolve(requestOf(moved)), '0.1.0', { weather: ['network'] });
    const id = generationId(lock, configs);
    assert.match(id, /^gen-[0-9a-f]{12}$/);
    assert.equal(generationId(same, new Map([...configs].toReversed())), id);
    const { plugins, ...rest } = lock;
    const shuffled = Object.fromEntries(Object.entries(plugins).toReversed());
    assert.equal(generationId({ plugins: shuffled, ...rest }, configs), id);
  });

  it('changes with a version, a provider, a permission and a configuration', () => {
    const ids = [
      generationId(lock, configs),
      generationId(withPlugin('app', { version: '1.0.1' }), configs),
      generationId({ ...lock, providers: { forecast: 'mine' } }, configs),
      generationId({ ...lock, permissions: {} }, configs),
      generationId(lock, new Map([...configs, ['app', '{"port":2}']])),
      generationId(lock, new Map()),
    ];
    assert.equal(new Set(ids).size, ids.length);
  });

  it('is the same on every machine', () => {
    const bare: Lockfile = {
      lockfileVersion: 1,
      kernel: '0.1.0',
      plugins: {},
      providers: {},
      permissions: {},
    };
    assert.equal(generationId(bare, new Map([['a', '{}']])), 'gen-6da0046a3f1c');
  });
});

describe('compareLock', () => {
  it('finds nothing in equal locks', () => {
    assert.deepEqual(compareLock(lock, structuredClone(lock), open), []);
    assert.deepEqual(compareLock(lock, structuredClone(lock), { file: 'x', frozen: true }), []);
  });

  it('says every kind of change in a sentence', () => {
    const after: Lockfile = {
      lockfileVersion: 1,
      kernel: '0.2.0',
      plugins: {
        app: { name: 'plugin-app', version: '1.1.0', source: 'npm', integrity: 'sha512-app2' },
        mine: { name: '@me/mine', version: '0.0.9', source: 'npm' },
        fresh: { name: 'fresh', version: '3.0.0', source: 'store' },
      },
      providers: { forecast: 'fresh', clock: 'fresh' },
      permissions: { app: ['network'], weather: ['files'] },
    };
    assert.deepEqual(texts(lock, after), [
      'The kernel changes from 0.1.0 to 0.2.0.',
      'app is upgraded from 1.0.0 to 1.1.0.',
      'fresh 3.0.0 is added (store).',
      'mine comes from @me/mine (npm) instead of plugin-mine (local).',
      'mine is downgraded from 0.1.0 to 0.0.9.',
      'weather 1.2.0 is removed.',
      'Contract clock is now provided by fresh.',
      'Contract forecast is now provided by fresh instead of weather.',
      'app gains the permission network.',
      'weather gains the permission files.',
      'weather loses the permission network.',
    ]);
    const { providers: _, ...rest } = lock;
    assert.deepEqual(texts(lock, { ...rest, providers: {} }), [
      'Contract forecast is no longer provided (was weather).',
    ]);
  });

  it('counts no lock as an empty one', () => {
    assert.deepEqual(
      texts(undefined, lock).map((text) => text.split(' ').slice(0, 2).join(' ')),
      ['app 1.0.0', 'mine 0.1.0', 'weather 1.2.0', 'Contract forecast', 'weather gains'],
    );
  });

  it('always refuses another package under the same version', () => {
    const other = withPlugin('weather', { integrity: 'sha512-two' });
    mismatch(
      () => compareLock(lock, other, { file: 'my.lock.json', frozen: false }),
      'my.lock.json',
      'sha512-two instead of sha512-one',
    );
    mismatch(
      () => compareLock(lock, withPlugin('weather', { source: 'npm', integrity: 'sha512-two' }), open),
      'sha512-two',
    );
    assert.equal(texts(lock, withPlugin('weather', { version: '1.2.1', integrity: 'sha512-two' })).length, 1);
  });

  it('refuses a package that lost its integrity, and accepts its first one', () => {
    const { integrity: _, ...bare } = lock.plugins['weather']!;
    const without: Lockfile = { ...lock, plugins: { ...lock.plugins, weather: bare } };
    mismatch(() => compareLock(lock, without, open), 'integrity none instead of sha512-one');
    assert.deepEqual(texts(without, lock), ['weather 1.2.0 now has an integrity.']);
    const linked: Lockfile = { ...lock, plugins: { ...lock.plugins, weather: { ...bare, source: 'local' } } };
    assert.equal(texts(lock, linked).length, 1);
  });

  it('refuses every change when frozen, and lists them all', () => {
    const after = { ...withPlugin('app', { version: '1.1.0' }), permissions: {} };
    mismatch(
      () => compareLock(lock, after, { file: 'f', frozen: true }),
      'frozen',
      'app is upgraded',
      'weather loses',
    );
    mismatch(() => compareLock(undefined, lock, { file: 'f', frozen: true }), 'app 1.0.0 is added');
  });
});

describe('readLock and writeLock', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'af-lock-'));
    file = join(folder, 'agent-factory.lock.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('give back what was written, and leave no other file', () => {
    assert.equal(readLock(file), undefined);
    assert.equal(writeLock(file, lock), true);
    assert.deepEqual(readLock(file), lock);
    assert.deepEqual(readdirSync(folder), ['agent-factory.lock.json']);
  });

  it('write sorted keys and a last newline, and nothing when nothing changed', () => {
    writeLock(file, lock);
    const text = readFileSync(file, 'utf8');
    assert.ok(text.endsWith('}\n'));
    const { ino } = statSync(file);
    const { plugins, ...rest } = lock;
    const shuffled = { plugins: Object.fromEntries(Object.entries(plugins).toReversed()), ...rest };
    assert.equal(writeLock(file, shuffled), false);
    assert.equal(statSync(file).ino, ino);
    assert.equal(writeLock(file, { ...shuffled, kernel: '0.3.0' }), true);
    assert.equal(readFileSync(file, 'utf8'), text.replace('"kernel": "0.1.0"', '"kernel": "0.3.0"'));
  });

  it('keep the old file when writing fails', function () {
    if (process.platform === 'win32' || process.getuid?.() === 0) this.skip();
    writeLock(file, lock);
    chmodSync(folder, 0o500);
    assert.throws(() => writeLock(file, { ...lock, kernel: '9.0.0' }));
    chmodSync(folder, 0o700);
    assert.deepEqual(readLock(file), lock);
  });

  it('fail when the folder is missing, and leave nothing behind', () => {
    assert.throws(() => writeLock(join(folder, 'gone', 'lock.json'), lock), {
      code: 'AF_LOCK_UNWRITABLE',
      message: /lock\.json cannot be written: ENOENT/,
    });
    assert.deepEqual(readdirSync(folder), []);
  });

  for (const [what, text, reason] of [
    ['an unfinished merge', '{\n<<<<<<< HEAD\n"a": 1\n=======\n>>>>>>> other\n}', 'unfinished merge'],
    ['half a file', '{"lockfileVersion": 1, "ker', 'not JSON'],
    ['an empty file', '', 'not JSON'],
    ['a list', '[]', 'must be an object'],
    ['a format of the future', '{"lockfileVersion": 2}', '"lockfileVersion" must be 1'],
    ['no kernel', '{"lockfileVersion": 1}', '"kernel"'],
    ['no plugins', '{"lockfileVersion": 1, "kernel": "1.0.0"}', '"plugins" is required'],
    ['a plugin without version', JSON.stringify({ ...lock, plugins: { a: { name: 'a' } } }), 'plugins/a'],
    ['an unknown source', JSON.stringify(withPlugin('app', { source: 'moon' as 'npm' })), 'plugins/app'],
    ['a provider that is no id', JSON.stringify({ ...lock, providers: { x: 1 } }), 'providers/x'],
    ['permissions that are no list', JSON.stringify({ ...lock, permissions: { a: 'all' } }), 'permissions/a'],
  ] as const) {
    it(`refuse ${what}`, () => {
      writeFileSync(file, text);
      mismatch(() => readLock(file), reason);
    });
  }

  it('refuse a folder in place of the file', () => {
    mismatch(() => readLock(folder), 'cannot be read \\(EISDIR\\)');
  });
});
