import assert from 'node:assert/strict';
import { createKernel } from '@agent-factory/kernel';
import type { ConfigProblem } from '../../src/config/problem.ts';
import { tempFolder } from '../temp-folder.ts';

const server = {
  name: 'server',
  version: '1.0.0',
  type: 'module',
  agentFactory: {
    id: 'server',
    kernel: '*',
    config: { type: 'object', properties: { port: { type: 'integer' }, host: { type: 'string' } } },
  },
};

/** What a start over a configuration is refused for, as `line pointer`. */
async function problemsOf(config: string): Promise<string[]> {
  const cwd = tempFolder({
    'agent-factory.config.yaml': config,
    'server/package.json': server,
    'server/index.js': 'export default { setup() {} };',
  });
  const kernel = createKernel({ baseDir: cwd, env: {}, writeLog: () => {} });
  const error: { code?: string; details?: { problems: ConfigProblem[] } } = await kernel.start().then(
    () => ({}),
    (thrown) => thrown,
  );
  await kernel.close();
  assert.equal(error.code, 'AF_CONFIG_INVALID');
  return (error.details?.problems ?? []).map(({ line, pointer }) => `${line} ${pointer}`);
}

describe('the problems of a configuration', () => {
  it('are told at once, whether of the file, of plugins that are not there, or of settings', async () => {
    const told = await problemsOf(
      [
        'name: ${env:NOT_SET}',
        'log: { levl: info }',
        'plugins:',
        '  - ./gone',
        '  - use: a-package-nobody-installed',
        '  - use: ./server',
        '    config:',
        '      prt: 1',
        '      port: abc',
        '      host: ${env:NOT_SET_EITHER}',
        '',
      ].join('\n'),
    );
    assert.deepEqual(told, [
      '1 /name',
      '2 /log/levl',
      '4 /plugins/0',
      '5 /plugins/1/use',
      '8 /plugins/2/config/prt',
      '9 /plugins/2/config/port',
      '10 /plugins/2/config/host',
    ]);
  });

  it('of settings are told along with a plugin that is not there', async () => {
    const told = await problemsOf('plugins:\n  - ./gone\n  - use: ./server\n    config: { port: abc }\n');
    assert.deepEqual(told, ['2 /plugins/0', '4 /plugins/1/config/port']);
  });

  it('are told once each, and those of a switched off plugin not at all', async () => {
    const told = await problemsOf(
      [
        'plugins:',
        '  - use: ${env:NOT_SET}',
        '  - config: {}',
        '  - 7',
        '  - { use: ./gone, enabled: false }',
        '  - { use: ./server, enabled: false, config: { port: "${env:NOT_SET}" } }',
        '',
      ].join('\n'),
    );
    assert.deepEqual(told, ['2 /plugins/0/use', '3 /plugins/1/use', '4 /plugins/2']);
  });

  it('go no further where it cannot be told which plugins are meant', async () => {
    assert.deepEqual(await problemsOf('dataDir: 7\nplugins:\n  - ./gone\n'), ['1 /dataDir']);
    assert.deepEqual(await problemsOf('plugins: ./gone\n'), ['1 /plugins']);
  });
});
