// Runs an agent and dies by SIGKILL at the point named, or once the intent of a call at that point is in the journal:
// node crash-child.ts <effect> <point> <dataDir> [written]
import { AgentRuntime, defaultTenant, Journal } from '@agent-factory/sdk/contracts';
import type { ToolEffect } from '@agent-factory/sdk/domain';
import { waitFor } from '@agent-factory/sdk/testing';
import { bootRuntime } from './boot-runtime.ts';
import { crashAgent } from './crash-agent.ts';

const [effect, point, dataDir = '', written] = process.argv.slice(2);
const parts = crashAgent(effect as ToolEffect, dataDir, async (reached) => {
  if (reached !== point) return;
  if (written) await waitFor('the intent', isIntended);
  process.kill(process.pid, 'SIGKILL');
});
const kernel = await bootRuntime(parts);
const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
const run = await runtime.start({ agent: 'payer', input: 'Pay 7.', idempotencyKey: 'the-run' });
await runtime.wait(run.id);
await kernel.close();

async function isIntended(): Promise<boolean> {
  const events = await kernel.use(Journal).tenant(defaultTenant).read(run.id);
  return events.some(({ type }) => type === 'tool.started');
}
