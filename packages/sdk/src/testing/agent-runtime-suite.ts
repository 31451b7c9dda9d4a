import assert from 'node:assert/strict';
import type { AgentRuntime, RunRequest } from '../contracts/agent-runtime.ts';
import { defaultTenant } from '../contracts/tenant-storage.ts';
import type { LanguageModel } from '../contracts/language-model.ts';
import type { Tool } from '../contracts/tool.ts';
import type { AgentDefinition } from '../domain/agent.ts';
import type { Message } from '../domain/message.ts';
import { answerOf, type Run } from '../domain/run.ts';
import { checkJournal, collect, finish, type RuntimeTest } from './agent-runtime-check.ts';
import { suiteAgents, suiteModels, suiteTools } from './agent-runtime-parts.ts';
import { cancelling, limiting } from './agent-runtime-stop-cases.ts';
import type { ConformanceSuite } from './conformance.ts';

/** What the suite needs a runtime to be made of. */
export interface AgentRuntimeSuiteParts {
  readonly agents: readonly AgentDefinition[];
  readonly tools: readonly Tool[];
  readonly models: readonly LanguageModel[];
}

/** A runtime under test, and its end. */
export interface AgentRuntimeUnderTest {
  readonly runtime: AgentRuntime;
  close(): Promise<void>;
}

/** What every {@link AgentRuntime} must do. `create` makes one, with a journal of its own, for each case. */
export function agentRuntimeSuite(
  create: (parts: AgentRuntimeSuiteParts) => Promise<AgentRuntimeUnderTest>,
): ConformanceSuite {
  const parts = { agents: suiteAgents, tools: suiteTools, models: suiteModels };
  const test: RuntimeTest = (name, body) => ({
    name,
    async run() {
      const { runtime, close } = await create(parts);
      try {
        await body(runtime.tenant(defaultTenant), runtime);
      } finally {
        await close();
      }
    },
  });
  return [...running(test), ...failing(test), ...limiting(test), ...cancelling(test), ...recording(test)];
}

function running(test: RuntimeTest): ConformanceSuite {
  return [
    test('lists its agents and tools by name, as data', async (_tenant, runtime) => {
      const agents = runtime.agents().map(({ name }) => name);
      assert.deepEqual(agents, suiteAgents.map(({ name }) => name).sort());
      assert.deepEqual(JSON.parse(JSON.stringify(runtime.agents())), runtime.agents());
      assert.deepEqual(JSON.parse(JSON.stringify(runtime.tools())), runtime.tools());
    }),
    test('answers a question', async (runtime) => {
      const run = await finish(runtime, { agent: 'plain', input: 'Hello' });
      assert.equal(run.status, 'succeeded');
      assert.equal(run.output, 'You said: Hello');
      assert.equal(run.turns, 1);
      assert.deepEqual(run.usage, { inputTokens: 2, outputTokens: 3 });
    }),
    test('goes on with a conversation', async (runtime) => {
      const input = [
        { role: 'user', content: 'Hello' },
        { role: 'assistant', content: 'Hi' },
        { role: 'user', content: 'Again' },
      ] as const;
      const run = await finish(runtime, { agent: 'plain', input });
      assert.equal(run.output, 'You said: Again');
      assert.equal(run.usage.inputTokens, 4);
    }),
    test('calls tools, the calls of one answer at once, and tells the model their results in order', async (runtime) => {
      const run = await finish(runtime, { agent: 'caller', input: 'meet,meet,add' });
      assert.equal(run.status, 'succeeded', run.error?.message);
      assert.equal(run.output, 'meet: "met" | meet: "met" | add: {"sum":3}');
      assert.equal(run.toolCalls, 3);
      assert.equal(run.turns, 2);
    }),
    test('keeps the citations that the answer names, in the order it names them', async (runtime) => {
      const run = await finish(runtime, { agent: 'caller', input: 'cite' });
      assert.deepEqual(run.citations, [
        { source: 'b.md', line: 7, endLine: 9, quote: 'B' },
        { source: 'a.md', line: 3 },
      ]);
    }),
    test('gives the first run again for the same idempotency key, also to two starts at once', async (runtime) => {
      const request: RunRequest = { agent: 'plain', input: 'Hello', idempotencyKey: 'order-7' };
      const [first, second] = await Promise.all([runtime.start(request), runtime.start(request)]);
      assert.equal(first.id, second.id);
      await runtime.wait(first.id);
      assert.equal((await runtime.start(request)).id, first.id);
      assert.notEqual((await runtime.start({ ...request, idempotencyKey: 'order-8' })).id, first.id);
      assert.equal((await runtime.list()).length, 2);
    }),
  ];
}

function failing(test: RuntimeTest): ConformanceSuite {
  const told = (name: string, plan: string, code: string): ConformanceSuite[number] =>
    test(name, async (runtime) => {
      const run = await finish(runtime, { agent: 'caller', input: plan });
      assert.equal(run.status, 'succeeded', run.error?.message);
      assert.match(answerOf(run), new RegExp(`failed: .*\\(${code}\\)`));
    });
  return [
    told('tells the model that a tool failed', 'break', 'AF_TEST_BROKEN'),
    told('tells the model that a tool threw something else', 'throw', 'AF_TOOL_FAILED'),
    told('tells the model that a tool took too long', 'sleep', 'AF_TOOL_TIMEOUT'),
    told('tells the model that there is no such tool', 'nothing', 'AF_TOOL_UNKNOWN'),
    told('tells the model that an input is invalid', 'add:wrong', 'AF_TOOL_INPUT_INVALID'),
    told('tells the model that arguments are malformed', 'add:malformed', 'AF_TOOL_INPUT_MALFORMED'),
    told('tells the model that a result does not fit its schema', 'lie', 'AF_TOOL_OUTPUT_INVALID'),
    told('tells the model that a result is far too large', 'flood', 'AF_TOOL_RESULT_TOO_LARGE'),
    test('fails with the error of the model', async (runtime) => {
      const run = await finish(runtime, { agent: 'unlucky', input: 'Hello' });
      assert.equal(run.status, 'failed');
      assert.equal(run.error?.code, 'AF_TEST_MODEL_DOWN');
      assert.equal(run.error.fix, 'Bring it up.');
    }),
    test('asks the next model that is available when one fails', async (runtime) => {
      const run = await finish(runtime, { agent: 'careful', input: 'Hello' });
      assert.equal(run.output, 'You said: Hello');
      assert.equal(run.turns, 1);
    }),
    test('refuses an agent none of whose models is available, and says why', async (runtime) => {
      await assert.rejects(runtime.start({ agent: 'mute', input: 'Hello' }), {
        code: 'AF_AGENT_NO_MODEL',
        status: 503,
      });
      assert.deepEqual(await runtime.list(), []);
    }),
    test('refuses an unknown agent', async (runtime) => {
      await assert.rejects(runtime.start({ agent: 'plane', input: 'Hello' }), {
        code: 'AF_AGENT_UNKNOWN',
        status: 404,
      });
    }),
    test('refuses an empty input, and one that is no conversation', async (runtime) => {
      const wrong: readonly (string | readonly Message[])[] = [
        '',
        '  \n',
        [],
        [{ role: 'assistant', content: 'Hi' }],
        [{ role: 'system', content: 'Obey.' }],
        [{ role: 'user', content: '' }],
        'x'.repeat(1_000_001),
      ];
      for (const input of wrong) {
        await assert.rejects(runtime.start({ agent: 'plain', input }), {
          code: 'AF_RUN_INPUT_INVALID',
          status: 400,
        });
      }
    }),
    test('says so when there is no such run', async (runtime) => {
      const missing = { code: 'AF_RUN_NOT_FOUND', status: 404 };
      await assert.rejects(runtime.get('run_none'), missing);
      await assert.rejects(runtime.wait('run_none'), missing);
      await assert.rejects(runtime.cancel('run_none'), missing);
      await assert.rejects(collect(runtime, 'run_none'), missing);
    }),
  ];
}

function recording(test: RuntimeTest): ConformanceSuite {
  return [
    test('numbers the events without gaps, and a run can be rebuilt from them', async (runtime) => {
      for (const [agent, input] of [
        ['plain', 'Hello'],
        ['caller', 'meet,meet,add'],
        ['caller', 'break,nothing,add:wrong,cite'],
        ['unlucky', 'Hello'],
        ['careful', 'Hello'],
      ] as const) {
        await checkJournal(runtime, await finish(runtime, { agent, input, metadata: { a: [1] } }));
      }
    }),
    test('writes what it is about to do before it does it', async (runtime) => {
      const { id } = await finish(runtime, { agent: 'caller', input: 'add' });
      assert.deepEqual(
        (await collect(runtime, id)).map(({ type }) => type),
        [
          'run.created',
          'run.started',
          'model.requested',
          'model.responded',
          'tool.started',
          'tool.finished',
          'model.requested',
          'model.responded',
          'run.succeeded',
        ],
      );
    }),
    test('follows the events from any of them on, and ends after the last', async (runtime) => {
      const { id } = await runtime.start({ agent: 'caller', input: 'add' });
      const all = await collect(runtime, id);
      assert.equal(all.at(-1)?.type, 'run.succeeded');
      assert.deepEqual(await collect(runtime, id, 4), all.slice(4));
    }),
    test('streams the answer in pieces that make up the whole', async (runtime) => {
      const run = await finish(runtime, { agent: 'plain', input: 'word '.repeat(400), stream: true });
      const events = await collect(runtime, run.id);
      const pieces = events.flatMap((event) => (event.type === 'message.delta' ? [event.data.text] : []));
      assert.equal(pieces.join(''), run.output);
      assert.ok(pieces.length > 1 && pieces.length < 40, `${pieces.length} pieces`);
      await checkJournal(runtime, run);
    }),
    test('lists runs, newest first, by agent and status, page by page', async (runtime) => {
      const ids: string[] = [];
      for (const agent of ['plain', 'unlucky', 'plain'])
        ids.unshift((await finish(runtime, { agent, input: 'x' })).id);
      const idsOf = (runs: readonly Run[]): readonly string[] => runs.map(({ id }) => id);
      const listed = idsOf(await runtime.list());
      assert.deepEqual([...listed].sort(), [...ids].sort());
      assert.equal((await runtime.list({ subject: { kind: 'agent', name: 'plain' } })).length, 2);
      assert.deepEqual(idsOf(await runtime.list({ status: ['failed'] })), [ids[1]]);
      const [first = ''] = idsOf(await runtime.list({ limit: 1 }));
      assert.deepEqual([first, ...idsOf(await runtime.list({ before: first }))], listed);
    }),
  ];
}
