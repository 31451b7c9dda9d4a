import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentRuntime, ConversationMemory, defaultTenant, Journal } from '@agent-factory/sdk/contracts';
import { applyEvent, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

/** An agent with a memory; its answers tell how many were given before. */
function boot(dataDir: string, recover: boolean): Promise<TestKernel> {
  let answers = 0;
  return bootRuntime({
    dataDir,
    recover,
    agents: [{ name: 'friend', instructions: 'Be kind.', model: 'test/any', memory: {} }],
    models: [functionModel('test', () => `Answer ${(answers += 1)}.`)],
    plugins: ['@agent-factory/plugin-memory-sql'],
  });
}

describe('the conversation of a run', () => {
  let dataDir = '';
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-conversation-'));
  });
  after(() => rm(dataDir, { recursive: true, force: true }));

  it('has its exchange once, wherever the journal ended when the process did', async () => {
    const first = await boot(dataDir, false);
    const journal = first.use(Journal).tenant(defaultTenant);
    const runtime = first.use(AgentRuntime).tenant(defaultTenant);
    const request = { agent: 'friend', input: 'Hello.', session: 'whole' } as const;
    const { id } = await runtime.wait((await runtime.start(request)).id);
    const events = await journal.read(id);
    const end = events.findIndex(({ type }) => type === 'memory.written');
    // The exchange and the end of the run are one transaction: no journal ends between them.
    assert.deepEqual(
      events.slice(end).map(({ type }) => type),
      ['memory.written', 'run.succeeded'],
    );
    for (let length = 1; length <= end; length++) {
      const prefix = events.slice(0, length).map((event): RunEvent => {
        const own = { ...event, runId: `run_${length}` };
        if (own.type === 'run.created') return { ...own, data: { ...own.data, session: `s${length}` } };
        if (own.type === 'memory.read') return { ...own, data: { ...own.data, key: `s${length}` } };
        return own;
      });
      const run = prefix.reduce<Run | undefined>(applyEvent, undefined);
      assert.ok(run);
      await journal.append(prefix, run);
    }
    await first.close();

    const second = await boot(dataDir, true);
    try {
      const memory = second.use(ConversationMemory).tenant(defaultTenant);
      for (let length = 1; length <= end; length++) {
        const run = await second.use(AgentRuntime).tenant(defaultTenant).wait(`run_${length}`);
        const { messages } = await memory.read(`s${length}`);
        assert.deepEqual(
          messages.map(({ message }) => message.content),
          ['Hello.', run.output],
          `after ${length} events`,
        );
      }
    } finally {
      await second.close();
    }
  });

  it('of one that failed is as it was', async () => {
    const kernel = await boot(dataDir, false);
    try {
      const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
      const limits = { turns: 1 };
      const request = { agent: 'friend', input: 'Hello.', session: 'failed', limits } as const;
      const output = { type: 'object', required: ['x'], properties: { x: { type: 'string' } } };
      const run = await runtime.wait((await runtime.start({ ...request, output })).id);
      assert.equal(run.status, 'failed');
      const memory = kernel.use(ConversationMemory).tenant(defaultTenant);
      assert.deepEqual((await memory.read('failed')).messages, []);
    } finally {
      await kernel.close();
    }
  });
});
