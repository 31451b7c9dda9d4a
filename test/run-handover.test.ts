import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import type { InMemoryPlugin, JsonObject, PlatformConfig } from '@agent-factory/sdk';
import { AgentRuntime, Journal, LanguageModel, defaultTenant } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { functionModel, testPlugin } from '@agent-factory/sdk/testing';

const agent = { name: 'slow', instructions: 'Answer.', model: 'test/any' };

describe('a run whose generation ends before it does', () => {
  let dataDir = '';
  let kernel: Kernel;
  let questions = 0;
  let answerFirst: (text: string) => void = () => {};
  let asked: Promise<void>;

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-handover-'));
    questions = 0;
    asked = new Promise((resolve) => {
      const model = functionModel('test', () => {
        questions += 1;
        if (questions > 1) return 'The second answer.';
        resolve();
        return new Promise<string>((answer) => (answerFirst = answer));
      });
      kernel = createKernel({
        config: config({}),
        baseDir: dataDir,
        memory: [offering(model)],
        env: {},
        lock: false,
      });
    });
    await kernel.start();
  });
  afterEach(async () => {
    await kernel.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  function config(runtime: JsonObject, more: Partial<PlatformConfig> = {}): PlatformConfig {
    return {
      dataDir,
      log: { level: 'silent' },
      plugins: [
        '@agent-factory/plugin-storage-sqlite',
        '@agent-factory/plugin-journal-sql',
        'offering',
        { use: '@agent-factory/plugin-agent-runtime', config: { agents: [agent], ...runtime } },
      ],
      generations: { drainMs: 20 },
      ...more,
    };
  }

  const other = { ...agent, name: 'other' };

  it('is handed to the new runtime at the drain deadline, which goes on with it', async () => {
    const before = kernel.use(AgentRuntime);
    const runs = before.tenant(defaultTenant);
    const { id } = await runs.start({ agent: 'slow', input: 'Hello' });
    await asked;
    const waiting = runs.wait(id); // by a client of the old generation
    await kernel.apply(config({ agents: [agent, other] }));
    assert.notEqual(kernel.use(AgentRuntime), before);

    const run = await kernel.use(AgentRuntime).tenant(defaultTenant).wait(id);
    assert.equal(run.output, 'The second answer.');
    assert.deepEqual(await waiting, run);
    answerFirst('Too late.');
    const events = await kernel.use(Journal).tenant(defaultTenant).read(id);
    assert.deepEqual(attempts(events), [1, 2]);
    assert.deepEqual(
      events.map(({ seq }) => seq),
      events.map((_, index) => index + 1),
    );
  });

  it('is waited for to its end by a client of the old generation, also when its journal is replaced', async () => {
    const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runs.start({ agent: 'slow', input: 'Hello' });
    await asked;
    const waiting = runs.wait(id);
    const next = config({ agents: [agent, other] });
    const journal = { use: '@agent-factory/plugin-journal-sql', config: { pollMs: 50 } };
    const plugins =
      next.plugins?.map((each) =>
        typeof each === 'string' && each.endsWith('journal-sql') ? journal : each,
      ) ?? [];
    await kernel.apply({ ...next, plugins });

    assert.equal((await waiting).output, 'The second answer.');
  });

  it('ends in its own generation when it ends before the deadline', async () => {
    const { id } = await kernel
      .use(AgentRuntime)
      .tenant(defaultTenant)
      .start({ agent: 'slow', input: 'Hello' });
    await asked;
    await kernel.apply(config({ agents: [agent, other] }, { generations: { drainMs: 10_000 } }));
    answerFirst('The first answer.');
    const run = await kernel.use(AgentRuntime).tenant(defaultTenant).wait(id);
    assert.equal(run.output, 'The first answer.');
    assert.deepEqual(attempts(await kernel.use(Journal).tenant(defaultTenant).read(id)), [1]);
  });

  it('can be cancelled through the new runtime while the old one works on it', async () => {
    const { id } = await kernel
      .use(AgentRuntime)
      .tenant(defaultTenant)
      .start({ agent: 'slow', input: 'Hello' });
    await asked;
    await kernel.apply(config({ agents: [agent, other] }, { generations: { drainMs: 10_000 } }));
    assert.equal((await kernel.use(AgentRuntime).tenant(defaultTenant).cancel(id)).status, 'cancelled');
  });

  it('goes on after the platform was closed and booted again', async () => {
    const { id } = await kernel
      .use(AgentRuntime)
      .tenant(defaultTenant)
      .start({ agent: 'slow', input: 'Hello' });
    await asked;
    await kernel.close();
    const model = functionModel('test', () => 'The second answer.');
    kernel = createKernel({
      config: config({}),
      baseDir: dataDir,
      memory: [offering(model)],
      env: {},
      lock: false,
    });
    await kernel.start();
    assert.equal(
      (await kernel.use(AgentRuntime).tenant(defaultTenant).wait(id)).output,
      'The second answer.',
    );
  });
});

function offering(model: LanguageModel): InMemoryPlugin {
  return testPlugin('offering', [LanguageModel], (ctx) => ctx.contribute(LanguageModel, model));
}

function attempts(events: readonly RunEvent[]): readonly number[] {
  return events.flatMap((event) => (event.type === 'run.started' ? [event.data.attempt] : []));
}
