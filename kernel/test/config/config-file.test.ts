import assert from 'node:assert/strict';
import { utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentFactoryError, isAgentFactoryError } from '@agent-factory/sdk';
import type { ConfigProblem } from '../../src/config/problem.ts';
import { configFromObject, loadConfigFile, type LoadedConfig } from '../../src/config/config-file.ts';
import { tempFolder } from '../temp-folder.ts';

const plugins = ['a', { use: './b', config: { port: 1 } }];

function load(files: Record<string, unknown>, env: Record<string, string> = {}): Promise<LoadedConfig> {
  return loadConfigFile({ cwd: tempFolder(files), env });
}

async function refusal(work: Promise<unknown>): Promise<AgentFactoryError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof AgentFactoryError, String(error));
    return error;
  }
  return assert.fail('nothing was thrown');
}

/** The problems a configuration is refused for. */
async function problemsOf(work: Promise<LoadedConfig>): Promise<ConfigProblem[]> {
  const error = await refusal(work);
  assert.equal(error.code, 'AF_CONFIG_INVALID');
  return error.details['problems'] as ConfigProblem[];
}

async function linesOf(work: Promise<LoadedConfig>): Promise<string[]> {
  return (await problemsOf(work)).map(({ pointer, line, message }) => `${line} ${pointer} ${message}`);
}

describe('loadConfigFile', () => {
  const yaml = 'plugins:\n  - a\n  - use: ./b\n    config:\n      port: 1\n';
  const module = `export default ${JSON.stringify({ plugins })};\n`;
  const files: Record<string, unknown> = {
    'agent-factory.config.yaml': yaml,
    'agent-factory.config.yml': yaml,
    'agent-factory.config.json': { plugins },
    'agent-factory.config.js': `module.exports = ${JSON.stringify({ plugins })};`,
    'agent-factory.config.mjs': module,
    'agent-factory.config.ts': `const list: unknown[] = ${JSON.stringify(plugins)};\nexport default { plugins: list };\n`,
    'agent-factory.config.mts': module,
    'package.json': { name: 'x', agentFactoryConfig: { plugins } },
  };
  for (const [name, content] of Object.entries(files))
    it(`reads ${name}`, async () => {
      const folder = tempFolder({ [name]: content });
      const loaded = await loadConfigFile({ cwd: folder, env: {} });
      assert.deepEqual(loaded.config, { plugins });
      assert.equal(loaded.file, join(folder, name));
      assert.equal(loaded.baseDir, folder);
      assert.deepEqual((await loadConfigFile({ cwd: folder, file: `./${name}`, env: {} })).config, {
        plugins,
      });
    });

  it('looks in the folders above', async () => {
    const folder = tempFolder({ 'agent-factory.config.yaml': yaml, 'deep/er/package.json': { name: 'y' } });
    const loaded = await loadConfigFile({ cwd: join(folder, 'deep/er'), env: {} });
    assert.equal(loaded.baseDir, folder);
  });

  it('says where it looked when there is none', async () => {
    const error = await refusal(load({}));
    assert.equal(error.code, 'AF_CONFIG_NOT_FOUND');
  });

  it('sees a change at the next load, in every format', async () => {
    for (const [name, write] of [
      ['agent-factory.config.ts', (use: string) => `export default { plugins: ['${use}'] as string[] };`],
      ['agent-factory.config.json', (use: string) => JSON.stringify({ plugins: [use] })],
      ['agent-factory.config.yaml', (use: string) => `plugins: [${use}]`],
    ] as const) {
      const folder = tempFolder({ [name]: write('a') });
      assert.deepEqual((await loadConfigFile({ cwd: folder, env: {} })).config.plugins, ['a']);
      writeFileSync(join(folder, name), write('b'));
      utimesSync(join(folder, name), 2_000_000_000, 2_000_000_000);
      assert.deepEqual((await loadConfigFile({ cwd: folder, env: {} })).config.plugins, ['b'], name);
    }
  });

  const broken: [string, string, RegExp][] = [
    [
      'agent-factory.config.yaml',
      'plugins:\n  - key: "sk-hunter2\n',
      /config\.yaml:\d+ cannot be read: it is not valid YAML/,
    ],
    ['agent-factory.config.yaml', 'plugins: []\nplugins: [sk-hunter2]\n', /config\.yaml:2 .*duplicated/],
    ['agent-factory.config.yaml', 'a: *sk-hunter2\n', /config\.yaml:1 /],
    ['agent-factory.config.json', '{\n  "plugins": ["sk-hunter2",]\n}', /config\.json:2 .*not valid JSON/],
    ['package.json', '{ "agentFactoryConfig": "sk-hunter2" ', /package\.json.* .*not valid JSON/],
    [
      'agent-factory.config.ts',
      'const key = "sk-hunter2";\nexport default { plugins: [ ;\n',
      /config\.ts:2 /,
    ],
    [
      'agent-factory.config.mjs',
      'export default { key: "sk-hunter2" zz\n',
      /config\.mjs cannot be read: Unexpected/,
    ],
    ['agent-factory.config.mjs', 'const a = 1;\nthrow new Error("boom");\n', /config\.mjs:2 .*boom/],
    ['agent-factory.config.mjs', 'import "not-there-at-all";\n', /not-there-at-all/],
    [
      'agent-factory.config.mjs',
      'import fs from "node:fs";\nfs.readFileSync("/not/there");\n',
      /config\.mjs:2 .*ENOENT/,
    ],
    ['agent-factory.config.mjs', 'export const plugins = [];\n', /exports nothing as default/],
    ['agent-factory.config.yaml', '', /is empty/],
    ['agent-factory.config.yaml', '# nothing\n', /empty/],
  ];
  for (const [name, text, expected] of broken)
    it(`refuses ${name} with ${JSON.stringify(text.slice(0, 40))} and shows nothing of it`, async () => {
      const error = await refusal(load({ [name]: text }));
      assert.equal(error.code, 'AF_CONFIG_UNREADABLE');
      assert.match(error.message, expected);
      assert.ok(!JSON.stringify(error).includes('hunter2'), error.message);
    });

  it('refuses a named file that is not there or of no known kind', async () => {
    const cwd = tempFolder({ 'x.toml': 'a = 1', 'package.json': {} });
    const reasons = {
      'no.yaml': /no such file/,
      'x.toml': /extension/,
      'package.json': /agentFactoryConfig/,
    };
    for (const [file, reason] of Object.entries(reasons)) {
      const error = await refusal(loadConfigFile({ cwd, file, env: {} }));
      assert.equal(error.code, 'AF_CONFIG_UNREADABLE');
      assert.match(error.message, reason);
    }
  });

  it('lists several problems at once with their lines', async () => {
    const work = load({
      'agent-factory.config.yaml': [
        'nmae: x',
        'log:',
        '  level: loud',
        'plugins:',
        '  - use: a',
        '    confg: {}',
        '  - 5',
        '  - use: b',
        '    config:',
        '      key: ${env:MISSING_KEY}',
        'generations: { maxLive: 1 }',
      ].join('\n'),
    });
    assert.deepEqual(await linesOf(work), [
      '1 /nmae is not known here',
      '3 /log/level must be one of "debug", "info", "warn", "error", "silent", got "loud"',
      '6 /plugins/0/confg is not known here',
      '7 /plugins/1 must be text or an object, got 5',
      '10 /plugins/2/config/key needs the environment variable MISSING_KEY, which is not set',
      '11 /generations/maxLive must be >= 2, got 1',
    ]);
    const { message } = await refusal(work);
    assert.match(message, /config\.yaml:1 nmae: is not known here\. Did you mean "name"\?\n/);
    assert.ok(message.startsWith('The configuration has 6 problem(s)'));
  });

  it('finds lines in JSON and under the package.json key', async () => {
    const json = '{\n  "plugins": [\n    { "use": "a",\n      "confg": {} }\n  ]\n}';
    assert.deepEqual(await linesOf(load({ 'agent-factory.config.json': json })), [
      '4 /plugins/0/confg is not known here',
    ]);
    const inPackage = '{\n  "name": "x",\n  "agentFactoryConfig": {\n    "plugins": 5\n  }\n}';
    assert.deepEqual(await linesOf(load({ 'package.json': inPackage })), [
      '4 /plugins must be a list, got 5',
    ]);
  });

  it('does not mind what a disabled plugin misses', async () => {
    const { config } = await load({
      'agent-factory.config.yaml':
        'plugins:\n  - use: a\n    enabled: ${env:ON:-false}\n    config: { k: "${env:NOPE}" }\n',
    });
    assert.equal(config.plugins.length, 1);
  });

  it('takes platform keys from the environment', async () => {
    const env = {
      AF_LOG__LEVEL: 'debug',
      AF_GENERATIONS__DRAIN_MS: '5',
      AF_DATA_DIR: 'd',
      AF_HTTP_API__PORT: '1',
    };
    const loaded = await load({ 'agent-factory.config.yaml': 'plugins: []\nlog: { level: warn }\n' }, env);
    assert.deepEqual(loaded.config, {
      plugins: [],
      log: { level: 'debug' },
      generations: { drainMs: 5 },
      dataDir: 'd',
    });
    const wrong = load({ 'agent-factory.config.yaml': 'plugins: []\n' }, { AF_LOG__LEVEL: 'loud' });
    assert.match((await problemsOf(wrong))[0]?.fix ?? '', /AF_LOG__LEVEL/);
  });

  it('is not harmed by hostile files', async () => {
    const proto = load({ 'agent-factory.config.yaml': '__proto__: { polluted: 1 }\nplugins: []\n' });
    assert.match((await linesOf(proto)).join(), /key "__proto__"/);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    const deep = `{"plugins": [], "x": ${'['.repeat(20_000)}${']'.repeat(20_000)}}`;
    assert.match((await linesOf(load({ 'agent-factory.config.json': deep }))).join(), /nested deeper/);
    const long = load({
      'agent-factory.config.json': { plugins: [], log: { level: 'x'.repeat(1_000_000) } },
    });
    assert.ok(((await problemsOf(long))[0]?.message.length ?? 0) < 300);
    const aliases = [
      'a: &a [x, x]',
      ...Array.from(
        { length: 25 },
        (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : 'a'}, *${i ? `b${i - 1}` : 'a'}]`,
      ),
    ];
    const bomb = await load({ 'agent-factory.config.yaml': aliases.join('\n') }).catch(
      (error: unknown) => error,
    );
    assert.match(JSON.stringify(bomb), /too large|cannot be read/);
  });
});

describe('configFromObject', () => {
  it('interpolates and checks like a file, without places', () => {
    const loaded = configFromObject({ name: '${env:N}', plugins: ['a'] }, '.', { N: 'me' });
    assert.deepEqual(loaded.config, { name: 'me', plugins: ['a'] });
    assert.equal(loaded.file, undefined);
    assert.equal(loaded.baseDir, process.cwd());
    for (const odd of [undefined, null, 5, [], 'x', { plugins: {} }, { plugins: [null, ''] }])
      assert.throws(
        () => configFromObject(odd, '.', {}),
        (error) => isAgentFactoryError(error, 'AF_CONFIG_INVALID') && !/\d+ plugins/.test(error.message),
        JSON.stringify(odd),
      );
  });
});
