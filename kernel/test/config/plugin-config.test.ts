import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Secret, type JsonSchema } from '@agent-factory/sdk';
import { preparePluginConfig, type PreparedConfig } from '../../src/config/plugin-config.ts';
import { tempFolder } from '../temp-folder.ts';

const schema: JsonSchema = {
  type: 'object',
  required: ['apiKey'],
  properties: {
    port: { type: 'integer', minimum: 1, maximum: 65535, default: 7070 },
    verbose: { type: 'boolean', default: false },
    file: { type: 'string', path: true, default: './data/x.db' },
    apiKey: { type: 'string', secret: true, minLength: 6 },
    spare: { type: 'string', secret: true },
    extra: {
      type: 'object',
      properties: { token: { type: 'string', secret: true }, dir: { type: 'string', path: true } },
    },
  },
};

function prepare(
  raw: Readonly<Record<string, unknown>>,
  options: { config?: JsonSchema; env?: Record<string, string>; baseDir?: string } = {},
): PreparedConfig {
  const manifest = { id: 'http-api', name: 'http-api', version: '1.0.0', kernel: '*' };
  const config = 'config' in options ? options.config : schema;
  return preparePluginConfig(
    {
      manifest: { ...manifest, ...(config === undefined ? {} : { config }) },
      source: 'memory',
      folder: '',
      entry: '',
    },
    raw,
    '/plugins/1/config',
    { baseDir: options.baseDir ?? '/base', env: options.env ?? {}, locate: (pointer) => pointer.length },
  );
}

describe('preparePluginConfig', () => {
  it('fills defaults and makes paths absolute', () => {
    const { config, problems } = prepare({ apiKey: 'xxxxxx', extra: { dir: '/abs' } });
    assert.deepEqual(problems, []);
    assert.deepEqual(config, {
      apiKey: new Secret('xxxxxx'),
      extra: { dir: '/abs' },
      file: '/base/data/x.db',
      port: 7070,
      verbose: false,
    });
  });

  it('lists every problem with place, plugin and suggestion', () => {
    const { problems } = prepare({ prot: 1, verbose: 'maybe' });
    assert.deepEqual(
      problems.map(({ pointer, plugin, message, fix }) => [pointer, plugin, message, fix].join(' | ')).sort(),
      [
        '/plugins/1/config/apiKey | http-api | is required | ',
        '/plugins/1/config/prot | http-api | is not known here | Did you mean "port"?',
        '/plugins/1/config/verbose | http-api | must be true or false, got "maybe" | ',
      ],
    );
    assert.equal(
      problems.every(({ line, pointer }) => line === pointer.length),
      true,
    );
  });

  it('refuses settings of a plugin that takes none', () => {
    const none: { config?: JsonSchema } = {};
    Object.assign(none, { config: undefined });
    assert.deepEqual(prepare({}, none), {
      config: {},
      canonical: '{}',
      secrets: [],
      watched: [],
      problems: [],
    });
    assert.match(prepare({ a: 1 }, none).problems[0]?.fix ?? '', /Take it out/);
  });

  it('leaves unknown keys alone where the schema says so', () => {
    const open = { ...schema, additionalProperties: { type: 'string' }, required: [] };
    assert.deepEqual(prepare({ other: 'x' }, { config: open }).problems, []);
    const composed = { allOf: [{ properties: { a: {} } }], properties: { b: {} } };
    assert.deepEqual(prepare({ a: 1, b: 1 }, { config: composed }).problems, []);
    assert.match(prepare({ c: 1 }, { config: composed }).problems[0]?.pointer ?? '', /\/c$/);
  });

  it('takes settings from the environment, as the type the schema wants', () => {
    const env = {
      AF_HTTP_API__PORT: '81',
      AF_HTTP_API__API_KEY: 'hunter2!',
      AF_HTTP_API__EXTRA__DIR: 'd',
      AF_OTHER__PORT: '1',
    };
    const { config, canonical, problems } = prepare({ port: 80, apiKey: 'xxxxxxx' }, { env });
    assert.deepEqual(problems, []);
    assert.equal(config['port'], 81);
    assert.deepEqual(config['extra'], { dir: '/base/d' });
    assert.ok(!canonical.includes('hunter2'));
    const wrong = prepare(
      {},
      {
        env: { AF_HTTP_API__PORT: 'x', AF_HTTP_API__PROT: '1', AF_HTTP_API__API_KEY: 'x' },
      },
    );
    const text = JSON.stringify(wrong.problems);
    for (const part of [
      'AF_HTTP_API__PROT',
      'Did you mean \\"AF_HTTP_API__PORT\\"',
      'variable AF_HTTP_API__PORT',
    ])
      assert.ok(text.includes(part), text);
  });

  it('has one canonical form, without secrets, machine paths or order', () => {
    const env = { T: 'token' };
    const one = prepare(
      { apiKey: 'secret-one', extra: { dir: 'd', token: '${secret:env:T}' } },
      { baseDir: '/one', env },
    );
    const two = prepare(
      { extra: { token: '${secret:env:T}', dir: 'd' }, apiKey: 'secret-two' },
      { baseDir: '/two', env },
    );
    assert.equal(one.canonical, two.canonical);
    assert.equal(
      one.canonical,
      '{"apiKey":"[secret]","extra":{"dir":"d","token":"[secret]"},"file":"./data/x.db","port":7070,"verbose":false}',
    );
    assert.notEqual(prepare({ apiKey: 'secret-one', port: 1 }).canonical, one.canonical);
  });

  it('gives the same result whether the defaults are filled quickly or by the validator', () => {
    const easy = { ...schema, required: [] };
    const quick = prepare({}, { config: easy });
    const checked = prepare({ port: 7070 }, { config: easy });
    assert.deepEqual(quick, checked);
    const nested = {
      type: 'object',
      properties: { a: { type: 'object', default: {}, properties: { b: { default: 1 } } } },
    };
    assert.deepEqual(prepare({}, { config: nested }).config, { a: { b: 1 } });
  });

  it('never shows a secret in a problem', () => {
    const { problems } = prepare({ apiKey: 'hun2', spare: 5, extra: { token: ['hunter2'] } });
    assert.equal(problems.length, 3);
    assert.ok(!/hun/.test(JSON.stringify(problems)), JSON.stringify(problems));
  });

  it('refuses a secret reference where no secret is expected, and undoes its escape', () => {
    assert.match(
      prepare({ apiKey: 'xxxxxx', file: '${secret:env:F}' }).problems[0]?.message ?? '',
      /no secret/,
    );
    const { config } = prepare({ apiKey: 'xxxxxx', extra: { dir: '/$${secret:env:F}' } });
    assert.deepEqual(config['extra'], { dir: '/${secret:env:F}' });
  });

  it('blames the manifest when its schema is wrong', () => {
    const { problems } = prepare(
      { a: 1 },
      { config: { type: 'object', properties: { a: { type: 'nubmer' } } } },
    );
    assert.match(problems[0]?.message ?? '', /schema in the plugin's manifest is wrong .*nubmer/);
  });

  it('refuses a schema that marks secrets where they would go unseen', () => {
    const config = { properties: { key: { anyOf: [{ type: 'string', secret: true }, { type: 'null' }] } } };
    const { problems } = prepare({ key: 'hunter2' }, { config });
    assert.match(problems[0]?.message ?? '', /"secret" and "path" count only below/);
    assert.ok(!JSON.stringify(problems).includes('hunter2'));
  });

  it('is not harmed by hostile input', () => {
    const hostile: unknown = JSON.parse('{"__proto__": {"polluted": 1}, "apiKey": "xxxxxx"}');
    assert.match(prepare(hostile as Record<string, unknown>).problems[0]?.pointer ?? '', /__proto__/);
    assert.equal(({} as { polluted?: unknown }).polluted, undefined);
    const long = prepare({ apiKey: 'xxxxxx', port: 'x'.repeat(1_000_000) });
    assert.ok((long.problems[0]?.message.length ?? 0) < 200);
  });
});

describe('secrets in a configuration', () => {
  it('are wrapped, from text, environment and file, and all is frozen', () => {
    const baseDir = tempFolder({ 'key.txt': 'from-file\n' });
    const { config, secrets } = prepare(
      { apiKey: '${secret:env:KEY}', spare: 'literal', extra: { token: 'Bearer ${secret:file:key.txt}' } },
      { baseDir, env: { KEY: 'hunter2' } },
    );
    const { apiKey, spare, extra } = config as { apiKey: Secret; spare: Secret; extra: { token: Secret } };
    assert.ok(apiKey instanceof Secret && spare instanceof Secret);
    assert.deepEqual(
      [apiKey, spare, extra.token].map((secret) => secret.reveal()),
      ['hunter2', 'literal', 'Bearer from-file'],
    );
    assert.deepEqual([...secrets].sort(), ['Bearer from-file', 'hunter2', 'literal']);
    assert.equal(config['file'], join(baseDir, 'data/x.db'));
    assert.ok(Object.isFrozen(config) && Object.isFrozen(extra));
    assert.ok(!JSON.stringify(config).includes('hunter2'));
  });

  it('are left out where they are optional and empty or not there', () => {
    const { config, problems } = prepare({
      apiKey: 'xxxxxx',
      spare: '${secret:env:NOPE}',
      extra: { token: '' },
    });
    assert.deepEqual(problems, []);
    assert.equal('spare' in config, false);
    assert.deepEqual(config['extra'], {});
  });

  it('are named when they are required and missing, and never shown when they do not fit', () => {
    for (const reference of ['${secret:env:NOPE}', '${secret:file:/not/there}'])
      assert.deepEqual(
        prepare({ apiKey: reference }).problems.map(({ pointer, message }) => `${pointer} ${message}`),
        [`/plugins/1/config/apiKey needs ${reference}, which is empty or not there`],
      );
    const short = prepare({ apiKey: '${secret:env:KEY}' }, { env: { KEY: 'hun2' } });
    assert.equal(short.problems.length, 1);
    assert.ok(!JSON.stringify(short).includes('hun2'), JSON.stringify(short));
  });

  it('are missed together with everything else that is wrong', () => {
    const { problems } = prepare({ apiKey: '${secret:env:NOPE}', port: 0, prot: 1 });
    assert.deepEqual(problems.map(({ pointer }) => pointer.replace(/.*\//, '')).sort(), [
      'apiKey',
      'port',
      'prot',
    ]);
  });
});
