import assert from 'node:assert/strict';
import {
  AgentRuntime,
  defaultTenant,
  Journal,
  type ModelRequest,
  type RunRequest,
  type TenantRuntime,
  type Tool,
} from '@agent-factory/sdk/contracts';
import {
  applyEvent,
  textOf,
  type AgentDefinition,
  type Run,
  type RunEvent,
  type ToolCall,
  type Workflow,
} from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './boot-runtime.ts';

/** What a scripted model says. */
export type Answer = string | readonly ToolCall[];

/** A runtime whose model gives answers one after the other, and what it was asked. */
export interface ScriptedRuntime {
  readonly kernel: TestKernel;
  readonly runtime: TenantRuntime;
  readonly asked: readonly ModelRequest[];
  /** The run once it is settled; its journal tells it as it is. */
  ended(request: RunRequest): Promise<Run>;
  eventsOf(id: string): Promise<readonly RunEvent[]>;
  typesOf(id: string): Promise<readonly string[]>;
  /** Text of a message of a question, counted from the end when negative. */
  shown(question: number, message: number): string;
}

/** Part of every agent. */
export const base = { instructions: 'Be kind.', model: 'test/any' } as const;

export function call(name: string, input: ToolCall['input'] = {}, id: string = name): ToolCall {
  return { id, name, input };
}

export function tool(name: string, more: Partial<Tool> = {}): Tool {
  const run = async (input: object): Promise<string> => `${name} ${JSON.stringify(input)}`;
  return { name, description: name, input: { type: 'object' }, effect: 'write', run, ...more };
}

/** Boots agents; the model gives these answers, one a question, and the last for ever. */
export async function bootScripted(
  agents: readonly AgentDefinition[],
  answers: readonly (Answer | ((asked: readonly ModelRequest[]) => Answer))[],
  tools: readonly Tool[] = [],
  workflows: readonly Workflow[] = [],
): Promise<ScriptedRuntime> {
  const asked: ModelRequest[] = [];
  const kernel = await bootRuntime({
    agents,
    tools,
    workflows,
    models: [
      functionModel('test', (request) => {
        const answer = answers[Math.min(asked.length, answers.length - 1)] ?? '';
        asked.push(request);
        return typeof answer === 'function' ? answer(asked) : answer;
      }),
    ],
    plugins: ['@agent-factory/plugin-memory-sql', '@agent-factory/plugin-routing-expression'],
  });
  const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
  const eventsOf = (id: string): Promise<readonly RunEvent[]> =>
    kernel.use(Journal).tenant(defaultTenant).read(id);
  return {
    kernel,
    runtime,
    asked,
    eventsOf,
    async ended(request) {
      const run = await runtime.wait((await runtime.start(request)).id);
      assert.deepEqual((await eventsOf(run.id)).reduce<Run | undefined>(applyEvent, undefined), run);
      return run;
    },
    typesOf: async (id) => (await eventsOf(id)).map(({ type }) => type),
    shown(question, message) {
      const found = asked.at(question)?.messages.at(message);
      return found ? textOf(found) : '';
    },
  };
}
