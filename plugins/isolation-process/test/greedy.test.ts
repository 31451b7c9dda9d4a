import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { defineHook, Isolation, type InMemoryPlugin, type Json } from '@agent-factory/sdk';
import { ConsolePage, HttpRoute, TenantStorage, Tool } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { callTool } from './support/call-tool.ts';

const plugins = join(import.meta.dirname, '../..');
const beforeAnswer = defineHook<string, string, 'waterfall'>({ id: 'host.beforeAnswer', kind: 'waterfall' });

/** A trusted plugin with two tools; what the first answers may be changed by a hook. */
const host: InMemoryPlugin = {
  manifest: {
    id: 'host',
    name: 'host',
    version: '1.0.0',
    kernel: '*',
    contributes: { tool: '1.0.0' },
    hooks: { defines: [beforeAnswer.id] },
  },
  plugin: {
    setup(ctx) {
      const before = ctx.hook(beforeAnswer);
      for (const name of ['host', 'other'])
        ctx.contribute(Tool, {
          name,
          description: 'Answers.',
          input: { type: 'object' },
          effect: 'pure',
          run: async () => before('the answer'),
        });
    },
  },
};

/** What the plugin can do that asks for everything. */
interface Found {
  /** What it uses itself: `worked`, or why not. */
  readonly uses: Readonly<Record<string, string>>;
  readonly route: boolean;
  readonly page: boolean;
  readonly frame: boolean;
  readonly answer: Json;
  readonly used: readonly string[];
  readonly refused: readonly string[];
}

const notGranted = 'AF_ISOLATION_NOT_GRANTED';
const notLent = 'it is not lent';
/** What it can use with nothing granted, and why not. */
const nothing: Found['uses'] = {
  net: notGranted,
  tool: notLent,
  otherTool: notLent,
  model: notLent,
  secret: notGranted,
  otherSecret: notGranted,
  secretNames: notLent,
  data: notGranted,
  files: notLent,
  process: notLent,
  storage: 'AF_ISOLATION_NOT_LENT',
  runs: 'AF_ISOLATION_NOT_LENT',
};

describe('a plugin that asks for every permission there is', function () {
  this.timeout(120_000);
  let server: Server;
  let url = '';
  let hits = 0;
  let kernel: TestKernel | undefined;
  before(async () => {
    server = createServer((_request, response) => {
      hits += 1;
      response.end('ok');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  afterEach(async () => {
    await kernel?.close();
    kernel = undefined;
  });

  async function foundWith(granted: readonly string[]): Promise<Found> {
    const { host: allowed } = new URL(url);
    const booted = (kernel = await bootTestKernel({
      plugins: [
        {
          use: join(plugins, 'isolation-process'),
          config: { strongest: 'L1', spare: 0, allowHosts: [allowed] },
        },
        { use: join(plugins, 'storage-sqlite') },
        { use: join(plugins, 'data-sql') },
        {
          use: join(plugins, 'secrets-config'),
          config: {
            secrets: {
              key: { value: '${secret:env:KEY}', hosts: [allowed] },
              other: { value: '${secret:env:KEY}', hosts: [allowed] },
            },
          },
        },
        { use: join(plugins, 'llm-scripted'), config: { scripts: { demo: ['Hello.'] } } },
        host,
        { use: join(import.meta.dirname, 'fixtures/greedy'), isolation: 'L1' },
      ],
      grants: { greedy: granted },
      env: { KEY: 'kept-away-9c41' },
    }));
    await booted.use(TenantStorage).create('own');
    const answer = await callTool(booted, 'host');
    const uses = (await callTool(booted, 'greedy', { url }, { tenant: 'own' })) as Found['uses']; // as the fixture gives it
    const page = booted.all(ConsolePage).find(({ plugin }) => plugin === 'greedy')?.value;
    const [state] = await booted.use(Isolation).plugins();
    assert.deepEqual(state?.granted, granted);
    return {
      uses,
      answer,
      route: booted.all(HttpRoute).some(({ plugin }) => plugin === 'greedy'),
      page: page !== undefined,
      frame: page?.frame !== undefined,
      used: state.used,
      refused: state.refused,
    };
  }

  it('has none of them where none was granted, and the operator sees what it was refused', async () => {
    hits = 0;
    const { refused, ...found } = await foundWith([]);
    assert.deepEqual(found, {
      uses: nothing,
      answer: 'the answer',
      route: false,
      page: false,
      frame: false,
      used: [],
    });
    assert.equal(hits, 0);
    assert.deepEqual(
      new Set(refused),
      new Set([
        'answer requests',
        'show pages in the console',
        'look at host.beforeAnswer',
        `reach ${new URL(url).host} with GET`,
        'use the secret key',
        'use the secret other',
        'keep data',
      ]),
    );
  });

  const cases: Readonly<Record<string, Partial<Found> & { gets?: readonly string[] }>> = {
    tools: { gets: ['tool', 'otherTool'] },
    'tools:host': { gets: ['tool'] },
    models: { gets: ['model'] },
    'models:scripted': { gets: ['model'] },
    'models:another': {},
    secrets: { gets: ['secret', 'otherSecret', 'secretNames'] },
    'secrets:key': { gets: ['secret', 'secretNames'] },
    data: { gets: ['data'] },
    routes: { route: true },
    console: { page: true },
    'console.frame': {},
    'hooks:host.beforeAnswer': { answer: 'the answer, looked at by greedy' },
    'hooks:host.afterAnswer': {},
    process: {},
    storage: {},
  };
  for (const [permission, { gets = [], ...more }] of Object.entries(cases))
    it(`has that alone which was granted: ${permission}`, async () => {
      const { refused, used, ...found } = await foundWith([permission]);
      const worked = Object.fromEntries(gets.map((name) => [name, 'worked']));
      assert.deepEqual(found, {
        uses: { ...nothing, ...worked },
        answer: 'the answer',
        route: false,
        page: false,
        frame: false,
        ...more,
      });
      for (const name of used) assert.equal(name, permission);
      assert.ok(refused.includes(`reach ${new URL(url).host} with GET`));
    });

  it('has all that is lent where all was granted, and no more', async () => {
    hits = 0;
    const { host: allowed } = new URL(url);
    const granted = [
      `net:${allowed}`,
      'net.listen',
      'files',
      'files.write',
      'env',
      'process',
      'secrets',
      'storage',
      'data',
      'routes',
      'console',
      'console.frame',
      'hooks',
      'models',
      'tools',
      'runs',
    ];
    const { used, ...found } = await foundWith(granted);
    const { files, process: program, storage, runs } = nothing;
    const worked = Object.fromEntries(Object.keys(nothing).map((name) => [name, 'worked']));
    assert.deepEqual(found, {
      uses: { ...worked, files, process: program, storage, runs },
      answer: 'the answer, looked at by greedy',
      route: true,
      page: true,
      frame: true,
      refused: [],
    });
    assert.equal(hits, 1);
    assert.deepEqual(
      new Set(used),
      new Set([`net:${allowed}`, 'tools', 'models', 'secrets', 'data', 'hooks']),
    );
  });
});
