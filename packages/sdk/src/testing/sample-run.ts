import { randomUUID } from 'node:crypto';
import type { RunEvent } from '../domain/event.ts';
import type { Run, RunStatus, RunSubject } from '../domain/run.ts';
import type { JsonObject } from '../json.ts';

/** What a sample run is made with; ids are random unless given. */
export interface SampleRunOptions {
  readonly id?: string;
  readonly agent?: string;
  /** Idempotency key. */
  readonly key?: string;
  readonly createdAt?: number;
  readonly metadata?: JsonObject;
  /** How many pieces the answer comes in. Default 1; six events in all. */
  readonly deltas?: number;
}

/** A run with every event it will have, so that a test can write it bit by bit. */
export interface SampleRun {
  readonly id: string;
  /** Number of its last event. */
  readonly length: number;
  /** Its events from one number to another, both included. */
  events(from: number, to: number): readonly RunEvent[];
  /** The run after the event of that number. */
  after(seq: number): Run;
}

/** Makes up a run of one turn: created, started, asked, answered piece by piece, succeeded. */
export function sampleRun(options: SampleRunOptions = {}): SampleRun {
  const {
    id = randomUUID(),
    agent = 'guide',
    key,
    createdAt = 1_700_000_000_000,
    metadata,
    deltas = 1,
  } = options;
  const input = [{ role: 'user', content: 'How far is it — "très" loin?' }] as const;
  const subject: RunSubject = { kind: 'agent', name: agent, hash: '0'.repeat(64) };
  const usage = { inputTokens: 12, outputTokens: 5 };
  const length = deltas + 5;
  const statusAfter = (seq: number): RunStatus =>
    seq === 1 ? 'queued' : seq < length ? 'running' : 'succeeded';

  const eventAt = (seq: number): RunEvent => {
    const head = { runId: id, seq, at: createdAt + seq };
    if (seq === 1) {
      const start = { subject, input, limits: { turns: 3 } };
      const data = {
        ...start,
        ...(metadata && { metadata }),
        ...(key !== undefined && { idempotencyKey: key }),
      };
      return { ...head, type: 'run.created', data };
    }
    if (seq === 2) return { ...head, type: 'run.started', data: { attempt: 1 } };
    if (seq === 3) {
      const data = { turn: 1, provider: 'scripted', model: 'm', messages: 2, tools: ['distance'] };
      return { ...head, type: 'model.requested', data };
    }
    if (seq < length - 1) return { ...head, type: 'message.delta', data: { turn: 1, text: 'near' } };
    if (seq === length - 1) {
      const message = { role: 'assistant', content: 'near\u0000'.repeat(deltas) } as const;
      return {
        ...head,
        type: 'model.responded',
        data: { turn: 1, message, finishReason: 'stop', usage, durationMs: 3 },
      };
    }
    return { ...head, type: 'run.succeeded', data: { output: 'near', citations: [], usage } };
  };

  return {
    id,
    length,
    events: (from, to) => Array.from({ length: to - from + 1 }, (_, index) => eventAt(from + index)),
    after: (seq) => ({
      id,
      subject,
      status: statusAfter(seq),
      input,
      citations: [],
      usage: seq < length - 1 ? { inputTokens: 0, outputTokens: 0 } : usage,
      turns: seq < length - 1 ? 0 : 1,
      toolCalls: 0,
      createdAt,
      lastSeq: seq,
      ...(metadata && { metadata }),
      ...(seq > 1 && { startedAt: createdAt + 2 }),
      ...(seq === length && { endedAt: createdAt + seq, output: 'near' }),
    }),
  };
}
