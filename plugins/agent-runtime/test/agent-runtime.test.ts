import { AgentRuntime, defaultTenant } from '@agent-factory/sdk/contracts';
import { agentRuntimeSuite } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

describe('agent-runtime, as every agent runtime', () => {
  const suite = agentRuntimeSuite(async (parts) => {
    const kernel = await bootRuntime(parts);
    const runtime = kernel.use(AgentRuntime);
    return {
      runtime,
      async close() {
        const runs = runtime.tenant(defaultTenant);
        for (const run of await runs.list({ status: ['queued', 'running'] })) await runs.cancel(run.id);
        await kernel.close();
      },
    };
  });
  for (const { name, run } of suite) it(name, run);
});
