import type { ToolEffect } from '@agent-factory/sdk/domain';
import { errors } from './errors.ts';
import type { LiveRun } from './live-run.ts';
import type { LoopContext } from './loop-context.ts';
import type { CallState } from './run-state.ts';
import { millisecondsSince } from './stopwatch.ts';
import { prepareCall, recordOutcome, runTool } from './tool-call.ts';

/**
 * Makes the tool calls of an answer that have not ended, at the same time. One that was in flight when the platform
 * stopped is made again if its tool allows it; else the run waits for a person.
 */
export async function callTools(live: LiveRun, context: LoopContext): Promise<void> {
  const { state, agent } = live;
  const open = state.calls.filter(({ message }) => !message);
  const isUnknown = ({ call, attempt }: CallState): boolean =>
    attempt > 0 && !isRepeatable(agent.tools.get(call.name)?.tool.effect);
  const unknown = open.filter(isUnknown);
  const fresh = open.filter(({ attempt }) => attempt === 0).length;
  const wanted = state.run.toolCalls + fresh;
  const max = state.limits.toolCalls ?? agent.limits.toolCalls;
  if (wanted > max) throw errors.AF_RUN_LIMIT_TOOL_CALLS({ wanted, max });

  const ready = open.filter((call) => !isUnknown(call));
  const prepared = await Promise.all(ready.map((call) => prepareCall(live, call, context.beforeTool)));
  live.check();
  const started = prepared.flatMap((one) => {
    const { call } = one;
    if ('refused' in one) {
      recordOutcome(live, call, { error: one.refused }, 0);
      return [];
    }
    live.emit('tool.started', {
      turn: state.run.turns,
      callId: call.call.id,
      tool: call.call.name,
      input: one.input,
      idempotencyKey: call.idempotencyKey,
      attempt: call.attempt + 1,
    });
    return [one];
  });
  if (started.length > 0) {
    await live.commit();
    live.check();
    const runs = started.map(async (one) => {
      // What cannot be repeated is begun only by a process that surely owns the run, however long it stood still.
      if (!isRepeatable(one.entry.tool.effect) && !live.held.isCertain) await live.secure();
      if (live.stop) return;
      const began = performance.now();
      const outcome = await runTool(live, one, context.log);
      if (live.stop) return;
      recordOutcome(live, one.call, outcome, millisecondsSince(began));
      // The last result is written together with what follows from it.
      if (state.open > unknown.length) await live.commit();
    });
    await Promise.all(runs);
    live.check();
  }
  if (unknown.length === 0) return;
  const names = unknown.map(({ call }) => `"${call.name}"`).join(', ');
  const detail =
    `The platform stopped while ${names} was at work. Whether the change was made is not known, ` +
    'so the call is not repeated. A person has to look; until then the run can be cancelled.';
  const waits = unknown.map(
    ({ call: { id, name } }) => ({ kind: 'decision', callId: id, tool: name, detail }) as const,
  );
  live.emit('run.waiting', { for: waits });
}

function isRepeatable(effect: ToolEffect | undefined): boolean {
  return effect === 'pure' || effect === 'read' || effect === 'idempotent-write';
}
