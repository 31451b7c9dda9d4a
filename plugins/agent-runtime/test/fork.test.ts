import assert from 'node:assert/strict';
import { isAgentFactoryError, type ErrorCode, type JsonObject } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  Journal,
  RunReplay,
  type ForkRequest,
  type TenantJournal,
  type TenantReplay,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import { answerOf, textOf, type Run, type RunEvent, type Workflow } from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { flow, tool } from './support/run-workflow.ts';

const base = { instructions: 'Be brief.', model: 'test/plain' } as const;

const workflow: Workflow = flow({
  name: 'steps',
  start: 'first',
  nodes: [
    { id: 'first', type: 'tool', tool: 'look', input: { at: '"first"' } },
    { id: 'ok', type: 'approval', prompt: 'Go on?', timeoutMs: 60_000 },
    { id: 'ask', type: 'agent', agent: 'caller', input: { message: '"Well?"' } },
  ],
  edges: [
    { from: 'first', to: 'ok' },
    { from: 'ok', to: 'ask' },
  ],
});

describe('a fork of a run', () => {
  let kernel: TestKernel;
  let runs: TenantRuntime;
  let replay: TenantReplay;
  let journal: TenantJournal;
  /** What models and tools were asked. */
  const asked: string[] = [];

  before(async () => {
    kernel = await bootRuntime({
      agents: [
        { ...base, name: 'caller', tools: ['look'] },
        { ...base, name: 'desk', handoffs: [{ target: 'caller' }] },
        { ...base, name: 'asker', agents: ['caller'] },
        { ...base, name: 'minded', memory: {} },
      ],
      models: [
        functionModel('test', ({ model, messages, tools = [] }) => {
          asked.push(model);
          const [system] = messages;
          const last = messages.at(-1);
          if (last?.role === 'tool' && last.name === 'look') return `${model}: ${textOf(last)}`;
          const called = tools.find(({ name }) => name !== 'transfer_to_nobody');
          if (called && last?.role === 'user') {
            const input: JsonObject =
              called.name === 'look'
                ? { at: textOf(last) }
                : called.name.startsWith('ask_')
                  ? { message: 'Please.' }
                  : {};
            return [{ id: `c${messages.length}`, name: called.name, input }];
          }
          if (last?.role === 'tool' && called?.name === 'look')
            return [{ id: 'again', name: 'look', input: { at: 'handed' } }];
          return `${system ? textOf(system) : ''} ${model} ${last ? textOf(last) : ''}`;
        }),
      ],
      tools: [
        tool('look', ({ at = null }) => {
          asked.push(`look ${JSON.stringify(at)}`);
          return `seen ${JSON.stringify(at)} ${asked.length}`;
        }),
        tool('peek', () => 'peeked'),
      ],
      workflows: [workflow],
      plugins: ['@agent-factory/plugin-memory-sql', '@agent-factory/plugin-routing-expression'],
      leaseMs: 10_000,
    });
    runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    replay = kernel.use(RunReplay).tenant(defaultTenant);
    journal = kernel.use(Journal).tenant(defaultTenant);
  });
  after(() => kernel?.close());
  beforeEach(() => {
    asked.length = 0;
  });

  const done = async (request: Parameters<TenantRuntime['start']>[0]): Promise<Run> =>
    runs.wait((await runs.start(request)).id);
  const fork = async (
    id: string,
    request: ForkRequest,
  ): Promise<{
    readonly run: Run;
    readonly events: readonly RunEvent[];
    readonly from: number;
    readonly step: string;
  }> => {
    asked.length = 0;
    const { run, from, step } = await replay.fork(id, request);
    const ended = await runs.wait(run.id);
    const report = await replay.replay(run.id);
    const events = await journal.read(run.id);
    assert.equal(report.events, events.length, 'a fork can be replayed');
    assert.equal(await journal.verify(run.id), undefined);
    return { run: ended, events, from, step };
  };
  const refused = (request: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> =>
    assert.rejects(request, (error: unknown) => {
      assert.ok(isAgentFactoryError(error, code), String(error));
      assert.match(error.message, message);
      return true;
    });

  it('with another model begins at the first question, and names its origin', async () => {
    const origin = await done({ agent: 'caller', input: 'x' });
    const forked = await fork(origin.id, { overrides: { model: 'test/other' } });
    assert.deepEqual([forked.from, forked.step], [3, 'model.requested']);
    assert.deepEqual(forked.run.forkOf, { runId: origin.id, seq: 3, shared: 2 });
    assert.equal(forked.run.output, 'other: seen "x" 2');
    assert.deepEqual(asked, ['other', 'look "x"', 'other']);
    assert.equal((await runs.get(origin.id)).output, origin.output);
  });

  it('at a later question shares what came before, and asks nothing of it again', async () => {
    const origin = await done({ agent: 'caller', input: 'x' });
    const forked = await fork(origin.id, {
      seq: 5,
      overrides: { model: 'test/other', instructions: 'Be long.' },
    });
    assert.deepEqual([forked.from, forked.step], [7, 'model.requested']);
    assert.equal(forked.run.output, 'other: seen "x" 2');
    assert.deepEqual(asked, ['other']);
    const [, started] = (await journal.read(origin.id)).filter(({ type }) => type === 'tool.started');
    assert.equal(started, undefined);
    const call = forked.events.find((event) => event.type === 'tool.started');
    assert.equal(call?.data.idempotencyKey, `${forked.run.id}:1:0`);
  });

  it('at a result makes the call again; what had begun and not ended is not shared', async () => {
    const origin = await done({ agent: 'caller', input: 'x' });
    const events = await journal.read(origin.id);
    const seq = events.find(({ type }) => type === 'tool.finished')?.seq ?? 0;
    const forked = await fork(origin.id, { seq });
    assert.deepEqual(asked, ['look "x"', 'plain']);
    assert.equal(forked.run.forkOf?.shared, seq - 2);
    assert.equal(forked.run.status, 'succeeded');
  });

  it('with another input, other tools or other limits is made from where these count', async () => {
    const origin = await done({ agent: 'caller', input: 'x' });
    const other = await fork(origin.id, { overrides: { input: 'y' } });
    assert.deepEqual([other.from, other.run.input], [2, [{ role: 'user', content: 'y' }]]);
    assert.match(JSON.stringify(other.run.output), /seen \\"y\\"/);
    const without = await fork(origin.id, { overrides: { tools: [] } });
    assert.deepEqual([without.from, without.run.toolCalls], [3, 0]);
    const limited = await fork(origin.id, { overrides: { limits: { turns: 1 } } });
    assert.deepEqual([limited.from, limited.run.error?.code], [7, 'AF_RUN_LIMIT_TURNS']);
    assert.deepEqual(asked, []);
    const more = await fork(limited.run.id, { overrides: { limits: { turns: 5 } } });
    assert.deepEqual([more.step, more.run.status], ['run.failed', 'succeeded']);
    assert.deepEqual(asked, ['plain']);
  });

  it('changes the agent that answers there, also after a hand-over', async () => {
    const origin = await done({ agent: 'desk', input: 'x' });
    const events = await journal.read(origin.id);
    const seq = events.findLast(({ type }) => type === 'model.requested')?.seq ?? 0;
    const forked = await fork(origin.id, { seq, overrides: { model: 'test/other' } });
    assert.equal(forked.run.subject.hash, origin.subject.hash);
    assert.match(JSON.stringify(forked.run.output), /^"other: /);
    assert.deepEqual(asked, ['other']);
  });

  it('asks live tools with the recorded model, or the live model with recorded tools, and nothing else', async () => {
    const origin = await done({ agent: 'caller', input: 'x', stream: true });
    const liveTools = await fork(origin.id, { models: 'recorded' });
    assert.deepEqual([liveTools.step, asked], ['tool.started', ['look "x"']]);
    assert.equal(liveTools.run.output, origin.output);
    const deltas = (list: readonly RunEvent[]): readonly string[] =>
      list.flatMap((event) => (event.type === 'message.delta' ? [event.data.text] : []));
    assert.deepEqual(deltas(liveTools.events), deltas(await journal.read(origin.id)));

    const liveModel = await fork(origin.id, { tools: 'recorded', overrides: { model: 'test/other' } });
    assert.deepEqual(asked, ['other', 'other']);
    assert.equal(liveModel.run.output, answerOf(origin).replace('plain', 'other'));

    const both = await fork(origin.id, { seq: 2, models: 'recorded', tools: 'recorded' });
    assert.deepEqual([both.run.output, asked], [origin.output, []]);
  });

  it('never asks the world for what its record has not', async () => {
    const origin = await done({ agent: 'caller', input: 'x' });
    const forked = await fork(origin.id, { tools: 'recorded', overrides: { input: 'y' } });
    assert.deepEqual(asked, ['plain', 'plain']);
    assert.match(JSON.stringify(forked.run.output), /AF_FORK_NOT_RECORDED/);
    const short = await fork(origin.id, { overrides: { tools: [] } });
    const failed = await fork(short.run.id, {
      models: 'recorded',
      overrides: { input: 'z', tools: ['look'] },
    });
    assert.equal(failed.run.status, 'succeeded');
    assert.deepEqual(asked, []);
  });

  it('takes the ends of recorded runs that it would start', async () => {
    const origin = await done({ agent: 'asker', input: 'x' });
    const forked = await fork(origin.id, { seq: 2, models: 'recorded', tools: 'recorded' });
    assert.deepEqual([forked.run.output, asked], [origin.output, []]);
    const live = await fork(origin.id, { seq: 2 });
    assert.equal(live.run.status, 'succeeded');
    assert.ok(asked.length > 2);
  });

  it('of a workflow shares its steps, and asks again what people had answered after that place', async () => {
    const started = await runs.start({ workflow: 'steps', input: null });
    await runs.wait(started.id);
    await runs.approve(started.id, { approvalId: 'ok', outcome: 'approved' });
    const origin = await runs.wait(started.id);
    assert.equal(origin.status, 'succeeded', JSON.stringify(origin.error));
    const events = await journal.read(origin.id);
    const seqOf = (type: RunEvent['type']): number => events.find((event) => event.type === type)?.seq ?? 0;
    const waiting = await fork(origin.id, { seq: seqOf('approval.resolved') });
    assert.deepEqual([waiting.run.status, asked], ['waiting', []]);
    await runs.approve(waiting.run.id, { approvalId: 'ok', outcome: 'rejected', by: 'Ann' });
    assert.equal((await runs.wait(waiting.run.id)).error?.code, 'AF_WORKFLOW_REJECTED');
    const on = await fork(origin.id, { seq: seqOf('child.started') });
    assert.equal(on.run.status, 'succeeded');
    assert.ok(asked.every((what) => what !== 'look "first"'));
  });

  it('reads the conversation and adds nothing to it', async () => {
    const origin = await done({ agent: 'minded', input: 'x', session: 's' });
    const forked = await fork(origin.id, { overrides: { instructions: 'Be long.' } });
    assert.equal(forked.run.status, 'succeeded');
    assert.ok(forked.events.every(({ type }) => type !== 'memory.written'));
  });

  it('with the same key is made once', async () => {
    const origin = await done({ agent: 'caller', input: 'x' });
    const request = { seq: 3, idempotencyKey: 'once' };
    const [a, b] = await Promise.all([replay.fork(origin.id, request), replay.fork(origin.id, request)]);
    assert.equal(a.run.id, b.run.id);
  });

  it('is refused when it cannot be, with what to do', async () => {
    const origin = await done({ agent: 'caller', input: 'x' });
    const { id } = origin;
    const invalid = (request: ForkRequest, message: RegExp): Promise<void> =>
      refused(replay.fork(id, request), 'AF_FORK_INVALID', message);
    await invalid({}, /nothing would be different/);
    await invalid({ seq: 1 }, /no event 1/);
    await invalid({ seq: 999 }, /no event 999/);
    await invalid({ seq: origin.lastSeq, overrides: { model: 'test/other' } }, /no model is asked after/);
    await invalid({ seq: 4, overrides: { input: 'y' } }, /everything rests on the input/);
    await invalid({ overrides: { tools: ['nothing'] } }, /no active plugin|nothing/);
    await invalid({ overrides: { model: 'none/none' } }, /none/);
    await refused(replay.fork('run_none', { seq: 2 }), 'AF_RUN_NOT_FOUND', /run_none/);
    await refused(replay.fork(id, { overrides: { input: '' } }), 'AF_RUN_INPUT_INVALID', /empty/);
    await refused(
      replay.fork(id, { seq: 3, overrides: { limits: { turns: 0 } } }),
      'AF_RUN_LIMIT_INVALID',
      /turns/,
    );
    const steps = await runs.start({ workflow: 'steps', input: null });
    await runs.wait(steps.id);
    await refused(
      replay.fork(steps.id, { seq: 3, overrides: { model: 'test/other' } }),
      'AF_FORK_INVALID',
      /no model is asked|workflow/,
    );
  });
});
