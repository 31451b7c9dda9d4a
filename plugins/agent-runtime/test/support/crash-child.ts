// Runs an agent and dies by SIGKILL at the point named: node crash-child.ts <effect> <point> <dataDir>
import { AgentRuntime, defaultTenant } from '@agent-factory/sdk/contracts';
import type { ToolEffect } from '@agent-factory/sdk/domain';
import { bootRuntime } from './boot-runtime.ts';
import { crashAgent } from './crash-agent.ts';

const [effect, point, dataDir = ''] = process.argv.slice(2);
const parts = crashAgent(effect as ToolEffect, dataDir, (reached) => {
  if (reached === point) process.kill(process.pid, 'SIGKILL');
});
const kernel = await bootRuntime(parts);
const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
const run = await runtime.start({ agent: 'payer', input: 'Pay 7.', idempotencyKey: 'the-run' });
await runtime.wait(run.id);
await kernel.close();
