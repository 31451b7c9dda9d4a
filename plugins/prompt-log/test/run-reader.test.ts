import assert from 'node:assert/strict';
import type { RunEvent, RunEventData, RunEventType } from '@agent-factory/sdk/domain';
import { readRun, type RawEntry, type ReadUpTo } from '../src/run-reader.ts';

const runId = 'run_read';
const agentOf = (name: string): RunEventData['run.created']['subject'] => ({
  kind: 'agent',
  name,
  hash: '0'.repeat(64),
});
const usage = { inputTokens: 1, outputTokens: 1 };

/** A run with everything that lies across something else: calls side by side, a summary, a hand-over, a repair. */
function busyRun(): readonly RunEvent[] {
  const events: RunEvent[] = [];
  const add = <T extends RunEventType>(type: T, data: RunEventData[T]): void => {
    const seq = events.length + 1;
    events.push({ runId, seq, at: seq, type, data } as RunEvent); // its type and data belong together
  };
  const ask = (turn: number, path?: string): void =>
    add('model.requested', {
      turn,
      ...(path !== undefined && { path }),
      provider: 'test',
      model: 'small',
      messages: 1,
      tools: [],
    });
  const answer = (turn: number, path?: string): void =>
    add('model.responded', {
      turn,
      ...(path !== undefined && { path }),
      message: { role: 'assistant', content: `turn ${turn}` },
      finishReason: 'stop',
      usage,
      durationMs: 1,
    });
  const begin = (turn: number, callId: string): void =>
    add('tool.started', {
      turn,
      callId,
      tool: 'look',
      input: { callId },
      idempotencyKey: callId,
      attempt: 1,
    });
  const end = (turn: number, callId: string): void =>
    add('tool.finished', { turn, callId, tool: 'look', output: callId, durationMs: 1 });

  add('run.created', { subject: agentOf('first'), input: [{ role: 'user', content: 'Hello' }], limits: {} });
  add('run.started', { attempt: 1 });
  ask(1, 'memory.summary');
  answer(1, 'memory.summary');
  ask(1);
  answer(1);
  begin(1, 'a');
  begin(1, 'b');
  end(1, 'b');
  begin(1, 'c');
  end(1, 'a');
  end(1, 'c');
  add('handoff', { from: 'first', to: agentOf('second') });
  ask(2);
  answer(2);
  add('output.rejected', { turn: 2, problems: 'it is no JSON' });
  ask(3);
  answer(3);
  begin(3, 'd');
  end(3, 'd');
  ask(4);
  answer(4);
  add('run.succeeded', { output: 'done', citations: [], usage });
  return events;
}

/** What is kept when the run is read on at each of these places. */
function readIn(events: readonly RunEvent[], places: readonly number[]): readonly RawEntry[] {
  const run = { id: runId, subject: agentOf('first') };
  const kept = new Map<string, RawEntry>();
  let upTo: ReadUpTo = { seq: 0, agent: 'first' };
  for (const place of [...places, events.length]) {
    const read = readRun(
      run,
      events.filter(({ seq }) => seq > upTo.seq && seq <= place),
      upTo,
    );
    for (const entry of read.entries) if (!kept.has(entry.id)) kept.set(entry.id, entry);
    ({ upTo } = read);
  }
  return [...kept.values()].sort((a, b) => a.seq - b.seq);
}

describe('reading a run while it goes on', () => {
  const events = busyRun();
  const whole = readIn(events, []);

  it('tells what each question has new, and nothing of it for a summary', () => {
    const questions = whole.filter(({ kind }) => kind === 'model');
    assert.deepEqual(
      questions.map(({ agent, request }) => [agent, Object(request).path, Object(request).new]),
      [
        ['first', 'memory.summary', []],
        ['first', undefined, [[{ role: 'user', content: 'Hello' }]]],
        ['second', undefined, ['b', 'a', 'c'].map((callId) => ({ tool: 'look', callId }))],
        ['second', undefined, ['it is no JSON']],
        ['second', undefined, [{ tool: 'look', callId: 'd' }]],
      ],
    );
  });

  it('gives the same entries wherever it is interrupted, once or twice', () => {
    for (let first = 0; first <= events.length; first++)
      for (let second = first; second <= events.length; second++)
        assert.deepEqual(readIn(events, [first, second]), whole, `read up to ${first}, then up to ${second}`);
  });

  it('reads nothing of a workflow again that has nothing under way', () => {
    const subject = { ...agentOf('flow'), kind: 'workflow' } as const;
    const [created] = events;
    assert.ok(created?.type === 'run.created');
    const begun = [{ ...created, data: { ...created.data, subject } }, ...events.slice(1, 2)];
    const { upTo } = readRun({ id: runId, subject }, begun, { seq: 0, agent: 'flow' });
    assert.equal(upTo.seq, 2);
  });
});
