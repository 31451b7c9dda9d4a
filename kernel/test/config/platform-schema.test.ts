import assert from 'node:assert/strict';
import type { JsonSchema, PlatformConfig } from '@agent-factory/sdk';
import { mergedConfigSchema, platformSchema } from '../../src/config/platform-schema.ts';
import { compileValidator } from '../../src/config/validator.ts';
import type { PluginPackage } from '../../src/plugin-package.ts';

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

function plugin(id: string, config: JsonSchema, folder = ''): PluginPackage {
  const manifest = { id, name: `@acme/${id}`, version: '1.0.0', kernel: '*', config };
  return { manifest, source: folder === '' ? 'npm' : 'local', folder, entry: '' };
}

describe('mergedConfigSchema', () => {
  const merged = mergedConfigSchema([
    plugin('web', {
      type: 'object',
      properties: { port: { $ref: '#/$defs/port' }, tls: { type: 'boolean' } },
      $defs: { port: { type: 'integer' } },
    }),
    plugin('notes', { type: 'object', properties: { dir: { type: 'string' } } }, '/srv/my.notes'),
  ]);
  const paths = (...plugins: unknown[]): string[] => [
    ...new Set(compileValidator(merged)({ plugins }).map(({ path }) => path)),
  ];

  it("checks each entry against its plugin's schema, by name, id or folder", () => {
    assert.deepEqual(
      paths({ use: '@acme/web', config: { port: 1 } }, { use: './my.notes', config: { dir: 'x' } }),
      [],
    );
    assert.deepEqual(paths({ use: 'web', config: { port: 'x' } }), ['/plugins/0/config/port']);
    assert.deepEqual(paths('web', { use: '../plugins/my.notes', config: { dir: 5 } }), [
      '/plugins/1/config/dir',
    ]);
    assert.deepEqual(paths({ use: './myxnotes', config: { dir: 5 } }, 'anything-else'), []);
  });

  it('accepts interpolation where a number or boolean is wanted', () => {
    assert.deepEqual(paths({ use: 'web', config: { port: '${env:PORT}', tls: '${env:TLS:-true}' } }), []);
  });

  it('survives JSON and stays the platform schema', () => {
    const again = JSON.parse(JSON.stringify(merged)) as JsonSchema;
    assert.notEqual(compileValidator(again)({ plugins: [], nmae: 1 }).length, 0);
    assert.match(JSON.stringify(again), /"enum":\["\.\/my\.notes","@acme\/web"\]/);
  });
});
