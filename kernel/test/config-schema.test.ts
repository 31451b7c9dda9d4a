import assert from 'node:assert/strict';
import type { JsonSchema } from '@agent-factory/sdk';
import { mergedConfigSchema } from '../src/config-schema.ts';
import type { PluginPackage } from '../src/plugin-package.ts';
import { compileValidator } from '../src/validator.ts';

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
    plugin('notes', { type: 'object', properties: { dir: { type: 'string' } } }, '/home/me/my.notes'),
  ]);
  const paths = (...plugins: unknown[]): string[] =>
    compileValidator(merged)({ plugins }).map(({ path }) => path);

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
