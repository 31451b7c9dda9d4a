import assert from 'node:assert/strict';
import type { Json, JsonObject } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  Journal,
  RunReplay,
  type ReplayReport,
  type TenantRuntime,
  type Tool,
} from '@agent-factory/sdk/contracts';
import type {
  Run,
  RunEvent,
  RunEventData,
  RunEventType,
  ToolEffect,
  Workflow,
} from '@agent-factory/sdk/domain';
import { functionModel } from '@agent-factory/sdk/testing';
import { bootRuntime, type Parts } from './boot-runtime.ts';

/** A platform with workflows, and what is needed to look at their runs. */
export interface Bench {
  readonly runs: TenantRuntime;
  start(input?: Json, workflow?: string): Promise<Run>;
  /** Runs it until it ends or waits. */
  run(input?: Json, workflow?: string): Promise<Run>;
  events(runId: string): Promise<readonly RunEvent[]>;
  replay(runId: string): Promise<ReplayReport>;
  close(): Promise<void>;
}

/** A workflow of the name `flow`, version 1. */
export function flow(parts: Omit<Workflow, 'name' | 'version' | 'edges'> & Partial<Workflow>): Workflow {
  return { name: 'flow', version: '1.0.0', edges: [], ...parts };
}

/** Boots it. An agent `echo` says what it is asked, in capitals. */
export async function bench(workflows: readonly Workflow[], parts: Parts = {}): Promise<Bench> {
  const kernel = await bootRuntime({
    agents: [{ name: 'echo', instructions: 'Say it.', model: 'test/any' }],
    models: [
      functionModel('test', ({ messages }) => {
        const last = messages.at(-1);
        return typeof last?.content === 'string' ? last.content.toUpperCase() : '';
      }),
    ],
    ...parts,
    plugins: ['@agent-factory/plugin-routing-expression', ...(parts.plugins ?? [])],
    workflows,
  });
  const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
  const journal = kernel.use(Journal).tenant(defaultTenant);
  const start: Bench['start'] = (input = null, workflow = 'flow') => runs.start({ workflow, input });
  return {
    runs,
    start,
    run: async (input, workflow) => runs.wait((await start(input, workflow)).id),
    events: (runId) => journal.read(runId),
    replay: (runId) => kernel.use(RunReplay).tenant(defaultTenant).replay(runId),
    close: () => kernel.close(),
  };
}

/** A tool that does what is given. */
export function tool(
  name: string,
  run: (input: JsonObject, context: Parameters<Tool['run']>[1]) => Json | Promise<Json>,
  effect: ToolEffect = 'read',
): Tool {
  return {
    name,
    description: `Does ${name}.`,
    input: { type: 'object' },
    effect,
    run: async (input, context) => run(input, context),
  };
}

/** What events of one type carry. */
export function dataOf<Type extends RunEventType>(
  events: readonly RunEvent[],
  type: Type,
): readonly RunEventData[Type][] {
  return events.flatMap((event) => (event.type === type ? [event.data as RunEventData[Type]] : [])); // of that type
}

/** The run must have failed with that code. */
export function assertFailed(run: Run, code: string): void {
  assert.equal(run.status, 'failed', JSON.stringify(run));
  assert.equal(run.error?.code, code, run.error?.message);
}
