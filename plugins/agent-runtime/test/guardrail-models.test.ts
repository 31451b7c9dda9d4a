import assert from 'node:assert/strict';
import { definePlugin, type InMemoryPlugin } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  Guardrail,
  Journal,
  passed,
  RunReplay,
} from '@agent-factory/sdk/contracts';
import { textOf, type AgentDefinition, type GuardrailStage, type RunEvent } from '@agent-factory/sdk/domain';
import { functionModel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { call, tool } from './support/scripted-runtime.ts';
import { withoutSockets } from './support/socket-guard.ts';

const stages: readonly GuardrailStage[] = ['input', 'toolCall', 'toolResult', 'output'];

/** Asks a model whether something may go on; lets it pass when the model does not answer. */
const judge = testPlugin('judge', [Guardrail], (ctx) => {
  ctx.contribute(Guardrail, {
    name: 'judge',
    description: 'Asks a model.',
    stages,
    settings: { type: 'object' },
    async prepare() {
      return {
        async check({ value }, services) {
          const content = JSON.stringify(value);
          const question = { messages: [{ role: 'user', content }] } as const;
          const answer = await services?.askModel?.('test/judge', question).catch(() => undefined);
          if (answer?.message.content === 'odd') return { verdict: 'ask', code: 'odd', reason: 'who knows' };
          if (answer?.message.content !== 'bad') return passed;
          return { verdict: 'block', code: 'bad', reason: 'a model says so' };
        },
      };
    },
  });
});

const guarded: AgentDefinition = {
  name: 'guarded',
  instructions: 'x',
  model: 'test/any',
  tools: ['look'],
  guardrails: [{ use: 'judge' }],
};

const careful: AgentDefinition = {
  ...guarded,
  name: 'careful',
  limits: { turns: 2 },
  guardrails: [{ use: 'judge', stages: ['input'] }],
};

/** Always has a person look. */
const person: InMemoryPlugin = {
  manifest: { ...judge.manifest, id: 'person', name: 'person' },
  plugin: definePlugin({
    setup(ctx) {
      ctx.contribute(Guardrail, {
        name: 'person',
        description: 'Asks a person.',
        stages,
        settings: { type: 'object' },
        prepare: async () => ({ check: () => ({ verdict: 'ask', code: 'always', reason: 'it is asked' }) }),
      });
    },
  }),
};

const twice: AgentDefinition = {
  ...guarded,
  name: 'twice',
  guardrails: ['judge', 'person'].map((use) => ({ use, stages: ['input'] as const })),
};

describe('a guardrail that asks a model', () => {
  let kernel: TestKernel;
  let asked = 0;
  before(async () => {
    kernel = await bootRuntime({
      agents: [guarded, careful, twice],
      plugins: [judge, person],
      tools: [tool('look', { effect: 'read' })],
      models: [
        functionModel('test', ({ model, messages }) => {
          asked += 1;
          const last = messages.at(-1);
          const told = last ? textOf(last) : '';
          if (model !== 'judge') return last?.role === 'tool' ? told : [call('look', { at: told }, 'c')];
          if (told.includes('broken')) throw new Error('it is down');
          if (told.includes('strange')) return 'odd';
          return told.includes('evil') ? 'bad' : 'good';
        }),
      ],
    });
  });
  after(() => kernel?.close());

  for (const [input, status] of [
    ['kind', 'succeeded'],
    ['evil', 'failed'],
    ['broken', 'succeeded'],
  ] as const)
    it(`has its questions and answers in the journal, and a replay asks none: ${input}`, async () => {
      const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
      const run = await runs.wait((await runs.start({ agent: 'guarded', input })).id);
      assert.equal(run.status, status, JSON.stringify(run.error));
      const events: readonly RunEvent[] = await kernel.use(Journal).tenant(defaultTenant).read(run.id);
      const paths = events.flatMap(({ type, data }) =>
        type === 'model.requested' && data.path !== undefined ? [data.path] : [],
      );
      const all = ['guardrail.input.judge', 'c!guardrail.toolCall.judge'];
      const rest = ['c!guardrail.toolResult.judge', 'guardrail.output.judge'];
      assert.deepEqual(paths, input === 'evil' ? all.slice(0, 1) : [...all, ...rest]);
      const before = asked;
      const { tried } = await withoutSockets(async () => {
        const report = await kernel.use(RunReplay).tenant(defaultTenant).replay(run.id);
        assert.deepEqual([report.status, report.events], [status, run.lastSeq]);
      });
      assert.deepEqual([tried, asked], [[], before]);
    });

  for (const [first, status] of [
    ['kind', 'succeeded'],
    ['broken', 'succeeded'],
    ['strange', 'waiting'],
    ['evil', 'failed'],
  ] as const)
    it(`asks about each message of a given conversation, under a path of its own: ${first}`, async () => {
      const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
      const input = [
        { role: 'user', content: first },
        { role: 'assistant', content: 'Yes?' },
        { role: 'user', content: 'kind' },
      ] as const;
      const { id } = await runs.start({ agent: 'careful', input });
      let run = await runs.wait(id);
      assert.equal(run.status, status, JSON.stringify(run.error));
      const [wait] = run.waitingFor ?? [];
      if (wait?.kind === 'approval') {
        await runs.approve(id, { approvalId: wait.approvalId, outcome: 'approved' });
        run = await runs.wait(id);
        assert.equal(run.status, 'succeeded', JSON.stringify(run.error));
      }
      const events: readonly RunEvent[] = await kernel.use(Journal).tenant(defaultTenant).read(id);
      const paths = events.flatMap(({ type, data }) =>
        type === 'model.requested' && data.path !== undefined ? [data.path] : [],
      );
      const all = ['guardrail.input[0].judge', 'guardrail.input[1].judge', 'guardrail.input.judge'];
      assert.deepEqual(paths, first === 'evil' ? all.slice(0, 1) : all);
      const before = asked;
      const report = await kernel.use(RunReplay).tenant(defaultTenant).replay(id);
      assert.deepEqual([report.status, report.events, asked], [run.status, run.lastSeq, before]);
    });

  it('keeps what the model tells it out of an answer that is streamed', async () => {
    const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runs.start({ agent: 'careful', input: 'kind', stream: true });
    const { output } = await runs.wait(id);
    const events: readonly RunEvent[] = await kernel.use(Journal).tenant(defaultTenant).read(id);
    const said = events.flatMap(({ type, data }) => (type === 'message.delta' ? [data.text] : [])).join('');
    assert.deepEqual([typeof output, said], ['string', output]);
  });

  it('asks a person once about what comes in, and takes no turn of the agent', async () => {
    const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runs.start({ agent: 'careful', input: 'strange' });
    const [wait] = (await runs.wait(id)).waitingFor ?? [];
    assert.ok(wait?.kind === 'approval');
    await runs.approve(id, { approvalId: wait.approvalId, outcome: 'approved' });
    const run = await runs.wait(id);
    assert.deepEqual([run.status, run.turns], ['succeeded', 2], JSON.stringify(run.error ?? run.waitingFor));
    const report = await kernel.use(RunReplay).tenant(defaultTenant).replay(id);
    assert.deepEqual([report.status, report.events], ['succeeded', run.lastSeq]);
  });

  it('is told in a fork what it was told, and not what the agent was', async () => {
    const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runs.start({ agent: 'careful', input: 'strange' });
    const [wait] = (await runs.wait(id)).waitingFor ?? [];
    assert.ok(wait?.kind === 'approval');
    await runs.approve(id, { approvalId: wait.approvalId, outcome: 'approved' });
    assert.equal((await runs.wait(id)).status, 'succeeded');
    const replays = kernel.use(RunReplay).tenant(defaultTenant);
    const before = asked;
    const { run } = await replays.fork(id, { seq: 2, models: 'recorded' });
    assert.deepEqual([(await runs.wait(run.id)).status, asked], ['waiting', before]);
    await runs.approve(run.id, { approvalId: wait.approvalId, outcome: 'approved' });
    assert.deepEqual([(await runs.wait(run.id)).status, asked], ['succeeded', before]);
  });

  it('and one after it that asks a person: each attempt asks the model anew, and a replay comes to the same', async () => {
    const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runs.start({ agent: 'twice', input: 'kind' });
    const [wait] = (await runs.wait(id)).waitingFor ?? [];
    assert.ok(wait?.kind === 'approval');
    await runs.approve(id, { approvalId: wait.approvalId, outcome: 'approved' });
    const run = await runs.wait(id);
    assert.equal(run.status, 'succeeded', JSON.stringify(run.error));
    const events: readonly RunEvent[] = await kernel.use(Journal).tenant(defaultTenant).read(id);
    const questions = events.filter(
      ({ type, data }) => type === 'model.requested' && data.path === 'guardrail.input.judge',
    );
    assert.equal(questions.length, 2);
    const before = asked;
    const report = await kernel.use(RunReplay).tenant(defaultTenant).replay(id);
    assert.deepEqual([report.status, report.events, asked], ['succeeded', run.lastSeq, before]);
  });
});
