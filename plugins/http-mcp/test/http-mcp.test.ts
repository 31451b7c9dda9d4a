import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { McpError } from '@modelcontextprotocol/sdk/types.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Json, JsonObject } from '@agent-factory/sdk';
import {
  Accounts,
  AgentRuntime,
  ApiKeys,
  defaultTenant,
  HttpServer,
  LanguageModel,
  Tool,
  ToolSource,
} from '@agent-factory/sdk/contracts';
import { textOf } from '@agent-factory/sdk/domain';
import { bootTestKernel, functionModel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';

const tool = (name: string, more: Partial<Tool> = {}): Tool => ({
  name,
  description: `Does ${name}.`,
  input: { type: 'object', properties: { at: { type: 'string' } }, additionalProperties: false },
  effect: 'read',
  run: async ({ at = 'nothing' }) => ({ seen: at }),
  ...more,
});

let isBroken = false;
const offering = testPlugin('offering', [LanguageModel, Tool, ToolSource], (ctx) => {
  ctx.contribute(
    LanguageModel,
    functionModel('test', ({ messages }) => {
      const last = messages.at(-1);
      if (last?.role === 'tool') return `It says ${textOf(last)}`;
      if (last && textOf(last) === 'fail') throw new Error('it fell over');
      return [{ id: 'c', name: 'look', input: { at: last ? textOf(last) : '' } }];
    }),
  );
  ctx.contribute(Tool, tool('look'));
  ctx.contribute(Tool, tool('pay', { effect: 'write', approval: 'always' }));
  ctx.contribute(Tool, tool('hidden'));
  ctx.contribute(ToolSource, {
    name: 'source',
    tools: async () => {
      if (isBroken) throw new Error('no connection for root:secret');
      return [];
    },
    tool: async () => undefined,
    onChange: () => () => {},
  });
});

describe('the door for clients of the Model Context Protocol', function () {
  this.timeout(60_000);
  let kernel: TestKernel;
  let url: string;
  const open: Client[] = [];

  before(async () => {
    const guide = {
      name: 'guide',
      description: 'Guides.',
      instructions: 'Help.',
      model: 'test/any',
      tools: ['look'],
    };
    const look = {
      name: 'look-twice',
      version: '1.0.0',
      description: 'Looks.',
      input: { type: 'object', properties: { at: { type: 'string' } }, required: ['at'] },
      start: 'look',
      nodes: [{ id: 'look', type: 'tool', tool: 'look' }],
      edges: [],
    };
    kernel = await bootTestKernel({
      plugins: [
        '@agent-factory/plugin-storage-sqlite',
        '@agent-factory/plugin-journal-sql',
        '@agent-factory/plugin-accounts-sql',
        '@agent-factory/plugin-auth-api-key',
        offering,
        {
          use: '@agent-factory/plugin-agent-runtime',
          config: { agentsDir: 'none', agents: [guide, { ...guide, name: 'secret' }], workflows: [look] },
        },
        {
          use: dirname(import.meta.dirname),
          config: { agents: ['guide'], workflows: ['*'], tools: ['look', 'pay'] },
        },
        { use: '@agent-factory/plugin-http-api', config: { port: 0 } },
      ],
    });
    url = `${kernel.use(HttpServer).url()}/mcp`;
  });
  after(async () => {
    for (const client of open) await client.close();
    await kernel?.close();
  });

  const keyOf = async (...roles: string[]): Promise<string> => {
    const accounts = kernel.use(Accounts);
    const { id } = await accounts.create({ kind: 'service', name: roles.join() });
    await accounts.setMember(defaultTenant, id, { roles });
    return (await kernel.use(ApiKeys).tenant(defaultTenant).create({ account: id, name: 'k', by: id }))
      .secret;
  };
  const connected = async (key: string): Promise<Client> => {
    const client = new Client({ name: 'test', version: '1.0.0' });
    const headers = { authorization: `Bearer ${key}` };
    open.push(client);
    // The transport's own type lacks the `| undefined` that exactOptionalPropertyTypes asks for.
    const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
    await client.connect(transport as Parameters<Client['connect']>[0]);
    return client;
  };
  const post = async (body: Json, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await keyOf('service')}`,
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify(body),
    });

  it('offers what the operator chose, and nothing else', async () => {
    const client = await connected(await keyOf('service'));
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['ask_guide', 'run_look-twice', 'look', 'pay'],
    );
    assert.deepEqual(tools[2]?.annotations, {
      readOnlyHint: true,
      destructiveHint: false,
      idempotentHint: false,
    });
    assert.equal(client.getServerVersion()?.name, 'agent-factory');
  });

  it('has agents answer, workflows work and tools be called, each in a run of its own', async () => {
    const client = await connected(await keyOf('service'));
    const told: (string | undefined)[] = [];
    const asked = await client.callTool({ name: 'ask_guide', arguments: { message: 'Oslo' } }, undefined, {
      onprogress: ({ message }) => void told.push(message),
    });
    assert.deepEqual(asked.content, [{ type: 'text', text: 'It says {"seen":"Oslo"}' }]);
    assert.ok(told.includes('Calls the tool look.'));
    const worked = await client.callTool({ name: 'run_look-twice', arguments: { at: 'Rome' } });
    assert.deepEqual(worked.structuredContent, { seen: 'Rome' });
    const called = await client.callTool({ name: 'look', arguments: { at: 'Bern' } });
    assert.deepEqual(called.structuredContent, { seen: 'Bern' });
    const runs = await kernel.use(AgentRuntime).tenant(defaultTenant).list({ limit: 3 });
    assert.deepEqual(
      runs.map(({ subject, status }) => [subject.kind, subject.name, status]),
      [
        ['workflow', 'call-tool', 'succeeded'],
        ['workflow', 'look-twice', 'succeeded'],
        ['agent', 'guide', 'succeeded'],
      ],
    );
  });

  it('says what went wrong so that a model can read it', async () => {
    const client = await connected(await keyOf('service'));
    const wrong = async (name: string, given: JsonObject, says: RegExp): Promise<void> => {
      const { isError, content } = await client.callTool({ name, arguments: given });
      assert.equal(isError, true);
      assert.match(JSON.stringify(content), says);
    };
    await wrong('look', { no: 1 }, /AF_TOOL_INPUT_INVALID/);
    await wrong('ask_guide', {}, /AF_RUN_INPUT_INVALID/);
    await wrong('ask_guide', { message: 'fail' }, /fell over/);
    await wrong('run_look-twice', {}, /AF_WORKFLOW_INPUT_INVALID/);
    await wrong('pay', {}, /waits for somebody/);
    for (const name of ['hidden', 'ask_secret', 'ask_nobody'])
      await assert.rejects(client.callTool({ name }), (error) => {
        assert.ok(error instanceof McpError);
        assert.match(error.message, /There is no tool/);
        assert.deepEqual([error.code, error.data], [-32_602, { code: 'AF_MCP_TOOL_UNKNOWN' }]);
        return true;
      });
  });

  it('keeps the words of what nobody foresaw to itself', async () => {
    const client = await connected(await keyOf('service'));
    isBroken = true;
    try {
      await assert.rejects(client.listTools(), (error) => {
        assert.ok(error instanceof McpError);
        assert.doesNotMatch(error.message, /secret/);
        assert.deepEqual(error.data, { code: 'AF_HTTP_INTERNAL' });
        return true;
      });
    } finally {
      isBroken = false;
    }
  });

  it('lets in who may start runs, and offers no agents to who may not look at them', async () => {
    await assert.rejects(connected('af_no'), /AF_ACCESS_CREDENTIAL_INVALID|401/);
    await assert.rejects(connected(await keyOf('viewer')), /AF_ACCESS_DENIED|403/);
    const accounts = kernel.use(Accounts);
    await accounts.putRole(defaultTenant, { name: 'caller', description: '', permissions: ['runs:write'] });
    const { tools } = await (await connected(await keyOf('caller'))).listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      ['look', 'pay'],
    );
  });

  it('answers what is no message of the protocol with a problem in its form', async () => {
    const wrong = async (body: Json, code: string, headers?: Record<string, string>): Promise<void> => {
      const answer = await post(body, headers);
      assert.equal(answer.status, 400);
      const { error } = (await answer.json()) as { readonly error: { readonly data: JsonObject } }; // as its form is
      assert.equal(error.data['code'], code);
    };
    const list = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
    await wrong({ id: 1 }, 'AF_MCP_MESSAGE');
    await wrong([], 'AF_MCP_MESSAGE');
    await wrong(
      Array.from({ length: 51 }, () => list),
      'AF_MCP_MESSAGE',
    );
    await wrong('text', 'AF_HTTP_REQUEST_INVALID');
    await wrong(list, 'AF_MCP_VERSION', { 'mcp-protocol-version': '1999-01-01' });
    const headers = { authorization: `Bearer ${await keyOf('service')}` };
    assert.equal((await fetch(url, { headers })).status, 405);
    assert.equal((await fetch(url, { headers, method: 'DELETE' })).status, 400);
    const notice = await post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    assert.deepEqual([notice.status, await notice.text()], [202, '']);
    const several = (await (await post([list, { ...list, id: 2 }])).json()) as readonly JsonObject[]; // two answers
    assert.deepEqual(new Set(several.map(({ id }) => id)), new Set([1, 2]));
    const taken = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    const answered = (await (await post([list, taken])).json()) as readonly JsonObject[]; // an answer all the same
    assert.deepEqual(
      answered.map(({ id }) => id),
      [1],
    );
    const unknown = (await (await post({ ...list, method: 'no/such' })).json()) as JsonObject; // an answer
    assert.equal((unknown['error'] as JsonObject)['code'], -32_601);
  });
});
