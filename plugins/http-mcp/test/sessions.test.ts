import assert from 'node:assert/strict';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  LoggingMessageNotificationSchema,
  type ElicitResult,
} from '@modelcontextprotocol/sdk/types.js';
import type { JsonObject, Logger } from '@agent-factory/sdk';
import { AgentRuntime, defaultTenant, PluginData, type Principal } from '@agent-factory/sdk/contracts';
import { createSessions } from '../src/sessions.ts';
import { letGo, offering } from './support/asking-tools.ts';
import { openDoor, type Connected, type Door } from './support/open-door.ts';

describe('a session of the Model Context Protocol', function () {
  this.timeout(60_000);
  const config = { tools: ['*'] };
  const plugins = ['@agent-factory/plugin-data-sql'];
  let door: Door;

  before(async () => {
    const agents = [{ name: 'guide', instructions: 'Help.', model: 'test/any', tools: ['ask'] }];
    door = await openDoor({ offering, config, plugins, agents });
  });
  after(() => door?.close());

  const runtime = () => door.kernel.use(AgentRuntime).tenant(defaultTenant);
  const textIn = (result: JsonObject | Record<string, unknown>): string => JSON.stringify(result['content']);

  /** A client that fills in forms. */
  const filling = async (
    role: string,
    answer: ElicitResult,
  ): Promise<Connected & { readonly asked: string[] }> => {
    const connected = await door.connect(await door.keyOf([role]), { elicitation: {} });
    const asked: string[] = [];
    connected.client.setRequestHandler(ElicitRequestSchema, ({ params }) => {
      asked.push(params.message);
      return answer;
    });
    return { ...connected, asked };
  };

  it('has a person fill in what a tool asks, decline it, or give what does not fit', async () => {
    const { client, asked } = await filling('service', { action: 'accept', content: { name: 'Ann' } });
    const { structuredContent } = await client.callTool({ name: 'ask' });
    assert.deepEqual(structuredContent, { answer: { action: 'accept', content: { name: 'Ann' } } });
    assert.deepEqual(asked, ['Who?']);
    const other = await filling('service', { action: 'decline' });
    assert.deepEqual((await other.client.callTool({ name: 'ask' })).structuredContent, {
      answer: { action: 'decline' },
    });
    const wrong = await filling('service', { action: 'accept', content: { name: 7 } });
    const refused = await wrong.client.callTool({ name: 'ask' });
    assert.equal(refused.isError, true);
    assert.match(textIn(refused), /does not fit the form.*AF_TOOL_QUESTION_REFUSED/);
  });

  it('has the tools of an agent ask too', async () => {
    const { client, asked } = await filling('operator', { action: 'accept', content: { name: 'Ann' } });
    const answered = await client.callTool({ name: 'ask_guide', arguments: { message: 'Hi.' } });
    assert.match(textIn(answered), /accept.*Ann/);
    assert.deepEqual(asked, ['Who?']);
  });

  it('has a model of the client answer', async () => {
    const { client } = await door.connect(await door.keyOf(['service']), { sampling: {} });
    client.setRequestHandler(CreateMessageRequestSchema, ({ params }) => {
      assert.deepEqual([params.systemPrompt, params.maxTokens], ['Be kind.', 7]);
      return { model: 'theirs', role: 'assistant', content: { type: 'text', text: 'Hi!' } };
    });
    assert.match(textIn(await client.callTool({ name: 'model' })), /theirs: Hi!/);
    client.setRequestHandler(CreateMessageRequestSchema, () => {
      throw new Error('no model today');
    });
    assert.match(textIn(await client.callTool({ name: 'model' })), /no model today/);
  });

  it('leaves a run waiting that its client cannot be asked about', async () => {
    const { client } = await door.connect(await door.keyOf(['service']), { sampling: {} });
    const result = await client.callTool({ name: 'ask' });
    assert.match(textIn(result), /waits for somebody.*Who\?/);
    const { 'agent-factory/run': run } = result['_meta'] as JsonObject; // as the door gives it
    const id = run as string;
    const [wait] = (await runtime().get(id)).waitingFor ?? [];
    assert.ok(wait?.kind === 'decision');
    await runtime().decide(id, { callId: wait.callId, outcome: 'done', output: { action: 'cancel' } });
    assert.deepEqual((await runtime().wait(id)).output, { answer: { action: 'cancel' } });
  });

  it('asks who may approve whether a tool may be called, and nobody else', async () => {
    const yes = await filling('operator', { action: 'accept', content: { allow: true } });
    assert.match(textIn(await yes.client.callTool({ name: 'pay' })), /paid/);
    const no = await filling('operator', { action: 'accept', content: { allow: false, reason: 'too dear' } });
    assert.match(textIn(await no.client.callTool({ name: 'pay' })), /too dear/);
    const closed = await filling('operator', { action: 'cancel' });
    assert.match(textIn(await closed.client.callTool({ name: 'pay' })), /closed without an answer/);
    const program = await filling('service', { action: 'accept', content: { allow: true } });
    assert.match(textIn(await program.client.callTool({ name: 'pay' })), /waits for somebody/);
    assert.deepEqual(program.asked, []);
  });

  it('tells the progress of a tool as it says it, and of its logs what the client wants', async () => {
    const { client } = await door.connect(await door.keyOf(['service']));
    const logs: unknown[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logs.push(params));
    const steps: unknown[] = [];
    const onprogress = (step: unknown): void => void steps.push(step);
    const result = await client.callTool({ name: 'steps' }, undefined, { onprogress });
    assert.deepEqual(
      [result.content, result.structuredContent],
      [[{ type: 'text', text: 'Done.' }], { done: true }],
    );
    assert.deepEqual(
      steps,
      [1, 2, 3].map((progress) => ({ progress, total: 3 })),
    );
    assert.deepEqual(logs, [{ level: 'error', logger: 'steps', data: { loud: true } }]);
    await client.setLoggingLevel('debug');
    await client.callTool({ name: 'steps' });
    assert.equal(logs.length, 3);
    await client.setLoggingLevel('emergency');
    await client.callTool({ name: 'steps' });
    assert.equal(logs.length, 3);
  });

  it('ends a call that its client takes back', async () => {
    const { client } = await door.connect(await door.keyOf(['service']));
    const controller = new AbortController();
    const called = client.callTool({ name: 'hold' }, undefined, {
      signal: controller.signal,
      onprogress: () => controller.abort('enough'),
    });
    await assert.rejects(called, /enough/);
    const [run] = await runtime().list({ limit: 1 });
    assert.equal((await runtime().wait(run?.id ?? '')).status, 'cancelled');
  });

  it('lets a client come back to a call whose stream broke off, and only that client', async () => {
    const key = await door.keyOf(['service']);
    const { transport } = await door.connect(key);
    const session = transport.sessionId ?? '';
    const headersOf = (of: string, id: string): Record<string, string> => ({
      authorization: `Bearer ${of}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': id,
    });
    const gone = new AbortController();
    const stream = await fetch(door.url, {
      method: 'POST',
      headers: headersOf(key, session),
      body: JSON.stringify({
        jsonrpc: '2.0',
        id: 'mine',
        method: 'tools/call',
        params: { name: 'hold', _meta: { progressToken: 'p' } },
      }),
      signal: gone.signal,
    });
    let heard = '';
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    while (!heard.includes('notifications/progress'))
      heard += (await reader?.read())?.value ?? assert.fail(heard);
    gone.abort();
    const [first] = /^id: (.*)$/m.exec(heard)?.slice(1) ?? [];
    assert.match(heard, /^id: run_\w+\.0\ndata: \n/m);
    const again = (headers: Record<string, string>, last = first ?? ''): Promise<Response> =>
      fetch(door.url, { headers: { ...headers, 'last-event-id': last } });
    const stranger = await door.keyOf(['service']);
    assert.equal((await again(headersOf(stranger, session))).status, 404);
    const another = await door.connect(key);
    assert.equal((await again(headersOf(key, another.transport.sessionId ?? ''))).status, 404);
    assert.equal((await again(headersOf(key, session), 'nothing')).status, 404);
    const back = await again(headersOf(key, session));
    assert.equal(back.status, 200);
    letGo.dispatchEvent(new Event('go'));
    const told = await back.text();
    assert.match(told, /"progressToken":"p"/);
    assert.match(told, /"id":"mine".*let go/);
  });

  it('belongs to who began it, and is over when they end it', async () => {
    const key = await door.keyOf(['service']);
    const { transport } = await door.connect(key);
    const session = transport.sessionId ?? '';
    const ping = async (of: string): Promise<number> => {
      const headers = { authorization: `Bearer ${of}`, 'content-type': 'application/json' };
      const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'ping' });
      const named = { ...headers, 'mcp-session-id': session };
      return (await fetch(door.url, { method: 'POST', headers: named, body })).status;
    };
    assert.equal(await ping(await door.keyOf(['service'])), 404);
    assert.equal(await ping(key), 200);
    await transport.terminateSession();
    assert.equal(await ping(key), 404);
  });

  it('makes room for the next where one caller has very many', async () => {
    const sessions = createSessions({
      data: door.kernel.use(PluginData),
      plugin: 'http-mcp',
      sessionMs: 60_000,
      log: { warn: assert.fail } as unknown as Logger, // all it is told
    });
    const caller = (id: string): Principal => ({
      id,
      tenant: defaultTenant,
      kind: 'service',
      permissions: [],
    });
    const begun = { version: '2025-11-25', elicitation: false, sampling: false };
    const open = async (id: string): Promise<string> => (await sessions.open(caller(id), begun)) ?? '';
    const theirs = await open('other');
    const ids: string[] = [];
    for (let count = 0; count <= 200; count += 1) ids.push(await open('eager'));
    const known = await Promise.allSettled(ids.map((id) => sessions.get(caller('eager'), id)));
    assert.equal(known.filter(({ status }) => status === 'fulfilled').length, 200);
    assert.equal(known.at(-1)?.status, 'fulfilled');
    assert.equal((await sessions.get(caller('other'), theirs)).id, theirs);
  });

  it('is known to every process, which takes answers to the questions of another', async () => {
    const second = await openDoor({ offering, config, plugins, dataDir: door.kernel.dataDir });
    try {
      const key = await door.keyOf(['service']);
      const { client, transport } = await door.connect(key, { elicitation: {} });
      const headers = {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        'mcp-session-id': transport.sessionId ?? '',
      };
      // The client leaves the answer to the other process, as behind a load balancer.
      const send = transport.send.bind(transport);
      transport.send = async (message, options) => {
        if (!('result' in (message as object))) return send(message, options);
        const answer = await fetch(second.url, { method: 'POST', headers, body: JSON.stringify(message) });
        assert.equal(answer.status, 202);
      };
      client.setRequestHandler(ElicitRequestSchema, () => ({ action: 'accept', content: { name: 'Bo' } }));
      const { structuredContent } = await client.callTool({ name: 'ask' });
      assert.deepEqual(structuredContent, { answer: { action: 'accept', content: { name: 'Bo' } } });
    } finally {
      await second.close();
    }
  });
});
