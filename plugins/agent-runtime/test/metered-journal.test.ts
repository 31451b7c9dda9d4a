import assert from 'node:assert/strict';
import type { Run, RunEvent } from '@agent-factory/sdk/domain';
import { changeOf } from '../src/run/metered-journal.ts';

const usage = { inputTokens: 3, outputTokens: 4 };
const run = (more: Partial<Run> = {}): Run => ({ id: 'run_1', ...more }) as Run; // no more of it is looked at
/** Events with these types, numbered from `first`. */
const events = (types: readonly string[], first = 1): readonly RunEvent[] =>
  types.map((type, at) => ({
    runId: 'run_1',
    seq: first + at,
    type,
    at: 0,
    data: type === 'model.responded' ? { usage, costNanoUsd: 5 } : { attempt: first === 1 ? 1 : 2 },
  })) as unknown as readonly RunEvent[]; // no more of them is looked at

describe('what is counted of events', () => {
  const parent = { runId: 'run_0', path: 'a', depth: 1 };

  it('is nothing of most', () => {
    assert.equal(changeOf(events(['model.requested', 'message.delta'], 3), run()), undefined);
    assert.equal(changeOf(events(['run.started']), run()), undefined);
  });

  it('is a beginning with a place, that is left where the run ends or waits', () => {
    const begun = { runId: 'run_1', begins: true, place: 'taken' };
    assert.deepEqual(changeOf(events(['run.created', 'run.started']), run()), begun);
    assert.deepEqual(changeOf(events(['run.created', 'run.failed']), run()), { ...begun, place: 'left' });
    for (const type of ['run.waiting', 'run.succeeded', 'run.failed', 'run.cancelled'])
      assert.deepEqual(changeOf(events([type], 9), run()), { runId: 'run_1', place: 'left' });
    for (const type of ['run.resumed', 'run.started'])
      assert.deepEqual(changeOf(events([type], 9), run()), { runId: 'run_1', place: 'taken' });
  });

  it('is what answers of models used, of runs that others started too', () => {
    const used = { runId: 'run_1', tokens: 14, nanoUsd: 10 };
    assert.deepEqual(changeOf(events(['model.responded', 'model.responded'], 4), run()), used);
    assert.deepEqual(
      changeOf(events(['model.responded', 'model.responded', 'run.succeeded'], 4), run({ parent })),
      used,
    );
    assert.equal(changeOf(events(['run.created', 'run.started']), run({ parent })), undefined);
  });

  it('is not what a fork shares with its origin, or takes from there', () => {
    const forkOf = { runId: 'run_0', seq: 4, shared: 3 };
    const all = events(['run.created', 'run.started', 'model.responded', 'model.responded']);
    const begun = { runId: 'run_1', begins: true, place: 'taken' };
    assert.deepEqual(changeOf(all, run({ forkOf })), { ...begun, tokens: 7, nanoUsd: 5 });
    assert.deepEqual(changeOf(all, run({ forkOf: { ...forkOf, models: 'recorded' } })), begun);
  });
});
