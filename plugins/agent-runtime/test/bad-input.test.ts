import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  Journal,
  type DefinitionKind,
  type RunRequest,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import { type Run, type RunEvent, type ToolCall } from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { dataOf, tool } from './support/run-workflow.ts';

const call = (name: string, input: JsonObject = {}, more: Partial<ToolCall> = {}): ToolCall => ({
  id: name,
  name,
  input,
  ...more,
});
const agent = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  instructions: 'Help.',
  model: 'test/any',
  ...more,
});
const impossible = { type: 'object', properties: { n: { minimum: 3, maximum: 1 } }, required: ['n'] };

/** What a provider may do: the beginning of an answer, and then something else. */
const providers: Readonly<Record<string, (response: ServerResponse) => void>> = {
  silent: () => {},
  malformed: (response) => response.end('data: {"choices": [{"delta":\n\n'),
  cut: (response) => response.destroy(),
};

/** An answer that is given when the test wants it, once it was asked for. */
function held(): { begun(): Promise<string>; readonly answer: Promise<(text: string) => void> } {
  const asked = Promise.withResolvers<(text: string) => void>();
  return {
    begun: () => new Promise((resolve) => asked.resolve(resolve)),
    answer: asked.promise,
  };
}

describe('bad input', () => {
  let kernel: TestKernel;
  let runs: TenantRuntime;
  let server: Server;
  /** What the model says, and what it was asked in this run. */
  let say: (asked: number) => string | readonly ToolCall[] | Promise<string>;
  let asked = 0;

  before(async () => {
    server = createServer((request, response) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        const { model } = JSON.parse(body) as { readonly model: string };
        if (model === 'small') {
          const error = { message: 'Too long.', code: 'context_length_exceeded' };
          response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
          return;
        }
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        const begun = { choices: [{ index: 0, delta: { role: 'assistant', content: 'Well' } }] };
        response.write(`data: ${JSON.stringify(begun)}\n\n`, () => providers[model]?.(response));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo; // it listens on a port
    const baseUrl = `http://127.0.0.1:${port}/v1`;
    kernel = await bootRuntime({
      agents: [
        agent('asker', { tools: ['look', 'pay'], approvals: { pay: 'always' } }),
        agent('desk', { handoffs: [{ target: 'sales' }, { target: 'asker' }] }),
        agent('sales'),
        agent('silent', { model: 'hurried/silent' }),
        ...['malformed', 'cut', 'small'].map((model) => agent(model, { model: `remote/${model}` })),
      ],
      models: [functionModel('test', () => say((asked += 1)))],
      tools: [
        { ...tool('look', ({ give = 'a text' }) => give), output: { type: 'string' } },
        tool('pay', () => 'paid', 'write'),
      ],
      plugins: [
        {
          use: '@agent-factory/plugin-llm-compatible',
          config: {
            servers: {
              remote: { baseUrl, retry: { times: 0 } },
              hurried: { baseUrl, retry: { times: 0 }, timeouts: { idleMs: 60 } },
            },
          },
        },
      ],
    });
    runs = kernel.use(AgentRuntime).tenant(defaultTenant);
  });
  after(async () => {
    await kernel?.close();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    asked = 0;
  });

  const eventsOf = (id: string): Promise<readonly RunEvent[]> =>
    kernel.use(Journal).tenant(defaultTenant).read(id);
  /** A run once it is settled, and its journal. */
  const ended = async (request: RunRequest): Promise<{ run: Run; events: readonly RunEvent[] }> => {
    const run = await runs.wait((await runs.start(request)).id);
    return { run, events: await eventsOf(run.id) };
  };
  /** A definition is refused with this place and these words. */
  const refused = (
    kind: DefinitionKind,
    definition: JsonObject,
    path: string,
    words: RegExp,
  ): Promise<void> =>
    assert.rejects(runs.definitions.put(kind, definition), (error) => {
      assert.ok(isAgentFactoryError(error, 'AF_DEFINITION_INVALID'), String(error));
      const problems = error.details['problems'] as readonly {
        path: string;
        message: string;
        fix?: string;
      }[];
      const found = problems.find((problem) => problem.path === path);
      assert.match(found?.message ?? JSON.stringify(problems), words);
      return true;
    });
  /** How the calls of a run ended that were refused or failed: codes, in order. */
  const codesOf = (events: readonly RunEvent[]): readonly string[] =>
    dataOf(events, 'tool.finished').map(({ error }) => error?.code ?? 'done');
  const flow = (nodes: readonly JsonObject[], edges: readonly (readonly [string, string])[]): JsonObject => ({
    name: 'bad',
    version: '1.0.0',
    start: 'a',
    nodes: [...nodes],
    edges: edges.map(([from, to]) => ({ from, to })),
  });

  it('an unknown tool is refused where it is named', async () => {
    await refused(
      'agent',
      agent('bad', { tools: ['lok'] }),
      '/tools/0',
      /no active plugin offers the tool "lok"/,
    );
    const nodes = [{ id: 'a', type: 'tool', tool: 'lok' }];
    await refused('workflow', flow(nodes, []), '/nodes/0/tool', /"lok"/);
  });

  it('a circle without a bound is refused with the way it takes', async () => {
    const nodes = ['a', 'b', 'c'].map((id) => ({ id, type: 'wait', forMs: 1 }));
    const circle = flow(nodes, [
      ['a', 'b'],
      ['b', 'c'],
      ['c', 'b'],
    ]);
    await assert.rejects(runs.definitions.put('workflow', circle), {
      code: 'AF_DEFINITION_INVALID',
      message: /without a bound: b → c → b/,
    });
  });

  it('a circle of agents that ask one another ends with a code', async () => {
    await runs.definitions.change([
      { kind: 'agent', name: 'one', definition: agent('one', { agents: ['two'] }) },
      { kind: 'agent', name: 'two', definition: agent('two', { agents: ['one'] }) },
    ]);
    say = (turn) =>
      turn <= 20 ? [call(turn % 2 === 1 ? 'ask_two' : 'ask_one', { message: 'You.' })] : 'Enough.';
    const { run } = await ended({ agent: 'one', input: 'x' });
    assert.equal(run.status, 'succeeded');
    const codes: string[] = [];
    for (let id: string | undefined = run.id; id !== undefined;) {
      const events: readonly RunEvent[] = await eventsOf(id);
      codes.push(...codesOf(events));
      id = dataOf(events, 'child.started')[0]?.runId;
    }
    assert.ok(codes.includes('AF_RUN_TOO_DEEP'), codes.join(' '));
  });

  it('a schema that no value satisfies is refused where it contradicts itself', async () => {
    await refused(
      'agent',
      agent('bad', { output: impossible }),
      '/output/properties/n/minimum',
      /above maximum 1/,
    );
    const node = { id: 'a', type: 'agent', agent: 'sales', outputSchema: impossible };
    await refused(
      'workflow',
      flow([node], []),
      '/nodes/0/outputSchema/properties/n/minimum',
      /above maximum 1/,
    );
  });

  it('a result that the schema of its tool forbids is an error of the call', async () => {
    say = (turn) => (turn === 1 ? [call('look', { give: 5 })] : 'Seen.');
    const { run, events } = await ended({ agent: 'asker', input: 'x' });
    assert.deepEqual([run.status, codesOf(events)], ['succeeded', ['AF_TOOL_OUTPUT_INVALID']]);
    assert.equal(dataOf(events, 'tool.finished')[0]?.output, undefined, 'what does not fit is not kept');
  });

  it('a call of a tool that is not there, or with broken JSON, is refused before it begins', async () => {
    say = (turn) =>
      turn === 1 ? [call('lok'), call('look', {}, { malformed: '{"give": ' })] : 'I am sorry.';
    const { run, events } = await ended({ agent: 'asker', input: 'x' });
    assert.deepEqual(codesOf(events), ['AF_TOOL_UNKNOWN', 'AF_TOOL_INPUT_MALFORMED']);
    assert.deepEqual(dataOf(events, 'tool.started'), []);
    assert.equal(run.output, 'I am sorry.');
  });

  it('an endless loop of tools ends at a limit', async () => {
    say = (turn) => [call('look', {}, { id: `c${turn}` })];
    const { run, events } = await ended({ agent: 'asker', input: 'x', limits: { turns: 3 } });
    assert.equal(run.error?.code, 'AF_RUN_LIMIT_TURNS');
    assert.equal(dataOf(events, 'run.failed')[0]?.error.code, 'AF_RUN_LIMIT_TURNS');
    const { run: called } = await ended({ agent: 'asker', input: 'x', limits: { toolCalls: 2 } });
    assert.equal(called.error?.code, 'AF_RUN_LIMIT_TOOL_CALLS');
  });

  for (const [model, code, what] of [
    ['silent', 'AF_MODEL_TIMEOUT', 'says nothing more in the middle of its answer'],
    ['malformed', 'AF_MODEL_RESPONSE_INVALID', 'sends events that cannot be read'],
    ['cut', 'AF_MODEL_STREAM_BROKEN', 'breaks off in the middle of its answer'],
    ['small', 'AF_MODEL_CONTEXT_OVERFLOW', 'is asked more than its model can read'],
  ] as const) {
    it(`a provider that ${what} fails the question and the run`, async () => {
      const { run, events } = await ended({ agent: model, input: 'x', stream: true });
      assert.deepEqual([run.status, run.error?.code], ['failed', code], JSON.stringify(run.error));
      const [failed] = dataOf(events, 'model.failed');
      assert.deepEqual([failed?.error.code, failed?.willRetry], [code, false]);
      assert.deepEqual(dataOf(events, 'model.responded'), []);
    });
  }

  it('of two hand-offs at once the first is followed, and the other refused', async () => {
    say = (turn) => (turn === 1 ? [call('transfer_to_sales'), call('transfer_to_asker')] : 'Sold.');
    const { run, events } = await ended({ agent: 'desk', input: 'x' });
    assert.equal(run.output, 'Sold.');
    assert.deepEqual(codesOf(events).toSorted(), ['AF_HANDOFF_SECOND', 'done']);
    assert.deepEqual(
      dataOf(events, 'handoff').map(({ to }) => to.name),
      ['sales'],
    );
  });

  it('an approval that is given twice counts once, and what has ended is not resumed', async () => {
    const { begun, answer: reply } = held();
    say = (turn) => (turn === 1 ? [call('pay')] : begun());
    const { run } = await ended({ agent: 'asker', input: 'x' });
    assert.equal(run.status, 'waiting');
    const answer = { approvalId: 'pay', outcome: 'approved' } as const;
    await runs.approve(run.id, answer);
    await assert.rejects(runs.approve(run.id, { ...answer, outcome: 'rejected' }), {
      code: 'AF_APPROVAL_RESOLVED',
    });
    (await reply)('Paid.');
    assert.equal((await runs.wait(run.id)).output, 'Paid.');
    const events = await eventsOf(run.id);
    assert.equal(dataOf(events, 'approval.resolved').length, 1);
    assert.equal(dataOf(events, 'tool.started').length, 1);
    for (const late of [
      () => runs.approve(run.id, answer),
      () => runs.decide(run.id, { callId: 'pay', outcome: 'repeat' }),
      () => runs.send(run.id, { name: 'go' }),
    ]) {
      await assert.rejects(late(), { code: 'AF_RUN_ENDED' });
    }
    assert.equal((await runs.cancel(run.id, 'Late.')).status, 'succeeded', 'there is nothing to cancel');
    assert.equal((await eventsOf(run.id)).length, events.length, 'nothing was added');
  });

  it('a definition that changes while its runs are in flight changes none of them', async () => {
    const { begun, answer } = held();
    await runs.definitions.put('agent', agent('changing'));
    say = begun;
    const { id, subject } = await runs.start({ agent: 'changing', input: 'x' });
    const { hash } = await runs.definitions.put('agent', agent('changing', { tools: ['look'] }));
    await runs.definitions.remove('agent', 'changing');
    (await answer)('Done.');
    const run = await runs.wait(id);
    assert.deepEqual([run.output, run.subject], ['Done.', subject]);
    assert.notEqual(subject.hash, hash);
    assert.equal(dataOf(await eventsOf(id), 'run.created')[0]?.subject.hash, subject.hash);
  });
});
