import assert from 'node:assert/strict';
import type { PlatformConfig } from '@agent-factory/sdk';
import { platformSchema } from '../src/platform-schema.ts';
import { compileValidator } from '../src/validator.ts';

describe('the platform schema', () => {
  const check = compileValidator(platformSchema);

  it('takes every key of PlatformConfig', () => {
    const whole: Required<PlatformConfig> = {
      name: 'factory',
      dataDir: '.agent-factory',
      plugins: ['a', { use: './b', version: '^1.0.0', config: { any: [1] }, enabled: false }],
      providers: { storage: 'storage-sqlite' },
      grants: { b: ['network'] },
      log: { level: 'silent', format: 'json' },
      generations: { drainMs: 0, maxLive: 2 },
    };
    assert.deepEqual(check(whole), []);
    assert.deepEqual(
      Object.keys(platformSchema['properties'] ?? {}).sort(),
      ['$schema', ...Object.keys(whole)].sort(),
    );
  });

  it('refuses what does not fit', () => {
    const wrong: [unknown, string][] = [
      [{}, '/plugins'],
      [{ plugins: [], generations: { maxLive: 1 } }, '/generations/maxLive'],
      [{ plugins: [], generations: { drainMs: 1.5 } }, '/generations/drainMs'],
      [{ plugins: [''] }, '/plugins/0'],
      [{ plugins: [{ use: 'a', config: [] }] }, '/plugins/0/config'],
      [{ plugins: [], grants: { a: 'network' } }, '/grants/a'],
      [{ plugins: [], providers: { a: 1 } }, '/providers/a'],
    ];
    for (const [value, path] of wrong)
      assert.deepEqual(
        check(value).map((one) => one.path),
        [path],
      );
  });
});
