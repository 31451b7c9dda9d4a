import assert from 'node:assert/strict';
import type { Run, RunEvent } from '@agent-factory/sdk/domain';
import { createCounts, type Happening } from '../src/counts.ts';
import { durationsOf } from '../src/durations.ts';
import { countRun } from '../src/run-counts.ts';

const run = {
  id: 'run_1',
  subject: { kind: 'workflow', name: 'ship', hash: '' },
  createdAt: 1000,
} as unknown as Run; // as far as it is looked at
const usage = { inputTokens: 3, outputTokens: 1 };
const asked = (turn: number, path?: string): object => ({
  type: 'model.requested',
  data: { turn, ...(path && { path }), provider: 'test', model: `m${turn}` },
});
const answered = (turn: number, path?: string): object => ({
  type: 'model.responded',
  data: { turn, ...(path && { path }), usage, costNanoUsd: 5, durationMs: 20 },
});

/** Calls of models that overlap, one that is asked again, and one that is given up. */
const events = [
  { type: 'run.created', data: {} },
  { type: 'run.started', data: {} },
  asked(1, 'a'),
  asked(2, 'b'),
  answered(1, 'a'),
  { type: 'tool.finished', data: { tool: 'look', durationMs: 2 } },
  asked(3),
  answered(2, 'b'),
  { type: 'run.started', data: {} },
  asked(3),
  { type: 'model.failed', data: { turn: 3, error: { code: 'AF_X' }, willRetry: true } },
  asked(3),
  answered(3),
  { type: 'run.waiting', data: { for: [] } },
  asked(4),
  { type: 'tool.finished', data: { tool: 'look', durationMs: 2, error: { code: 'AF_Y' } } },
  { type: 'run.failed', data: { error: { code: 'AF_Z' }, usage } },
].map((event, index) => ({
  ...event,
  runId: run.id,
  seq: index + 1,
  at: 2000 + index,
})) as unknown as readonly RunEvent[]; // as far as they are looked at

const sorted = (found: readonly Happening[]): readonly string[] =>
  found.map((one) => JSON.stringify(one)).toSorted();

describe('what a run did', () => {
  const whole = sorted(countRun(run, events, 0).happenings);

  it('is counted when it is over', () => {
    assert.equal(whole.length, 7);
    assert.equal(countRun(run, events, 0).upTo, events.length);
  });

  it('is the same whenever it is read in between, however often', () => {
    for (let first = 1; first < events.length; first += 1)
      for (let second = first; second <= events.length; second += 1) {
        const found: Happening[] = [];
        let at = 0;
        for (const end of [first, second, events.length]) {
          const { happenings, upTo } = countRun(run, events.slice(at, end), at);
          assert.ok(upTo >= at && upTo <= end);
          found.push(...happenings);
          at = upTo;
        }
        assert.deepEqual(sorted(found), whole, `read at ${first} and ${second}`);
      }
  });

  it('is not counted with a fork that shares it', () => {
    const fork = { ...run, forkOf: { runId: 'run_0', seq: 9, shared: 8 } };
    assert.equal(countRun(fork, events, 0).happenings.length, 4);
  });
});

describe('how long things took', () => {
  it('is told by buckets, and estimated between their bounds', () => {
    assert.equal(durationsOf([0, 0, 0, 0, 0, 0, 0, 0], 0), undefined);
    const { meanMs, medianMs, p95Ms } = durationsOf([10, 10, 0, 0, 0, 0, 0, 0], 4000) ?? {};
    assert.deepEqual([meanMs, medianMs, p95Ms], [200, 100, 460]);
    assert.equal(durationsOf([0, 0, 0, 0, 0, 0, 0, 3], 30_000_000)?.medianMs, 3_600_000);
  });

  it('is added up without what fits into no bucket being lost', () => {
    const counts = createCounts();
    const base = { hour: 0, kind: 'tool', name: 'look', source: '', outcome: 'succeeded', code: '' } as const;
    for (const durationMs of [0, 100, 101, 1e9]) counts.add({ ...base, durationMs });
    assert.equal(counts.size, 1);
    const update = counts.statements()[1];
    assert.deepEqual(update?.params?.slice(0, 13), [4, 1_000_000_201, 0, 0, 0, 2, 1, 0, 0, 0, 0, 0, 1]);
  });
});
