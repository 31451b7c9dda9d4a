import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { InMemoryPlugin } from '@agent-factory/sdk';
import { LanguageModel, onEvent, Tool } from '@agent-factory/sdk/contracts';
import type { ToolEffect } from '@agent-factory/sdk/domain';
import { functionModel, testPlugin } from '@agent-factory/sdk/testing';

/** Where a process stands still: before a model answers, before a tool acts, or between a durable intent and its call. */
export type StopPoint = 'model' | 'tool' | 'intent';

/** The calls of each turn; then the run ends. */
const plan: readonly (readonly string[])[] = [['look', 'charge'], ['book'], ['charge', 'charge']];

/** Names of the calls that a whole run makes. */
export const plannedCalls: readonly string[] = plan.flat();

/**
 * A model that follows a plan, and tools that write each effect, with its key, into the file `effects`. `reach` is
 * called at the points where a process may be stopped; `slowMs` is the longest that a call takes.
 */
export function faultAgent(
  effects: string,
  slowMs: number,
  reach: (point: StopPoint) => void,
): InMemoryPlugin {
  const pause = (): Promise<void> => sleep(Math.random() * slowMs);
  const model = functionModel('plan', async ({ messages }) => {
    await pause();
    reach('model');
    const turn = messages.filter(({ role }) => role === 'assistant').length;
    const calls = plan[turn]?.map((name, index) => ({ id: `c${turn}-${index}`, name, input: {} }));
    return calls ?? 'Done.';
  });
  const tool = (name: string, effect: ToolEffect): Tool => ({
    name,
    description: `Does what is called ${name}.`,
    input: { type: 'object' },
    effect,
    async run(_input, { idempotencyKey }) {
      if (name === 'charge') reach('tool');
      if (Math.random() < 0.5) await pause();
      appendFileSync(effects, `${name} ${idempotencyKey} ${process.pid}\n`);
      if (Math.random() < 0.5) await pause();
      return `${name} done`;
    },
  });
  return testPlugin(
    'fault-agent',
    [LanguageModel, Tool],
    (ctx) => {
      ctx.contribute(LanguageModel, model);
      for (const one of [tool('look', 'read'), tool('book', 'idempotent-write'), tool('charge', 'write')])
        ctx.contribute(Tool, one);
      ctx.tap(onEvent, (event) => {
        // Written together with the intents of its calls; told of before they are made.
        if (event.type !== 'model.responded') return;
        if (event.data.message.toolCalls?.some(({ name }) => name === 'charge')) reach('intent');
      });
    },
    { hooks: { taps: [onEvent.id] } },
  );
}
