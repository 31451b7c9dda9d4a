import assert from 'node:assert/strict';
import type { Json } from '@agent-factory/sdk';
import {
  AgentRuntime,
  eventsOfRun,
  Journal,
  RunReplay,
  TenantSettings,
  TenantStorage,
  type RunRequest,
} from '@agent-factory/sdk/contracts';
import type { Run, RunLimits } from '@agent-factory/sdk/domain';
import { functionModel, rejectsWith, type TestKernel } from '@agent-factory/sdk/testing';
import { within } from '../src/run/run-limits.ts';
import { bootRuntime } from './support/boot-runtime.ts';

const base = { instructions: 'Help.' } as const;

describe('what a tenant sets about its runs', function () {
  this.timeout(30_000);
  let kernel: TestKernel;
  before(async () => {
    kernel = await bootRuntime({
      agents: [
        { ...base, name: 'talker', model: 'near/a' },
        { ...base, name: 'cautious', model: ['far/a', 'near/a'], limits: { tokens: 10 } },
        { ...base, name: 'traveller', model: 'far/a' },
        { ...base, name: 'asker', model: 'ask/a', agents: ['talker'] },
      ],
      models: [
        functionModel('near', () => 'From near.'),
        functionModel('far', () => 'From far.'),
        functionModel('ask', ({ messages }) =>
          messages.at(-1)?.role === 'tool'
            ? 'Asked.'
            : [{ id: 'c', name: 'ask_talker', input: { message: 'Well?' } }],
        ),
      ],
      plugins: ['@agent-factory/plugin-settings-sql'],
    });
    for (const id of ['free', 'tight', 'local']) await kernel.use(TenantStorage).create(id);
    const set = (tenant: string, name: string, value: Json) =>
      kernel.use(TenantSettings).tenant(tenant).set(`agent-runtime.${name}`, value, { by: 'platform' });
    await set('tight', 'runLimits', { turns: 3, tokens: 500, costUsd: 0.5 });
    await set('local', 'modelProviders', ['near']);
  });
  after(() => kernel?.close());

  const run = async (tenant: string, request: RunRequest): Promise<Run> => {
    const runs = kernel.use(AgentRuntime).tenant(tenant);
    return runs.wait((await runs.start(request)).id);
  };

  const limitsOf = async (tenant: string, { id }: Run): Promise<RunLimits> => {
    const [created] = await eventsOfRun(kernel.use(Journal).tenant(tenant), id);
    assert.ok(created?.type === 'run.created');
    return created.data.limits;
  };

  it('holds for every run, and for those that it starts', async () => {
    const runs = kernel.use(AgentRuntime).tenant('tight');
    const first = await run('tight', { agent: 'talker', input: 'Hello' });
    assert.deepEqual(await limitsOf('tight', first), {
      turns: 3,
      timeMs: 300_000,
      toolCalls: 64,
      tokens: 500,
      costUsd: 0.5,
    });
    const cautious = await run('tight', { agent: 'cautious', input: 'Hello' });
    assert.equal((await limitsOf('tight', cautious)).tokens, 10);
    const free = await run('free', { agent: 'talker', input: 'Hello' });
    assert.equal((await limitsOf('free', free)).turns, 12);
    await run('tight', { agent: 'asker', input: 'Hello' });
    const child = (await runs.list()).find(({ parent }) => parent !== undefined);
    assert.ok(child);
    assert.equal((await limitsOf('tight', child)).turns, 3);
    const { run: fork } = await kernel
      .use(RunReplay)
      .tenant('tight')
      .fork(first.id, { seq: 2, overrides: { limits: { turns: 50 } } });
    assert.equal((await limitsOf('tight', fork)).turns, 3);
    await runs.wait(fork.id);
  });

  it('lets nobody ask for more than that', async () => {
    const request = { agent: 'talker', input: 'Hello', limits: { turns: 5 } };
    await rejectsWith(kernel.use(AgentRuntime).tenant('tight').start(request), 'AF_RUN_LIMIT_INVALID');
    const less = await run('tight', { ...request, limits: { turns: 2 } });
    assert.equal((await limitsOf('tight', less)).turns, 2);
  });

  it('has models asked of the providers that are allowed alone, and the next one where there is one', async () => {
    const refused = await run('local', { agent: 'traveller', input: 'Hello' });
    assert.deepEqual([refused.status, refused.error?.code], ['failed', 'AF_RUN_PROVIDER_REFUSED']);
    assert.equal((await run('local', { agent: 'cautious', input: 'Hello' })).output, 'From near.');
    assert.equal((await run('free', { agent: 'traveller', input: 'Hello' })).output, 'From far.');
  });

  it('tightens limits and loosens none', () => {
    const own = { turns: 5, tokens: 10 };
    assert.deepEqual(within(own, {}), own);
    assert.deepEqual(within(own, { turns: 9, tokens: 4, costUsd: 1 }), { turns: 5, tokens: 4, costUsd: 1 });
  });
});
