import assert from 'node:assert/strict';
import type { AgentRuntime, RunRequest, TenantRuntime } from '../contracts/agent-runtime.ts';
import type { RunEvent } from '../domain/event.ts';
import { applyEvent } from '../domain/run-transition.ts';
import type { Run } from '../domain/run.ts';
import type { ConformanceCase } from './conformance.ts';

/** Makes a case of what a fresh runtime must do for a tenant; `whole` is what it does for all of them. */
export type RuntimeTest = (
  name: string,
  body: (runtime: TenantRuntime, whole: AgentRuntime) => Promise<void>,
) => ConformanceCase;

/** The run once it has ended. */
export async function finish(runtime: TenantRuntime, request: RunRequest): Promise<Run> {
  const { id } = await runtime.start(request);
  return runtime.wait(id);
}

/** Its events after `after`, to the last. */
export async function collect(runtime: TenantRuntime, id: string, after = 0): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for await (const event of runtime.events(id, { after })) events.push(event);
  return events;
}

/** Asserts that the journal tells the run as it is. */
export async function checkJournal(runtime: TenantRuntime, run: Run): Promise<void> {
  let rebuilt: Run | undefined;
  for (const event of await collect(runtime, run.id)) rebuilt = applyEvent(rebuilt, event);
  assert.deepEqual(rebuilt, run);
  assert.deepEqual(await runtime.get(run.id), run);
}
