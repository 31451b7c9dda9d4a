import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import type { InMemoryPlugin, PlatformConfig, PlatformRole } from '@agent-factory/sdk';
import { AgentRuntime, defaultTenant, Journal, LanguageModel } from '@agent-factory/sdk/contracts';
import { functionModel, testPlugin } from '@agent-factory/sdk/testing';

const agent = { name: 'slow', instructions: 'Answer.', model: 'test/any' };

describe('a worker whose plugins change', () => {
  let dataDir = '';
  const kernels: Kernel[] = [];
  let questions = 0;
  let asked: Promise<void>;
  let answerFirst: (text: string) => void = () => {};

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-worker-'));
    questions = 0;
  });
  afterEach(async () => {
    for (const kernel of kernels.splice(0)) await kernel.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  function config(agents: (typeof agent)[], drainMs = 10_000): PlatformConfig {
    const plugins = ['storage-sqlite', 'jobs-local', 'journal-sql'].map(
      (id) => `@agent-factory/plugin-${id}`,
    );
    const runtime = { use: '@agent-factory/plugin-agent-runtime', config: { agents } };
    return {
      dataDir,
      log: { level: 'silent' },
      plugins: [...plugins, 'offering', runtime],
      generations: { drainMs },
    };
  }

  async function boot(role: PlatformRole, drainMs?: number): Promise<Kernel> {
    const first = Promise.withResolvers<void>();
    asked = first.promise;
    const model = functionModel('test', () => {
      questions += 1;
      if (questions > 1) return 'The second answer.';
      first.resolve();
      return new Promise<string>((answer) => (answerFirst = answer));
    });
    const memory = [offering(model)];
    const kernel = createKernel({
      config: config([agent], drainMs),
      baseDir: dataDir,
      memory,
      env: {},
      lock: false,
      role,
    });
    kernels.push(kernel);
    await kernel.start();
    return kernel;
  }

  const other = { ...agent, name: 'other' };

  it('goes on taking runs, and ends those it has in the generation they began in', async () => {
    const runs = (await boot('api')).use(AgentRuntime).tenant(defaultTenant);
    const worker = await boot('worker');
    const { id } = await runs.start({ agent: 'slow', input: 'Hello' });
    await asked;
    await worker.apply(config([agent, other]));
    const { id: next } = await runs.start({ agent: 'slow', input: 'Hello' });
    assert.equal((await runs.wait(next)).output, 'The second answer.');
    answerFirst('The first answer.');
    assert.equal((await runs.wait(id)).output, 'The first answer.');
    const events = await worker.use(Journal).tenant(defaultTenant).read(id);
    assert.equal(events.filter(({ type }) => type === 'run.started').length, 1);
  });

  it('goes on in the next generation with what does not end before the drain deadline', async () => {
    const runs = (await boot('api')).use(AgentRuntime).tenant(defaultTenant);
    const worker = await boot('worker', 20);
    const { id } = await runs.start({ agent: 'slow', input: 'Hello' });
    await asked;
    await worker.apply(config([agent, other], 20));
    assert.equal((await runs.wait(id)).output, 'The second answer.');
    answerFirst('Too late.');
  });
});

function offering(model: LanguageModel): InMemoryPlugin {
  return testPlugin('offering', [LanguageModel], (ctx) => ctx.contribute(LanguageModel, model));
}
