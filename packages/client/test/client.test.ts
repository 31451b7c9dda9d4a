import assert from 'node:assert/strict';
import { AgentFactoryClientError, createClient, type Client, type RunEvent } from '@agent-factory/client';
import { bootPlatform, type TestPlatform } from './support/boot-platform.ts';
import { startWeakNetwork, type WeakNetwork } from './support/weak-network.ts';

const body = { instructions: 'Answer.', model: 'scripted/demo' };

/** Gives what a call is refused with. */
async function refused(call: Promise<unknown>): Promise<AgentFactoryClientError> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof AgentFactoryClientError, String(error));
  return error;
}

describe('the client', function () {
  this.timeout(60_000);
  let platform: TestPlatform;
  let network: WeakNetwork;
  let client: Client;
  before(async () => {
    platform = await bootPlatform();
    network = await startWeakNetwork(platform.url);
    client = createClient({ url: `${network.url}/`, token: () => platform.token });
    await client.putAgent({ name: 'echo', body });
    await client.putWorkflow({
      name: 'ask',
      body: {
        version: '1.0.0',
        start: 'ask',
        nodes: [{ id: 'ask', type: 'approval', prompt: 'May I?' }],
        edges: [],
      },
    });
  });
  after(async () => {
    await network.close();
    await platform.kernel.close();
  });

  const waiting = async (): Promise<string> =>
    (await client.startRun({ wait: true, body: { workflow: 'ask', input: null } })).id;
  /** Goes another way, which works. */
  const agree = async (id: string): Promise<void> => {
    const other = createClient(platform);
    const [wait] = (await other.getRun({ id })).waitingFor ?? [];
    assert.ok(wait?.kind === 'approval');
    await other.approveRun({ id, body: { approvalId: wait.approvalId, outcome: 'approved' } });
  };

  it('calls an operation by its name, with its parameters by theirs', async () => {
    const run = await client.startRun({ wait: true, body: { agent: 'echo', input: 'Hello.' } });
    assert.deepEqual([run.status, run.output], ['succeeded', 'You said: Hello.']);
    assert.deepEqual(await client.getRun({ id: run.id }), run);
    assert.equal((await client.getHealth()).status, 'ok');
  });

  it('reaches routes that it has no types for', async () => {
    const run = Object(
      await client.request({
        method: 'POST',
        path: '/api/v1/runs',
        input: { wait: true, body: { agent: 'echo', input: 'Hi.' } },
      }),
    );
    assert.equal(run.output, 'You said: Hi.');
    const seen: unknown[] = [];
    const path = '/api/v1/runs/{id}/stream';
    for await (const { id } of client.events({ method: 'GET', path, input: { id: run.id } })) seen.push(id);
    assert.equal(seen.length, run.lastSeq);
  });

  it('throws what the platform refuses, with its code, its fix and what is wrong where', async () => {
    const unknown = await refused(client.getAgent({ name: 'nobody' }));
    assert.deepEqual(
      [unknown.code, unknown.problem?.status, unknown.retryable],
      ['AF_AGENT_UNKNOWN', 404, false],
    );
    assert.ok(unknown.fix.length > 0 && unknown.problem?.instance.startsWith('urn:request:'));
    const invalid = await refused(client.listRuns({ limit: -1 }));
    assert.equal(invalid.code, 'AF_HTTP_REQUEST_INVALID');
    assert.deepEqual(
      invalid.problem?.errors?.map(({ pointer }) => pointer),
      ['/query/limit'],
    );
    const stranger = createClient({
      url: platform.url,
      token: 'af_none',
      headers: { 'x-tenant': 'default' },
    });
    assert.equal((await refused(stranger.listRuns())).code, 'AF_ACCESS_CREDENTIAL_INVALID');
  });

  it('sends no request that would reach another route', async () => {
    for (const id of ['', '.', '..']) {
      const { code, message } = await refused(client.getRun({ id }));
      assert.equal(code, 'AF_CLIENT_PARAMETER', message);
    }
    assert.equal((await refused(client.getAgent({ name: '../runs?x' }))).problem?.status, 404);
  });

  it('puts each parameter where its route has it', async () => {
    const asked: string[] = [];
    const silent = createClient({
      url: 'http://platform.test/behind/',
      fetch: async (url, { method = '', headers } = {}) => {
        const own = Object.entries(headers ?? {}).filter(([name]) => name !== 'idempotency-key');
        asked.push(`${method} ${new Request(url).url} ${JSON.stringify(Object.fromEntries(own))}`);
        return new Response(null, { status: 204 });
      },
    });
    await silent.removeAgent({ name: 'a b/c?', 'if-match': '"1"' });
    await silent.getRunTelemetry({ group: ['name', 'code'], by: 'day', name: undefined });
    assert.deepEqual(asked, [
      'DELETE http://platform.test/behind/api/v1/agents/a%20b%2Fc%3F {"if-match":"\\"1\\""}',
      'GET http://platform.test/behind/api/v1/telemetry/runs?group=name&group=code&by=day {}',
    ]);
  });

  it('passes entity tags both ways', async () => {
    const { headers } = await client.call('getAgent', { name: 'echo' });
    const etag = headers.get('etag') ?? '';
    const again = await client.call('getAgent', { name: 'echo' }, { headers: { 'if-none-match': etag } });
    assert.deepEqual([again.status, again.body], [304, undefined]);
    await client.putAgent({ name: 'tagged', 'if-none-match': '*', body });
    const taken = await refused(
      client.putAgent({ name: 'tagged', 'if-none-match': '*', body: { ...body, description: 'x' } }),
    );
    assert.equal(taken.problem?.status, 412);
  });

  it('goes through all pages', async () => {
    const started = new Set<string>();
    for (let at = 0; at < 7; at++)
      started.add((await client.startRun({ wait: true, body: { agent: 'echo', input: `${at}` } })).id);
    const found = new Set<string>();
    for await (const { id } of client.each('listRuns', { agent: 'echo', limit: 2 })) found.add(id);
    assert.deepEqual(
      [...started].filter((id) => !found.has(id)),
      [],
    );
    const [id = ''] = started;
    const seen: number[] = [];
    for await (const { seq } of client.each('listRunEvents', { id, limit: 2 })) seen.push(seq);
    assert.deepEqual(
      seen,
      (await client.listRunEvents({ id })).events.map(({ seq }) => seq),
    );
    for await (const { id: first } of client.each('listRuns', { limit: 1 })) {
      assert.equal(first, (await client.listRuns({ limit: 1 })).runs[0]?.id);
      break;
    }
    const blind = client.each('listRuns', { limit: 2, fields: 'status' })[Symbol.asyncIterator]();
    const all = async (): Promise<void> => {
      while (!(await blind.next()).done);
    };
    assert.equal((await refused(all())).code, 'AF_CLIENT_PARAMETER');
  });

  for (const [how, lose] of [
    ['is cut', () => network.drop()],
    ['falls silent', () => network.fallSilent()],
  ] as const)
    it(`follows a run to its end though the connection ${how}, and gives each event once`, async () => {
      const id = await waiting();
      const before = network.connections;
      const events: RunEvent[] = [];
      for await (const event of client.followRun({ id }, { idleMs: 1000 })) {
        events.push(event);
        if (event.type !== 'run.waiting') continue;
        lose();
        await agree(id);
      }
      assert.ok(network.connections > before);
      const kept = await createClient(platform).listRunEvents({ id });
      assert.deepEqual(events, kept.events);
      assert.equal(events.at(-1)?.type, 'run.succeeded');
    });

  it('follows a run that has ended, from where it is asked to', async () => {
    const { id, lastSeq } = await client.startRun({ wait: true, body: { agent: 'echo', input: 'Hi.' } });
    const after = async (from: number): Promise<number[]> => {
      const seen: number[] = [];
      for await (const { seq } of client.followRun({ id, after: from })) seen.push(seq);
      return seen;
    };
    assert.deepEqual(await after(lastSeq - 2), [lastSeq - 1, lastSeq]);
    assert.deepEqual(await after(lastSeq), []);
    const raw: string[] = [];
    for await (const { event } of client.streamRun({ id })) raw.push(event ?? '');
    assert.equal(raw.length, lastSeq);
    const gone = client.followRun({ id: 'run_none' })[Symbol.asyncIterator]();
    assert.equal((await refused(gone.next())).code, 'AF_RUN_NOT_FOUND');
  });

  it('ends a call and a stream by their signal, with its reason', async () => {
    const id = await waiting();
    const stop = new AbortController();
    const reason = new Error('enough');
    await assert.rejects(async () => {
      for await (const { type } of client.followRun({ id }, { signal: stop.signal }))
        if (type === 'run.waiting') stop.abort(reason);
    }, reason);
    await assert.rejects(client.getRun({ id }, { signal: AbortSignal.abort(reason) }), reason);
    await client.cancelRun({ id });
  });

  it('carries out once what it sends again because the answer was lost', async () => {
    const count = async (): Promise<number> => (await client.listKeys()).keys.length;
    const before = await count();
    network.loseAnswer();
    // The key of a key is answered once and kept by nobody; that it was made is.
    const { code } = await refused(client.createKey({ body: { name: 'lost' } }));
    assert.equal(code, 'AF_HTTP_IDEMPOTENCY_DONE');
    assert.equal(await count(), before + 1);
    network.loseAnswer();
    const run = await client.startRun({ wait: true, body: { agent: 'echo', input: 'only once' } });
    const { runs } = await client.listRuns({ agent: 'echo' });
    assert.deepEqual(
      runs.filter(({ input }) => JSON.stringify(input).includes('only once')).map(({ id }) => id),
      [run.id],
    );
  });

  it('says so when there is no answer, or none of a platform', async () => {
    network.loseAnswer();
    const lost = await refused(client.getHealth({}, { retries: 0 }));
    assert.deepEqual([lost.code, lost.retryable], ['AF_CLIENT_UNREACHABLE', true]);
    const late = await refused(
      client.startRun({ wait: true, body: { workflow: 'ask', input: null } }, { timeoutMs: 1 }),
    );
    assert.equal(late.code, 'AF_CLIENT_TIMEOUT');
    const strange = createClient({
      url: platform.url,
      fetch: async () => new Response('<p>', { status: 404 }),
    });
    assert.equal((await refused(strange.getHealth())).code, 'AF_CLIENT_ANSWER');
    const path = '/api/v1/health';
    const none = createClient(platform).events({ method: 'GET', path })[Symbol.asyncIterator]();
    assert.match((await refused(none.next())).message, /^\/api\/v1\/health .*no stream of events/);
  });

  it('waits as long as a platform says that is asked too often', async () => {
    const limited = await bootPlatform({
      rateLimits: [{ by: 'user', classes: ['read'], limit: 1, seconds: 3 }],
    });
    try {
      const statuses: number[] = [];
      const patient = createClient({
        ...limited,
        retries: 5,
        fetch: async (...asked) => {
          const response = await fetch(...asked);
          statuses.push(response.status);
          return response;
        },
      });
      await patient.listRuns();
      await patient.listRuns();
      assert.deepEqual([statuses[0], statuses[1], statuses.at(-1)], [200, 429, 200]);
      const impatient = await refused(patient.listRuns({}, { retries: 0 }));
      assert.equal(impatient.code, 'AF_HTTP_RATE_LIMITED');
      assert.ok([1000, 2000, 3000].includes(impatient.retryAfterMs ?? 0), String(impatient.retryAfterMs));
    } finally {
      await limited.kernel.close();
    }
  });
});
