import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import type { Kernel } from '@agent-factory/kernel';
import { Journal } from '@agent-factory/sdk/contracts';
import { applyEvent, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { plannedCalls } from './fault-agent.ts';

/** A run that was acknowledged. */
export interface AcceptedRun {
  readonly tenant: string;
  readonly runId: string;
}

/** How often each effect happened, by `<tool> <idempotency key>`. */
export function countEffects(file: string): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const line of readFileSync(file, 'utf8').split('\n')) {
    const [tool, key] = line.split(' ');
    if (tool && key) counts.set(`${tool} ${key}`, (counts.get(`${tool} ${key}`) ?? 0) + 1);
  }
  return counts;
}

/** Everything that is not as it must be with these runs, as sentences. */
export async function judgeRuns(
  kernel: Kernel,
  accepted: Iterable<AcceptedRun>,
  effects: ReadonlyMap<string, number>,
): Promise<readonly string[]> {
  const faults: string[] = [];
  for (const [effect, count] of effects)
    if (effect.startsWith('charge ') && count > 1) faults.push(`${effect} happened ${count} times`);
  for (const { tenant, runId } of accepted) {
    const journal = kernel.use(Journal).tenant(tenant);
    const run = await journal.run(runId);
    if (!run) {
      faults.push(`${runId} was acknowledged and is lost`);
      continue;
    }
    const wrong = await journal.verify(runId);
    if (wrong) faults.push(`${runId}: event ${wrong.seq}: ${wrong.reason}`);
    const events = await journal.read(runId);
    faults.push(...faultsOf(run, events, effects).map((fault) => `${runId}: ${fault}`));
  }
  return faults;
}

function faultsOf(run: Run, events: readonly RunEvent[], effects: ReadonlyMap<string, number>): string[] {
  const faults: string[] = [];
  let rebuilt: Run | undefined;
  for (const event of events) rebuilt = applyEvent(rebuilt, event);
  if (!isDeepStrictEqual(rebuilt, run)) faults.push('its events do not rebuild it');
  if (run.status !== 'succeeded' && run.status !== 'waiting')
    faults.push(`it is ${run.status}${run.error ? `: ${run.error.message}` : ''}`);
  if (run.status !== 'succeeded') return faults;
  const keys = new Set(
    events.flatMap((event) =>
      event.type === 'tool.started' ? [`${event.data.tool} ${event.data.idempotencyKey}`] : [],
    ),
  );
  if (keys.size !== plannedCalls.length) faults.push(`it made ${keys.size} of its calls`);
  for (const key of keys) if (!effects.has(key)) faults.push(`${key} has no effect`);
  return faults;
}
