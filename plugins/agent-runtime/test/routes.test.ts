import assert from 'node:assert/strict';
import type { InMemoryPlugin, JsonObject, PluginContext } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  HttpRoute,
  TenantStorage,
  type HttpReply,
  type HttpRequest,
  type ServerSentEvent,
} from '@agent-factory/sdk/contracts';
import type { Run, RunEvent } from '@agent-factory/sdk/domain';
import { functionModel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

describe('the routes of agent-runtime', () => {
  let kernel: TestKernel;
  let validator: PluginContext['validator'];
  let routes: ReadonlyMap<string, HttpRoute>;

  before(async () => {
    const probe: InMemoryPlugin = testPlugin('probe', [], (ctx) => {
      validator = ctx.validator;
    });
    kernel = await bootRuntime({
      agents: [
        { name: 'plain', instructions: 'Answer.', model: 'test/any' },
        { name: 'hanging', instructions: 'Hang.', model: 'test/hang' },
      ],
      models: [functionModel('test', ({ model }) => (model === 'hang' ? new Promise(() => {}) : 'Hello.'))],
      tools: [
        {
          name: 'noop',
          description: 'Does nothing.',
          input: { type: 'object' },
          effect: 'pure',
          run: async () => null,
        },
      ],
      plugins: [probe],
    });
    routes = new Map(kernel.all(HttpRoute).map(({ value }) => [value.operationId, value]));
  });
  after(() => kernel.close());

  /** Calls a route as the HTTP API does, and checks the answer against what the route declares. */
  const call = async (operationId: string, request: Partial<HttpRequest> = {}): Promise<JsonObject> => {
    const route = routes.get(operationId);
    assert.ok(route);
    const reply = await answer(route, request);
    assert.ok('body' in reply);
    const status = reply.status ?? Number(Object.keys(route.responses)[0]);
    const schema = route.responses[status]?.schema;
    assert.ok(schema, `${operationId} ${status}`);
    assert.deepEqual(validator(schema)(JSON.parse(JSON.stringify(reply.body))), []);
    return { status, ...(reply.body as JsonObject) };
  };

  const answer = (route: HttpRoute, request: Partial<HttpRequest>): Promise<HttpReply> => {
    const given: HttpRequest = {
      params: {},
      query: {},
      body: null,
      headers: {},
      principal: { id: 'local', tenant: 'default', kind: 'local', permissions: ['*'] },
      requestId: 'test',
      signal: new AbortController().signal,
      ...request,
    };
    for (const [part, schema] of [
      [given.params, route.params],
      [given.query, route.query],
      [given.body, route.body],
    ] as const) {
      if (schema) assert.deepEqual(validator(schema)(part), []);
    }
    return route.handler(given);
  };

  const ended = async (body: JsonObject): Promise<JsonObject> =>
    call('startRun', { body, query: { wait: true } });

  it('replay a run, fork it, and compare the two', async () => {
    const { id } = (await ended({ agent: 'plain', input: 'Hi' })) as unknown as Run; // as its schema says
    const params = { id };
    const report = await call('replayRun', { params });
    assert.deepEqual([report['status'], report['children']], ['succeeded', []]);
    const forked = await call('forkRun', { params, body: { overrides: { instructions: 'Other.' } } });
    assert.deepEqual([forked['status'], forked['from'], forked['step']], [202, 3, 'model.requested']);
    const { id: right } = forked['run'] as unknown as Run; // as its schema says
    await kernel.use(AgentRuntime).tenant(defaultTenant).wait(right);
    const query = { left: id, right };
    assert.equal((await call('diffRuns', { query }))['isSame'], true);
    const { text } = await call('diffRuns', { query: { ...query, format: 'text' } });
    assert.match(text as string, /Both did the same\.$/);
  });

  it('let only those who may write agents fork a run with another agent', async () => {
    const { id } = (await ended({ agent: 'plain', input: 'Hi' })) as unknown as Run; // as its schema says
    const principal = { id: 'ann', tenant: 'default', kind: 'user', permissions: ['runs:write'] } as const;
    const fork = (overrides: JsonObject): Promise<JsonObject> =>
      call('forkRun', { params: { id }, body: { overrides }, principal });
    for (const overrides of [{ tools: ['noop'] }, { instructions: 'Other.' }, { model: 'test/other' }])
      await assert.rejects(fork(overrides), { code: 'AF_ACCESS_DENIED', message: /agents:write/ });
    const forked = await fork({ input: 'Hello' });
    assert.equal(forked['status'], 202);
    await kernel
      .use(AgentRuntime)
      .tenant(defaultTenant)
      .wait((forked['run'] as unknown as Run).id); // as above
  });

  it('declare a permission, and examples that fit their schemas', () => {
    assert.equal(routes.size, 36);
    for (const route of routes.values()) {
      assert.match(
        route.permission as string,
        /^((agents|workflows|routers):(read|write)|runs:(read|write|replay|approve)|memory:write)$/,
      );
      if (route.body) assert.deepEqual(validator(route.body)(route.bodyExample), []);
      for (const { schema, example } of Object.values(route.responses)) {
        if (schema) assert.deepEqual(validator(schema)(example), [], route.operationId);
      }
    }
  });

  it('list and show agents and tools', async () => {
    const { agents } = await call('listAgents');
    assert.deepEqual(
      (agents as readonly JsonObject[]).map(({ name }) => name),
      ['hanging', 'plain'],
    );
    assert.equal((await call('getAgent', { params: { name: 'plain' } }))['model'], 'test/any');
    assert.equal((await call('listTools'))['tools'] instanceof Array, true);
    await assert.rejects(call('getAgent', { params: { name: 'plane' } }), {
      code: 'AF_AGENT_UNKNOWN',
      status: 404,
    });
  });

  it('keep, check, draw and run workflows', async () => {
    const params = { name: 'pause' };
    const nodes = [{ id: 'p', type: 'wait', forMs: 1 }];
    const body = { version: '1.0.0', start: 'p', nodes, edges: [] };
    await assert.rejects(call('putWorkflow', { params, body: { ...body, start: 'x' } }), {
      code: 'AF_DEFINITION_INVALID',
      message: /start: no node has the id "x"/,
    });
    assert.equal((await call('putWorkflow', { params, body }))['revision'], 1);
    assert.match(JSON.stringify(await call('drawWorkflow', { params })), /flowchart TD/);
    const query = { format: 'graphviz' };
    assert.match(JSON.stringify(await call('drawWorkflow', { params, query })), /digraph /);
    assert.equal((await ended({ workflow: 'pause', input: {} }))['output'], null);
    await assert.rejects(call('drawRouter', { params }), { code: 'AF_ROUTER_UNKNOWN', status: 404 });
  });

  it('accept a run at once, or answer when it has ended', async () => {
    const accepted = await call('startRun', { body: { agent: 'plain', input: 'Hi' } });
    assert.equal(accepted['status'], 'running'); // the run's own status
    assert.equal((await ended({ agent: 'plain', input: 'Hi' }))['output'], 'Hello.');
  });

  it('take what a run is told, and say what is wrong with it', async () => {
    const params = {
      id: idOf(await call('startRun', { body: { agent: 'hanging', input: 'Hi' } })),
    };
    const sent = { name: 'news', data: [1], id: 'e1' };
    assert.equal((await call('sendToRun', { params, body: sent }))['status'], 'running');
    const { lastSeq } = await call('sendToRun', { params, body: sent });
    assert.equal((await call('getRun', { params }))['lastSeq'], lastSeq);
    await assert.rejects(call('approveRun', { params, body: { approvalId: 'x', outcome: 'approved' } }), {
      code: 'AF_APPROVAL_UNKNOWN',
      status: 404,
    });
    await assert.rejects(call('decideRun', { params, body: { callId: 'x', outcome: 'done' } }), {
      code: 'AF_DECISION_UNKNOWN',
    });
    await call('cancelRun', { params });
    await assert.rejects(call('sendToRun', { params, body: { name: 'late' } }), {
      code: 'AF_RUN_ENDED',
      status: 409,
    });
  });

  it('let only those answer a question who have the permission it names, and say who they are', async () => {
    const params = { name: 'spend' };
    const nodes = [{ id: 'ask', type: 'approval', prompt: 'May I?', permission: 'money:spend' }];
    await call('putWorkflow', { params, body: { version: '1.0.0', start: 'ask', nodes, edges: [] } });
    const run = { params: { id: idOf(await ended({ workflow: 'spend', input: {} })) } };
    const [wait] = (await call('getRun', run))['waitingFor'] as readonly JsonObject[];
    const body = { approvalId: wait?.['approvalId'] ?? '', outcome: 'approved', by: 'somebody else' };
    const ann = { id: 'ann', tenant: 'default', kind: 'user' } as const;
    const operator = { ...ann, permissions: ['runs:approve', 'approvals:write'] };
    await assert.rejects(call('approveRun', { ...run, body, principal: operator }), {
      code: 'AF_ACCESS_DENIED',
      message: /money:spend/,
    });
    assert.equal((await call('getRun', run))['status'], 'waiting');
    const payer = { ...ann, permissions: ['runs:approve', 'money:spend'] };
    await call('approveRun', { ...run, body, principal: payer });
    const { events } = await call('listRunEvents', run);
    const answer = (events as unknown as readonly RunEvent[]).find(
      ({ type }) => type === 'approval.resolved',
    );
    assert.equal(answer?.type === 'approval.resolved' && answer.data.by, 'ann');
  });

  it('show nothing of another tenant', async () => {
    const params = { id: idOf(await ended({ agent: 'plain', input: 'Hi' })) };
    await kernel.use(TenantStorage).create('acme');
    const principal = { id: 'x', tenant: 'acme', kind: 'user', permissions: ['runs:read'] } as const;
    assert.deepEqual((await call('listRuns', { principal }))['runs'], []);
    for (const route of ['getRun', 'listRunEvents', 'streamRun', 'cancelRun'])
      await assert.rejects(call(route, { params, principal }), { code: 'AF_RUN_NOT_FOUND' }, route);
  });

  it('take the idempotency key from its header', async () => {
    const request = { body: { agent: 'plain', input: 'Hi' }, headers: { 'idempotency-key': 'k1' } };
    const first = await call('startRun', request);
    assert.equal((await call('startRun', request))['id'], first['id']);
  });

  it('take a key for its sender’s alone', async () => {
    const request = { body: { agent: 'plain', input: 'Hi', idempotencyKey: 'k2' } };
    const as = { tenant: 'default', kind: 'user', permissions: ['runs:write'] } as const;
    const start = async (id: string) =>
      (await call('startRun', { ...request, principal: { ...as, id } }))['id'];
    assert.equal(new Set([await start('ann'), await start('ben'), await start('ann')]).size, 2);
  });

  it('answer with the run as it stands when the client does not wait any longer', async () => {
    const gone = new AbortController();
    const waiting = call('startRun', {
      body: { agent: 'hanging', input: 'Hi' },
      query: { wait: true },
      signal: gone.signal,
    });
    setImmediate(() => gone.abort());
    const run = await waiting;
    assert.equal(run['status'], 'running');
    await call('cancelRun', { params: { id: idOf(run) } });
  });

  it('list, show and cancel runs', async () => {
    const id = idOf(await call('startRun', { body: { agent: 'hanging', input: 'Hi' } }));
    const params = { id };
    assert.equal((await call('getRun', { params }))['status'], 'running');
    assert.equal((await call('cancelRun', { params }))['status'], 'cancelled');
    const { runs } = await call('listRuns', { query: { agent: 'hanging', status: 'cancelled', limit: 1 } });
    assert.deepEqual(
      (runs as unknown as readonly Run[]).map((run) => run.id),
      [id],
    );
    await assert.rejects(call('getRun', { params: { id: 'none' } }), {
      code: 'AF_RUN_NOT_FOUND',
      status: 404,
    });
  });

  it('give the events of a run, page by page', async () => {
    const params = { id: idOf(await ended({ agent: 'plain', input: 'Hi' })) };
    const numbers = async (query: JsonObject): Promise<readonly number[]> => {
      const { events } = await call('listRunEvents', { params, query });
      return (events as unknown as readonly RunEvent[]).map(({ seq }) => seq);
    };
    assert.deepEqual(await numbers({}), [1, 2, 3, 4, 5]);
    assert.deepEqual(await numbers({ after: 2, limit: 2 }), [3, 4]);
  });

  it('stream the events and resume after the last one seen', async () => {
    const params = { id: idOf(await ended({ agent: 'plain', input: 'Hi' })) };
    const route = routes.get('streamRun');
    assert.ok(route);
    const stream = async (request: Partial<HttpRequest>): Promise<readonly ServerSentEvent[]> => {
      const reply = await answer(route, { params, ...request });
      assert.ok('stream' in reply);
      const sent: ServerSentEvent[] = [];
      for await (const event of reply.stream) sent.push(event);
      return sent;
    };
    const all = await stream({});
    assert.deepEqual(
      all.map(({ id, event }) => `${id} ${event}`),
      ['1 run.created', '2 run.started', '3 model.requested', '4 model.responded', '5 run.succeeded'],
    );
    assert.deepEqual(await stream({ query: { after: 3 } }), all.slice(3));
    assert.deepEqual(await stream({ headers: { 'last-event-id': '4' }, query: { after: 1 } }), all.slice(4));
    assert.deepEqual(await stream({ headers: { 'last-event-id': 'x' } }), all);
    await assert.rejects(answer(route, { params: { id: 'none' } }), { code: 'AF_RUN_NOT_FOUND' });
  });
});

function idOf(run: JsonObject): string {
  return run['id'] as string; // a run, as its schema says
}
