import assert from 'node:assert/strict';
import type { InMemoryPlugin } from '@agent-factory/sdk';
import {
  AgentRuntime,
  ArtifactStore,
  defaultTenant,
  ModelPrices,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import { textOf, type RunLimits } from '@agent-factory/sdk/domain';
import { functionModel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime, type Parts } from './support/boot-runtime.ts';

/** Every call costs a thousandth of a dollar, or nobody knows what. */
function prices(isKnown: boolean): InMemoryPlugin {
  return testPlugin('prices', [ModelPrices], (ctx) => {
    ctx.provide(ModelPrices, {
      priceOf: async () => (isKnown ? { nanoUsd: 1_000_000, since: '2026-01-01' } : undefined),
    });
  });
}

describe('what a run costs, and what is too large for its journal', () => {
  let kernel: TestKernel;
  let runtime: TenantRuntime;
  let last = '';
  afterEach(() => kernel.close());

  async function boot(plugins: NonNullable<Parts['plugins']>, limits: RunLimits = {}): Promise<void> {
    kernel = await bootRuntime({
      agents: [{ name: 'spender', instructions: 'x', model: 'test/any', tools: ['read'], limits }],
      plugins,
      models: [
        functionModel('test', ({ messages }) => {
          const result = messages.at(-1);
          if (result?.role === 'tool') last = textOf(result);
          const calls = messages.filter(({ role }) => role === 'tool').length;
          return calls < 3 ? [{ id: `c${calls}`, name: 'read', input: {} }] : 'Read.';
        }),
      ],
      tools: [
        {
          name: 'read',
          description: 'Reads.',
          input: { type: 'object' },
          effect: 'read',
          maxResultBytes: 1000,
          run: async () => 'x'.repeat(5000),
        },
      ],
    });
    runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
  }

  const run = async () => runtime.wait((await runtime.start({ agent: 'spender', input: 'x' })).id);

  it('is counted, call by call', async () => {
    await boot([prices(true)]);
    assert.deepEqual((await run()).cost, { nanoUsd: 4_000_000, unpriced: 0 });
  });

  it('ends the run where it reaches the limit', async () => {
    await boot([prices(true)], { costUsd: 0.002 });
    const { error, turns } = await run();
    assert.deepEqual([error?.code, turns], ['AF_RUN_LIMIT_COST', 2]);
  });

  it('is not nothing when it is not known: with a limit the run ends, without one it goes on', async () => {
    await boot([prices(false)], { costUsd: 1 });
    assert.equal((await run()).error?.code, 'AF_RUN_COST_UNKNOWN');
    await kernel.close();
    await boot([prices(false)]);
    assert.deepEqual((await run()).cost, { nanoUsd: 0, unpriced: 4 });
  });

  it('goes to the artifact store, and the model is shown where and how it begins', async () => {
    await boot(['@agent-factory/plugin-artifacts-fs']);
    const { id, status } = await run();
    assert.equal(status, 'succeeded');
    const [artifact] = await kernel.use(ArtifactStore).tenant(defaultTenant).list({ runId: id });
    assert.equal(artifact?.bytes, 5000);
    assert.ok(last.includes(artifact.id) && last.length < 4000);
  });
});
