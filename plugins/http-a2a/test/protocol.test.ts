import assert from 'node:assert/strict';
import { DefaultAgentCardResolver } from '@a2a-js/sdk/client';
import { TaskNotFoundError } from '@a2a-js/sdk/errors';
import type { Json, JsonObject } from '@agent-factory/sdk';
import { Accounts, HttpServer } from '@agent-factory/sdk/contracts';
import { bootA2a, message, sending, type A2aPlatform } from './support/a2a-platform.ts';

interface Answered {
  readonly id?: Json;
  readonly error?: { readonly code: number; readonly message: string; readonly data: readonly JsonObject[] };
  readonly result?: JsonObject;
}

const named = (id: string) => ({ tenant: '', id, metadata: undefined });
const hello = { messageId: 'm', role: 'ROLE_USER', parts: [{ text: 'Hello' }] };
const request = (method: string, params: Json = {}): JsonObject => ({
  jsonrpc: '2.0',
  id: 7,
  method,
  params,
});

describe('the Agent2Agent protocol at the door', function () {
  this.timeout(60_000);
  let platform: A2aPlatform;
  let key: string;
  let url: string;

  before(async () => {
    platform = await bootA2a();
    key = await platform.keyOf('acme', 'service');
    url = platform.kernel.use(HttpServer).url() ?? '';
  });
  after(() => platform?.kernel.close());

  const answered = async (answer: Response): Promise<Answered> => (await answer.json()) as Answered; // as its form is
  /** What comes of a body: the status, the number of the protocol, and our code. */
  const wrong = async (
    body: Json | string,
    expected: readonly [number, number, string],
    headers?: Record<string, string>,
  ): Promise<Answered> => {
    const answer = await platform.post('guide', key, body, headers);
    const told = await answered(answer);
    const code = told.error?.data.at(-1)?.['reason'];
    assert.deepEqual([answer.status, told.error?.code, code], expected, told.error?.message);
    return told;
  };

  it('publishes cards that say what the operator published, and no more', async () => {
    const resolver = new DefaultAgentCardResolver();
    const card = await resolver.resolve(url);
    assert.deepEqual(
      [card.name, card.description, card.supportedInterfaces[0]?.url],
      ['guide', 'Does what guide does.', `${url}/a2a/guide`],
    );
    const { capabilities, supportedInterfaces, securitySchemes } = card;
    assert.deepEqual(
      [capabilities?.streaming, capabilities?.pushNotifications, capabilities?.extendedAgentCard],
      [true, false, true],
    );
    assert.deepEqual(
      supportedInterfaces.map(({ protocolBinding, protocolVersion }) => [protocolBinding, protocolVersion]),
      [['JSONRPC', '1.0']],
    );
    assert.equal(securitySchemes['bearer']?.scheme?.$case, 'httpAuthSecurityScheme');
    const shaped = await resolver.resolve(`${url}/a2a/shaped/`, '.well-known/agent-card.json');
    assert.deepEqual(shaped.defaultOutputModes, ['application/json']);
    // One that is offered and that no file has is a tenant's own, and nothing is said of it here.
    const later = await resolver.resolve(`${url}/a2a/later/`, '.well-known/agent-card.json');
    assert.match(later.description, /says more to those who may look at it/);
    const hidden = await fetch(`${url}/a2a/hidden/.well-known/agent-card.json`);
    assert.equal(hidden.status, 404);
    const whole = await fetch(`${url}/.well-known/agent-card.json`);
    assert.doesNotMatch(await whole.clone().text(), /secret of the house/);
    const again = await fetch(`${url}/.well-known/agent-card.json`, {
      headers: { 'if-none-match': whole.headers.get('etag') ?? '' },
    });
    assert.equal(again.status, 304);
    const strange = await fetch(`${url}/.well-known/agent-card.json`, {
      headers: { host: 'evil.example/x?' },
    });
    assert.ok(strange.status === 200 || strange.status === 400);
  });

  it('gives the extended card to those who may look at the agent', async () => {
    const client = await platform.clientOf('guide', key);
    const card = await client.getAgentCard();
    assert.deepEqual(card.skills[0]?.examples, ['Who are you?']);
    assert.deepEqual(card.defaultOutputModes, ['text/plain']);
    const { error } = await answered(await platform.post('later', key, request('GetExtendedAgentCard')));
    assert.equal(error?.data.at(-1)?.['reason'], 'AF_A2A_AGENT_UNKNOWN');
  });

  it('lets in who may start runs, by a credential that holds', async () => {
    for (const [credential, status, code] of [
      ['af_no', 401, 'AF_ACCESS_CREDENTIAL_INVALID'],
      [await platform.keyOf('acme', 'viewer'), 403, 'AF_ACCESS_DENIED'],
    ] as const) {
      const answer = await platform.post('guide', credential, request('ListTasks'));
      const { error } = await answered(answer);
      assert.deepEqual([answer.status, error?.code], [status, -32_000]);
      assert.equal(error?.data.at(-1)?.['reason'], code);
      await assert.rejects(
        (await platform.clientOf('guide', credential)).sendMessage(sending(message('Hello'))),
        /credential|permission/i,
      );
    }
    const accounts = platform.kernel.use(Accounts);
    await accounts.putRole('acme', { name: 'caller', description: '', permissions: ['runs:write'] });
    const blind = await platform.post('guide', await platform.keyOf('acme', 'caller'), request('ListTasks'));
    assert.equal((await answered(blind)).error?.data.at(-1)?.['reason'], 'AF_A2A_AGENT_UNKNOWN');
  });

  it('shows what a model would have a tool do to those alone who may read journals', async () => {
    const accounts = platform.kernel.use(Accounts);
    const permissions = ['runs:write', 'agents:read'];
    await accounts.putRole('acme', { name: 'starter', description: '', permissions });
    const asking = request('SendMessage', { message: { ...hello, messageId: 'ask' } });
    for (const [role, shown] of [
      ['starter', /^(?!.*"amount").*"kind":"approval"/],
      ['service', /"input":\{"amount":5\}/],
    ] as const) {
      const { result } = await answered(
        await platform.post('pays', await platform.keyOf('acme', role), asking),
      );
      assert.match(JSON.stringify(result), shown);
    }
  });

  it('offers what the operator chose, and nothing else', async () => {
    for (const agent of ['hidden', 'nobody', 'later']) {
      const { error } = await answered(
        await platform.post(agent, key, request('SendMessage', { message: hello })),
      );
      assert.deepEqual([error?.code, error?.data.at(-1)?.['reason']], [-32_000, 'AF_A2A_AGENT_UNKNOWN']);
    }
  });

  it('knows no task of another tenant, another caller or another agent', async () => {
    const client = await platform.clientOf('pays', key);
    const task = await client.sendMessage(sending(message('Pay')));
    assert.ok('status' in task);
    const strangers = [
      await platform.clientOf('pays', await platform.keyOf('globex', 'operator', 'service')),
      await platform.clientOf('pays', await platform.keyOf('acme', 'tenant-admin')),
      await platform.clientOf('guide', key),
    ];
    const listing = {
      tenant: '',
      contextId: task.contextId,
      status: 0,
      pageToken: '',
      statusTimestampAfter: undefined,
    };
    for (const stranger of strangers) {
      for (const call of [
        stranger.getTask(named(task.id)),
        stranger.cancelTask(named(task.id)),
        stranger.resubscribeTask(named(task.id)).next(),
        stranger.sendMessage(sending(message('approved', { taskId: task.id }))),
      ])
        await assert.rejects(call, TaskNotFoundError);
      assert.equal((await stranger.listTasks(listing)).totalSize, 0);
    }
    assert.equal((await client.listTasks(listing)).totalSize, 1);
  });

  it('answers what is no request in the form of JSON-RPC', async () => {
    assert.equal((await wrong('{"jsonrpc":', [400, -32_700, 'AF_HTTP_BODY_MALFORMED'])).id, null);
    await wrong([request('ListTasks')], [400, -32_600, 'AF_HTTP_REQUEST_INVALID']);
    await wrong('"text"', [400, -32_600, 'AF_HTTP_REQUEST_INVALID']);
    await wrong({ ...request('ListTasks'), jsonrpc: '1.0' }, [200, -32_600, 'AF_A2A_REQUEST']);
    assert.equal(
      (await wrong({ ...request('ListTasks'), id: { a: 1 } }, [200, -32_600, 'AF_A2A_REQUEST'])).id,
      null,
    );
    await wrong({ jsonrpc: '2.0', id: 7 }, [200, -32_600, 'AF_A2A_REQUEST']);
    const unknown = await wrong(request('message/send'), [200, -32_601, 'AF_A2A_METHOD_UNKNOWN']);
    assert.equal(unknown.id, 7);
    const text = { ...request('ListTasks'), id: 'a text' };
    assert.equal((await answered(await platform.post('guide', key, text))).id, 'a text');
    await wrong(request('ListTasks'), [415, -32_602, 'AF_HTTP_MEDIA_TYPE'], { 'content-type': 'text/plain' });
    const large = request('SendMessage', { message: { ...hello, parts: [{ text: 'a'.repeat(2 ** 20) }] } });
    await wrong(large, [413, -32_000, 'AF_HTTP_BODY_TOO_LARGE']);
  });

  it('speaks one version of the protocol, named by a header or the query', async () => {
    const list = request('ListTasks');
    await wrong(list, [200, -32_009, 'AF_A2A_VERSION'], { 'a2a-version': '' }); // which means 0.3
    await wrong(list, [200, -32_009, 'AF_A2A_VERSION'], { 'a2a-version': '2.0' });
    const answer = await fetch(`${url}/a2a/guide?A2A-Version=1.0`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify(list),
    });
    assert.equal((await answered(answer)).result?.['nextPageToken'], '');
  });

  it('says what is wrong with params, and where', async () => {
    const of = (message: Json, more: JsonObject = {}): JsonObject =>
      request('SendMessage', { message, ...more });
    const refused = (body: JsonObject) => wrong(body, [200, -32_602, 'AF_A2A_PARAMS']);
    const { error } = await refused(of({ ...hello, parts: [] }));
    assert.equal(error?.data[0]?.['reason'], 'INVALID_PARAMS');
    assert.match(JSON.stringify(error?.data[1]), /"field":"\/message\/parts"/);
    await refused(of({ ...hello, role: 'ROLE_AGENT' }));
    await refused(of({ ...hello, parts: [{}] }));
    await refused(of({ ...hello, parts: [{ text: 'a', data: 1 }] }));
    await refused(of({ ...hello, parts: Array.from({ length: 101 }, () => ({ text: 'a' })) }));
    await refused(of({ ...hello, messageId: 'm'.repeat(201) }));
    await refused(of(hello, { tenant: 'globex' }));
    await refused(of(hello, { configuration: { historyLength: -1 } }));
    await refused(request('GetTask'));
    await refused(request('GetTask', null));
    await refused(request('ListTasks', { status: 'TASK_STATE_RUNNING' }));
    await wrong(of({ ...hello, parts: [{ text: '' }] }), [200, -32_602, 'AF_RUN_INPUT_INVALID']);
    const mark = { ...hello, metadata: { large: 'a'.repeat(20_000) } };
    await wrong(of(mark), [200, -32_602, 'AF_RUN_INPUT_INVALID']);
    const known = await platform.post('guide', key, of(hello, { tenant: 'acme', unknown: true }));
    assert.ok((await answered(known)).result);
  });

  it('answers what is streamed and cannot begin as JSON', async () => {
    const body = request('SendStreamingMessage', { message: { ...hello, taskId: 'run_no' } });
    const { id } = await wrong(body, [200, -32_001, 'AF_A2A_TASK_UNKNOWN'], { accept: 'text/event-stream' });
    assert.equal(id, 7);
  });
});
