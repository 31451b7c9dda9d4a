import assert from 'node:assert/strict';
import { join } from 'node:path';
import { AgentFactoryError, type PluginManifest } from '@agent-factory/sdk';
import { checkManifest, readPackage } from '../../src/config/manifest.ts';
import { tempFolder } from '../temp-folder.ts';

function refusal(work: () => unknown): AgentFactoryError {
  try {
    work();
  } catch (error) {
    assert.ok(error instanceof AgentFactoryError, String(error));
    return error;
  }
  return assert.fail('nothing was thrown');
}

describe('readPackage', () => {
  it('reads the block with the name and version of its package', () => {
    const block = {
      id: 'weather',
      kernel: '^0.1.0',
      provides: { weather: '1.0.0' },
      requires: { storage: '>=1 <3' },
      hooks: { taps: ['agent-runtime.beforeModel'] },
      permissions: { 'network:api.example.org': 'asks for the forecast' },
      config: { type: 'object' },
    };
    const folder = tempFolder({
      'package.json': { name: '@acme/weather', version: '1.2.3', agentFactory: block },
    });
    assert.deepEqual(readPackage(folder)?.manifest, { ...block, name: '@acme/weather', version: '1.2.3' });
  });

  it('lists every problem with file, line and field', () => {
    const folder = tempFolder({
      'package.json': [
        '{',
        '  "name": "@acme/weather",',
        '  "version": "1.2",',
        '  "agentFactory": {',
        '    "id": "Weather",',
        '    "kernel": "nonsense",',
        '    "requries": { "storage": "^1.0.0" },',
        '    "provides": { "weather": "^1.0.0" },',
        '    "isolation": "none",',
        '    "hooks": { "taps": [1] }',
        '  }',
        '}',
      ].join('\n'),
    });
    const error = refusal(() => readPackage(folder));
    assert.equal(error.code, 'AF_MANIFEST_INVALID');
    const lines = error.message.split('\n').map((line) => line.replaceAll(join(folder, 'package.json'), 'F'));
    const fields = [
      '3 version: must be a version such as 1.0.0, got "1.2".',
      '7 agentFactory/requries: is not known here. Did you mean "requires"?',
      '5 agentFactory/id: must be text that matches ^[a-z][a-z0-9-]{0,63}$, got "Weather".',
      '10 agentFactory/hooks/taps/0: must be text, got 1.',
      '9 agentFactory/isolation: must be one of "any", "trusted-only", got "none".',
      '6 agentFactory/kernel: must be a semver range such as ^1.0.0, got "nonsense".',
      '8 agentFactory/provides/weather: must be a version such as 1.0.0, got "^1.0.0".',
    ];
    for (const field of fields)
      assert.ok(
        lines.some((line) => line.includes(field)),
        `${field}\n${lines.join('\n')}`,
      );
    assert.equal(error.details['count'], fields.length);
  });

  it('says so when there is no block, no file or no JSON', () => {
    assert.equal(readPackage(tempFolder()), undefined);
    const bare = tempFolder({ 'package.json': { name: 'x', version: '1.0.0' } });
    assert.equal(refusal(() => readPackage(bare)).code, 'AF_MANIFEST_MISSING');
    const broken = refusal(() => readPackage(tempFolder({ 'package.json': '{\n "name": }' })));
    assert.equal(broken.code, 'AF_MANIFEST_INVALID');
    assert.match(broken.message, /package\.json:2 the whole file: is not valid JSON/);
  });

  it('refuses keys that reach for a prototype', () => {
    const text =
      '{"name":"x","version":"1.0.0","agentFactory":{"id":"x","kernel":"*","provides":{"__proto__":"1.0.0"}}}';
    const error = refusal(() => readPackage(tempFolder({ 'package.json': text })));
    assert.match(error.message, /provides\/__proto__/);
  });
});

describe('checkManifest', () => {
  const check = (agentFactory: unknown, version: string): PluginManifest =>
    checkManifest({ name: 'a', version, agentFactory }, 'memory');

  it('checks a manifest given as data', () => {
    assert.equal(check({ id: 'a', kernel: '*' }, '1.0.0-rc.1').version, '1.0.0-rc.1');
    for (const block of [undefined, null, [], 'x', {}, { id: 'a' }, { id: 'a', kernel: 5 }])
      assert.equal(refusal(() => check(block, '1.0.0')).code, 'AF_MANIFEST_INVALID');
  });
});
