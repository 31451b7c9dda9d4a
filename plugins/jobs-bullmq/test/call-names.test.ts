import assert from 'node:assert/strict';
import { newJobId } from '@agent-factory/sdk/contracts';
import { callName, readCall, sharedCalls } from '../src/call-names.ts';

const job = (queue: string, priority = 50, delayMs = 0) => ({ id: newJobId(), queue, priority, delayMs });

describe('names of calls', () => {
  it('lets jobs of one queue and one priority share a call, named after the first', () => {
    const jobs = [job('a'), job('a'), job('b'), job('a', 90), job('a')];
    const [first, second, , , third] = jobs;
    const names = sharedCalls(jobs);
    assert.deepEqual(new Set(names.keys()), new Set([first?.id, second?.id, third?.id]));
    assert.deepEqual(new Set(names.values()), new Set([first?.id]));
  });

  it('lets no more than eight share a call, and none that is delayed', () => {
    const jobs = Array.from({ length: 17 }, () => job('a'));
    const names = sharedCalls([...jobs, job('a', 50, 10)]);
    const groups = Map.groupBy(names, ([, name]) => name);
    assert.deepEqual(
      [...groups.values()].map((group) => group.length),
      [8, 8],
    );
    assert.equal(names.size, 16, 'the seventeenth has a call of its own');
  });

  it('reads what it has named', () => {
    const [first, second] = [newJobId(), newJobId()];
    const shared = callName({ id: second, dispatch: 0, packet: first });
    assert.deepEqual(readCall(shared, [first, second]), { ids: [first, second], dispatch: 0 });
    assert.deepEqual(readCall(callName({ id: first, dispatch: 12 }), 0), { ids: [first], dispatch: 12 });
  });
});
