import assert from 'node:assert/strict';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { PluginPackage } from '../../src/plugin-package.ts';
import { type Resolution, type ResolveInput, resolve } from '../../src/resolve/resolve.ts';
import { onPaper, requestOf } from './packages-on-paper.ts';

const names = ({ packages }: Resolution): string[] =>
  packages.map(({ manifest: { id, version } }) => `${id}@${version}`);

const fails = (input: ResolveInput, ...texts: RegExp[]): void => {
  assert.throws(
    () => resolve(input),
    (error) => {
      assert.ok(isAgentFactoryError(error, 'AF_RESOLVE_FAILED'));
      for (const text of texts) assert.match(error.message, text);
      assert.notEqual(error.fix, '');
      return true;
    },
  );
};

describe('resolve', () => {
  it('puts providers before users and breaks ties by id', () => {
    const resolution = resolve(
      requestOf([
        onPaper('zebra', { provides: { clock: '1.0.0' } }),
        onPaper('api', { requires: { clock: '^1.0.0' }, collects: { route: '^1.0.0' } }),
        onPaper('mail', { contributes: { route: '1.1.0' }, plugins: { beta: '*' } }),
        onPaper('beta', { contributes: { route: '1.0.0' } }),
        onPaper('alone'),
      ]),
    );
    assert.deepEqual(names(resolution), [
      'alone@1.0.0',
      'beta@1.0.0',
      'mail@1.0.0',
      'zebra@1.0.0',
      'api@1.0.0',
    ]);
    assert.deepEqual(resolution.providers, { clock: 'zebra' });
    assert.deepEqual(resolution.contributors, { route: ['beta', 'mail'] });
    assert.deepEqual(
      [...resolution.dependencies],
      [
        ['alone', []],
        ['beta', []],
        ['mail', ['beta']],
        ['zebra', []],
        ['api', ['beta', 'mail', 'zebra']],
      ],
    );
  });

  it('resolves nothing to nothing', () => {
    assert.deepEqual(resolve(requestOf([])).packages, []);
  });

  it('takes the highest version that works', () => {
    const resolution = resolve(
      requestOf([
        onPaper('app', { plugins: { lib: '^1.0.0' } }),
        onPaper('lib@1.0.0'),
        onPaper('lib@2.0.0'),
        onPaper('lib@1.10.0'),
        onPaper('lib@1.9.0'),
      ]),
    );
    assert.deepEqual(names(resolution), ['lib@1.10.0', 'app@1.0.0']);
  });

  it('prefers the locked version, unless it no longer works', () => {
    const versions = [onPaper('lib@1.0.0'), onPaper('lib@1.1.0'), onPaper('lib@2.0.0', { kernel: '^9.0.0' })];
    assert.deepEqual(names(resolve(requestOf(versions, { locked: { lib: { version: '1.0.0' } } }))), [
      'lib@1.0.0',
    ]);
    assert.deepEqual(names(resolve(requestOf(versions, { locked: { lib: { version: '2.0.0' } } }))), [
      'lib@1.1.0',
    ]);
    assert.deepEqual(names(resolve(requestOf(versions, { locked: { lib: { version: '7.0.0' } } }))), [
      'lib@1.1.0',
    ]);
  });

  it('lets a locked plugin keep its version before another takes its highest', () => {
    const packages = [
      onPaper('app@1.0.0', { plugins: { lib: '1.0.0' } }),
      onPaper('app@2.0.0', { plugins: { lib: '2.0.0' } }),
      onPaper('lib@1.0.0'),
      onPaper('lib@2.0.0'),
    ];
    assert.deepEqual(names(resolve(requestOf(packages))), ['lib@2.0.0', 'app@2.0.0']);
    assert.deepEqual(names(resolve(requestOf(packages, { locked: { lib: { version: '1.0.0' } } }))), [
      'lib@1.0.0',
      'app@1.0.0',
    ]);
  });

  it('takes a prerelease only where nothing else is there or a range names it', () => {
    const versions = [onPaper('lib@1.0.0'), onPaper('lib@1.1.0-beta.1')];
    assert.deepEqual(names(resolve(requestOf(versions))), ['lib@1.0.0']);
    assert.deepEqual(names(resolve(requestOf([onPaper('lib@1.1.0-beta.1')]))), ['lib@1.1.0-beta.1']);
    const naming = onPaper('app', { plugins: { lib: '1.1.0-beta.1' } });
    assert.deepEqual(names(resolve(requestOf([naming, ...versions]))), ['lib@1.1.0-beta.1', 'app@1.0.0']);
    fails(
      requestOf([onPaper('app', { plugins: { lib: '>=1.0.0' } }), onPaper('lib@1.1.0-beta.1')]),
      /1\.1\.0-beta\.1/,
    );
  });

  it('keeps to the range in the configuration', () => {
    const candidates = [onPaper('lib@1.0.0'), onPaper('lib@2.0.0')];
    const input = {
      requested: [{ use: 'lib', range: '^1.0.0', candidates }],
      providers: {},
      kernelVersion: '1.0.0',
    };
    assert.deepEqual(names(resolve(input)), ['lib@1.0.0']);
    fails({ ...input, requested: [{ use: 'lib', range: '^3.0.0', candidates }] }, /asks for lib \^3\.0\.0/);
  });

  it('backtracks over several plugins with several versions', () => {
    const resolution = resolve(
      requestOf([
        onPaper('a@3.0.0', { plugins: { b: '^3.0.0' } }),
        onPaper('a@2.0.0', { plugins: { b: '^2.0.0' } }),
        onPaper('a@1.0.0'),
        onPaper('b@3.0.0', { requires: { x: '^9.0.0' } }),
        onPaper('b@2.0.0', { conflicts: { c: '<2.0.0' } }),
        onPaper('b@1.0.0'),
        onPaper('c@2.0.0', { provides: { x: '2.0.0' }, conflicts: { a: '>=3.0.0' } }),
        onPaper('c@1.0.0', { provides: { x: '1.0.0' } }),
      ]),
    );
    assert.deepEqual(names(resolution), ['b@2.0.0', 'a@2.0.0', 'c@2.0.0']);
  });

  it('takes another version to get out of a cycle', () => {
    const resolution = resolve(
      requestOf([
        onPaper('a@1.0.0', { provides: { x: '1.0.0' }, requires: { y: '*' } }),
        onPaper('b@2.0.0', { provides: { y: '2.0.0' }, requires: { x: '*' } }),
        onPaper('b@1.0.0', { provides: { y: '1.0.0' } }),
      ]),
    );
    assert.deepEqual(names(resolution), ['b@1.0.0', 'a@1.0.0']);
  });

  it('uses the chosen provider and leaves the others active', () => {
    const packages = [
      onPaper('clock-a', { provides: { clock: '1.0.0' } }),
      onPaper('clock-b', { provides: { clock: '1.0.0' } }),
      onPaper('user', { requires: { clock: '^1.0.0' } }),
    ];
    const resolution = resolve(requestOf(packages, { providers: { clock: 'clock-b' } }));
    assert.equal(resolution.packages.length, 3);
    assert.deepEqual(resolution.providers, { clock: 'clock-b' });
    assert.deepEqual(resolution.dependencies.get('user'), ['clock-b']);
    fails(requestOf(packages), /does not say which/);
  });

  it('lets the provider of a contract wrap another provider of it', () => {
    const packages = [
      onPaper('inner', { provides: { clock: '1.0.0' } }),
      onPaper('outer', { provides: { clock: '1.0.0' }, requires: { clock: '^1.0.0' } }),
    ];
    assert.deepEqual(
      resolve(requestOf(packages, { providers: { clock: 'inner' } })).dependencies.get('outer'),
      ['inner'],
    );
    fails(requestOf(packages, { providers: { clock: 'outer' } }), /wait for itself/);
  });

  it('uses an optional contract when it fits and does without it otherwise', () => {
    const user = onPaper('user', { optional: { clock: '^1.0.0' } });
    const depends = (...others: PluginPackage[]): readonly string[] | undefined =>
      resolve(requestOf([user, ...others])).dependencies.get('user');
    assert.deepEqual(depends(), []);
    assert.deepEqual(depends(onPaper('clock-a', { provides: { clock: '1.5.0' } })), ['clock-a']);
    assert.deepEqual(depends(onPaper('clock-a', { provides: { clock: '2.0.0' } })), []);
  });

  it('lets a plugin collect what it contributes itself', () => {
    const both = onPaper('both', { contributes: { tool: '1.0.0' }, collects: { tool: '^1.0.0' } });
    const resolution = resolve(requestOf([both]));
    assert.deepEqual(resolution.contributors, { tool: ['both'] });
    assert.deepEqual(resolution.dependencies.get('both'), []);
  });

  it('does not take names from Object.prototype for contracts', () => {
    fails(
      requestOf([onPaper('a', { requires: { constructor: '*' } })]),
      /No active plugin provides constructor/,
    );
    const odd = onPaper('toString', { provides: { valueOf: '1.0.0' }, plugins: {} });
    const resolution = resolve(
      requestOf([odd, onPaper('b', { requires: { valueOf: '^1.0.0' } })], { locked: {} }),
    );
    assert.deepEqual(resolution.providers, { valueOf: 'toString' });
  });
});
