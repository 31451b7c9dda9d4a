import type { Json, JsonObject } from '@agent-factory/sdk';
import type { Journal } from '@agent-factory/sdk/contracts';
import type { Run, RunEvent, RunWait } from '@agent-factory/sdk/domain';
import type { OutboxMessage } from '../store/outbox.ts';
import { eventTypes, type ContentName } from '../webhook.ts';

/** What is told of an event of a run; `undefined` where it is nobody's business: it waits for a time, or for its own. */
export function messageOf({ runId, seq, type, at }: RunEvent, run: Run): OutboxMessage | undefined {
  if (!eventTypes.some((known) => known === type)) return undefined;
  if (type === 'run.waiting' && !run.waitingFor?.some(isForOthers)) return undefined;
  return { id: `msg_${runId}_${seq}`, type, runId, at, data: JSON.stringify(thinRun(run)) };
}

/** Whether somebody outside has to do something. */
function isForOthers({ kind }: RunWait): boolean {
  return kind === 'approval' || kind === 'decision' || kind === 'event';
}

/** A run without anything that was said or given. */
function thinRun(run: Run): object {
  const { id, subject, parent, status, error, waitingFor, usage, cost, createdAt, startedAt, endedAt } = run;
  return {
    runId: id,
    subject: { kind: subject.kind, name: subject.name, version: subject.version },
    status,
    parentRunId: parent?.runId,
    error: error && { code: error.code, retryable: error.retryable },
    waitingFor: waitingFor?.map(thinWait),
    usage,
    cost,
    createdAt,
    startedAt,
    endedAt,
  };
}

function thinWait(wait: RunWait): object {
  const { detail: _detail, ...rest } = wait;
  if (rest.kind !== 'decision') return rest;
  const { input: _input, question: _question, ...decision } = rest;
  return decision;
}

/** What a body is made of. */
export interface PayloadParts {
  readonly journal: Journal;
  readonly maxContentBytes: number;
}

/** The body of a message: what was written with the event, and the contents that the webhook asks for. */
export async function bodyOf(
  { type, at, data, runId }: Omit<OutboxMessage, 'id'>,
  include: readonly ContentName[],
  tenant: string,
  { journal, maxContentBytes }: PayloadParts,
): Promise<Uint8Array> {
  const told = JSON.parse(data) as JsonObject; // as it was written
  const run = runId !== null && include.length > 0 ? await journal.tenant(tenant).run(runId) : undefined;
  const contents = run && contentsOf(run, include);
  const isTooLong = contents !== undefined && Buffer.byteLength(JSON.stringify(contents)) > maxContentBytes;
  const body = {
    type,
    timestamp: new Date(at).toISOString(),
    data: { ...told, ...(isTooLong ? { contentsLeftOut: true } : contents && { contents }) },
  };
  return Buffer.from(JSON.stringify(body));
}

function contentsOf(run: Run, include: readonly ContentName[]): Readonly<Record<string, Json>> {
  const found = include.flatMap((name) => {
    const value = run[name];
    return value === undefined ? [] : [[name, value as Json] as const]; // runs hold JSON alone
  });
  return Object.fromEntries(found);
}
