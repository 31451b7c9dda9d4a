// One process of the platform under test, told what to do over its channel: node child.ts <ChildOptions as JSON>
import { flushCompileCache } from 'node:module';
import { createKernel } from '@agent-factory/kernel';
import type { PlatformRole } from '@agent-factory/sdk';
import { AgentRuntime } from '@agent-factory/sdk/contracts';
import { faultAgent, type StopPoint } from './fault-agent.ts';
import { platformConfig, type FaultPlatform } from './fault-platform.ts';

/** What the process is. */
export interface ChildOptions {
  readonly platform: FaultPlatform;
  readonly role: PlatformRole;
  readonly dataDir: string;
  /** File that effects are written to. */
  readonly effects: string;
  readonly slowMs: number;
  /** Stands still, by SIGSTOP, the first time it gets there. */
  readonly stopAt?: StopPoint;
}

/** What it is asked. */
export type ChildRequest =
  | { readonly start: string; readonly tenant: string }
  | { readonly echo: string }
  | { readonly close: true };

/** What it says. */
export type ChildReply =
  | { readonly ready: true }
  | { readonly accepted: string; readonly runId: string }
  | { readonly refused: string; readonly reason: string }
  | { readonly echo: string };

const options = JSON.parse(process.argv[2] ?? '') as ChildOptions; // what the driver wrote
const { platform, role, dataDir, effects, slowMs } = options;
let { stopAt } = options;

const tell = (reply: ChildReply): void => void process.send?.(reply);

const kernel = createKernel({
  config: platformConfig(platform, dataDir),
  baseDir: dataDir,
  memory: [
    faultAgent(effects, slowMs, (point) => {
      if (point !== stopAt) return;
      stopAt = undefined;
      process.kill(process.pid, 'SIGSTOP');
    }),
  ],
  env: {},
  lock: false,
  role,
});

const answer = async (request: ChildRequest): Promise<void> => {
  if ('echo' in request) return tell(request);
  if ('close' in request) {
    await kernel.close();
    process.disconnect();
    return;
  }
  const { start: key, tenant } = request;
  try {
    const runs = kernel.use(AgentRuntime).tenant(tenant);
    const { id } = await runs.start({ agent: 'clerk', input: 'Go.', idempotencyKey: key });
    tell({ accepted: key, runId: id });
  } catch (error) {
    tell({ refused: key, reason: String(error) });
  }
};

try {
  await kernel.start();
} catch (error) {
  console.error(`A process could not start: ${error instanceof Error ? error.message : String(error)}`);
  process.exit(1);
}
process.on('message', (request) => void answer(request as ChildRequest)); // the driver sends nothing else
process.on('disconnect', () => process.exit()); // also when the driver was killed
tell({ ready: true });
flushCompileCache(); // it will not live to do so when it ends
