import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AgentRuntime,
  ConversationMemory,
  defaultTenant,
  Journal,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import { applyEvent, textOf, type Message, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

const input: readonly Message[] = [
  { role: 'user', content: 'Is it forbidden, ann@example.com?' },
  { role: 'assistant', content: 'Ask bob@example.com.' },
  { role: 'user', content: 'So it is forbidden.' },
];

describe('a journal that ends anywhere while a given conversation is looked at', () => {
  let dataDir = '';
  /** What the model was shown. */
  let asked: (readonly string[])[] = [];
  const boot = (recover: boolean): Promise<TestKernel> =>
    bootRuntime({
      dataDir,
      recover,
      agents: [
        {
          name: 'careful',
          instructions: 'Be kind.',
          model: 'test/any',
          memory: {},
          guardrails: [
            { use: 'pii', stages: ['input'] },
            { use: 'keywords', stages: ['input'], settings: { words: ['forbidden'], action: 'ask' } },
          ],
        },
      ],
      models: [
        functionModel('test', ({ messages }) => {
          asked.push(messages.slice(1).map(textOf));
          return 'Fine.';
        }),
      ],
      plugins: ['@agent-factory/plugin-guardrails-builtin', '@agent-factory/plugin-memory-sql'],
    });
  /** The run at its end, with all that it asks allowed, and how often it asked. */
  async function allowed(runs: TenantRuntime, id: string): Promise<{ run: Run; questions: number }> {
    for (let questions = 0; ; questions += 1) {
      const run = await runs.wait(id);
      const [wait] = run.waitingFor ?? [];
      if (wait?.kind !== 'approval') return { run, questions };
      await runs.approve(id, { approvalId: wait.approvalId, outcome: 'approved' });
    }
  }

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-given-'));
  });
  after(() => rm(dataDir, { recursive: true, force: true }));

  it('is gone on from: nobody is asked twice, and the model is shown what guardrails left', async function () {
    this.timeout(30_000);
    const first = await boot(false);
    const journal = first.use(Journal).tenant(defaultTenant);
    const runtime = first.use(AgentRuntime).tenant(defaultTenant);
    const memory = first.use(ConversationMemory).tenant(defaultTenant);
    await memory.append('whole', [{ role: 'user', content: 'Earlier it was forbidden.' }]);
    const { id } = await runtime.start({ agent: 'careful', input, session: 'whole' });
    const whole = await allowed(runtime, id);
    assert.deepEqual([whole.run.status, whole.questions], ['succeeded', 2], whole.run.error?.message);
    const left = ['Is it forbidden, [email]?', 'Ask [email].', 'So it is forbidden.'];
    assert.deepEqual(asked, [['Earlier it was forbidden.', ...left]]);
    const events = await journal.read(id);
    const end = events.findIndex(({ type }) => type === 'model.responded');
    // One that waits is taken up by whoever answers it, and others by the process that starts next.
    // An answer and that the run goes on are one transaction: no journal ends between them.
    const lengths = events
      .slice(0, end)
      .flatMap(({ type }, at) => (type === 'approval.resolved' ? [] : [at + 1]));
    for (const length of lengths) {
      const prefix = events.slice(0, length).map((event): RunEvent => {
        const own = { ...event, runId: `run_${length}` };
        if (own.type === 'run.created') return { ...own, data: { ...own.data, session: `s${length}` } };
        if (own.type === 'memory.read') return { ...own, data: { ...own.data, key: `s${length}` } };
        return own;
      });
      const run = prefix.reduce<Run | undefined>(applyEvent, undefined);
      assert.ok(run);
      await memory.append(`s${length}`, [{ role: 'user', content: 'Earlier it was forbidden.' }]);
      await journal.append(prefix, run);
    }
    await first.close();

    asked = [];
    const second = await boot(true);
    try {
      const runs = second.use(AgentRuntime).tenant(defaultTenant);
      const kept = second.use(Journal).tenant(defaultTenant);
      for (const length of lengths) {
        const { run } = await allowed(runs, `run_${length}`);
        assert.equal(run.status, 'succeeded', `after ${length} events: ${run.error?.message}`);
        const questions = (await kept.read(run.id)).filter(({ type }) => type === 'approval.requested');
        assert.equal(questions.length, 2, `after ${length} events`);
      }
      for (const messages of asked) assert.deepEqual(messages, ['Earlier it was forbidden.', ...left]);
      assert.ok(asked.length >= lengths.length);
    } finally {
      await second.close();
    }
  });
});
