import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineErrors, type InMemoryPlugin, type PlatformRole } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  Jobs,
  Journal,
  type TenantRuntime,
  type Tool,
} from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import {
  functionModel,
  testPlugin,
  type FunctionModelReply,
  type TestKernel,
} from '@agent-factory/sdk/testing';
import { freshPostgres } from '@agent-factory/test-servers';
import { bootRuntime, type Parts } from './support/boot-runtime.ts';

const jobs = '@agent-factory/plugin-jobs-local';

describe('agent-runtime in the roles of a platform', function () {
  this.timeout(60_000);
  let dataDir = '';
  const kernels = new Set<TestKernel>();
  const questions: string[] = [];
  const answers = new Map<string, (reply: FunctionModelReply) => void>();

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-roles-'));
    questions.length = 0;
    answers.clear();
  });
  afterEach(async () => {
    for (const answer of answers.values()) answer('The end.');
    for (const kernel of kernels) await kernel.close();
    kernels.clear();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** A process whose model answers at once, or, to "slow", when `answers` says so. */
  async function boot(name: string, role: PlatformRole, more: Partial<Parts> = {}): Promise<TestKernel> {
    const model = functionModel('test', ({ messages }) => {
      questions.push(name);
      const text = JSON.stringify(messages);
      if (!text.includes('slow') || text.includes('"role":"tool"')) return `${name} answers.`;
      return new Promise<FunctionModelReply>((resolve) => answers.set(name, resolve));
    });
    const agents = [{ name: 'one', instructions: 'x', model: 'test/any', tools: ['note'] }];
    const parts = { agents, models: [model], tools: [note], plugins: [jobs], dataDir, role };
    const kernel = await bootRuntime({ ...parts, ...more });
    kernels.add(kernel);
    return kernel;
  }

  const runsOf = (kernel: TestKernel): TenantRuntime => kernel.use(AgentRuntime).tenant(defaultTenant);

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
  }

  it('refuses to accept runs for workers that cannot be called', async () => {
    for (const role of ['api', 'worker'] as const)
      await assert.rejects(boot(role, role, { plugins: [] }), {
        message: /no plugin provides jobs/,
      });
  });

  it('accepts in one process what another does, and tells it from the journal', async () => {
    const api = await boot('api', 'api');
    const run = await runsOf(api).start({ agent: 'one', input: 'Hi' });
    assert.equal(run.status, 'queued');
    await boot('worker', 'worker');
    assert.equal((await runsOf(api).wait(run.id)).output, 'worker answers.');
    const types: string[] = [];
    for await (const { type } of runsOf(api).events(run.id)) types.push(type);
    assert.deepEqual(types.slice(0, 2), ['run.created', 'run.started']);
    assert.deepEqual(questions, ['worker']);
  });

  it('works on what it accepted itself without a call', async () => {
    const all = await boot('all', 'all');
    await boot('worker', 'worker');
    for (let index = 0; index < 5; index += 1) {
      const { id } = await runsOf(all).start({ agent: 'one', input: 'Hi' });
      assert.equal((await runsOf(all).wait(id)).output, 'all answers.');
    }
  });

  it('cancels from one process a run that another works on, or nobody', async () => {
    const api = await boot('api', 'api');
    const { id: queued } = await runsOf(api).start({ agent: 'one', input: 'slow' });
    const cancelled = await runsOf(api).cancel(queued, 'Not needed.');
    assert.equal(cancelled.status, 'cancelled');

    await boot('worker', 'worker');
    const { id } = await runsOf(api).start({ agent: 'one', input: 'slow' });
    await until(() => answers.has('worker'));
    const run = await runsOf(api).cancel(id, 'Enough.');
    assert.equal(run.status, 'cancelled');
    const events = await eventsOf(api, id);
    assert.deepEqual(
      events.slice(-2).map(({ type }) => type),
      ['run.cancelling', 'run.cancelled'],
    );
    assert.deepEqual(questions, ['worker']);
  });

  it('cancels at once where processes can signal each other', async () => {
    const database = await freshPostgres();
    try {
      const config = { url: database.url };
      const storage = { use: '@agent-factory/plugin-storage-postgres', config };
      const boss = { use: '@agent-factory/plugin-jobs-pgboss', config };
      const parts = { storage, plugins: [boss], leaseMs: 600_000 };
      const api = await boot('api', 'api', parts);
      await boot('worker', 'worker', parts);
      const { id } = await runsOf(api).start({ agent: 'one', input: 'slow' });
      await until(() => answers.has('worker'));
      assert.equal((await runsOf(api).cancel(id, 'Enough.')).status, 'cancelled');
      for (const kernel of kernels) await kernel.close();
      kernels.clear();
    } finally {
      await database.close();
    }
  });

  it('does a run whose call was lost', async () => {
    const errors = defineErrors({ AF_TEST_NO_REDIS: { message: 'Nobody is called.', fix: 'None.' } });
    const deaf: InMemoryPlugin = testPlugin('deaf-jobs', [Jobs], (ctx) => {
      ctx.provide(Jobs, {
        enqueue: async () => {
          throw errors.AF_TEST_NO_REDIS({});
        },
        work: async () => ({ close: async () => {} }),
      });
    });
    const api = await boot('api', 'api', { plugins: [deaf] });
    const { id } = await runsOf(api).start({ agent: 'one', input: 'Hi' });
    await boot('worker', 'worker');
    assert.equal((await runsOf(api).wait(id)).output, 'worker answers.');
  });

  it('hands what a closing worker works on to another at the next safe point', async () => {
    const api = await boot('api', 'api');
    const first = await boot('first', 'worker');
    const { id } = await runsOf(api).start({ agent: 'one', input: 'slow' });
    await until(() => answers.has('first'));
    const closing = first.close();
    await boot('second', 'worker');
    answers.get('first')?.([{ id: 'c', name: 'note', input: {} }]);
    await closing;
    const run = await runsOf(api).wait(id);
    const started = (await eventsOf(api, id)).filter(({ type }) => type === 'run.started').length;
    assert.deepEqual([run.output, started], ['second answers.', 2]);
    assert.deepEqual(questions, ['first', 'second']);
  });

  it('keeps to the number of runs it may work on at the same time', async () => {
    const api = await boot('api', 'api');
    await boot('worker', 'worker', { config: { concurrency: 2 } });
    const ids = await Promise.all(
      Array.from({ length: 5 }, async () => (await runsOf(api).start({ agent: 'one', input: 'slow' })).id),
    );
    await until(() => questions.length === 2);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.equal(questions.length, 2);
    for (const id of ids) await runsOf(api).cancel(id);
  });
});

async function eventsOf(kernel: TestKernel, id: string): Promise<readonly RunEvent[]> {
  return kernel.use(Journal).tenant(defaultTenant).read(id);
}

const note: Tool = {
  name: 'note',
  description: 'Notes.',
  input: { type: 'object' },
  effect: 'write',
  run: async () => 'noted',
};
