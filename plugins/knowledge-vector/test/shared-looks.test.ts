import assert from 'node:assert/strict';
import { waitFor } from '@agent-factory/sdk/testing';
import { createSharedLooks } from '../src/shared-looks.ts';

/** Something to look at, which ends when it is told to, or is given up. */
function sight(): {
  begun: number;
  end: (what: string) => void;
  begin: (signal: AbortSignal) => Promise<string>;
} {
  let held = Promise.withResolvers<string>();
  return {
    begun: 0,
    end: (what) => held.resolve(what),
    begin(signal) {
      this.begun++;
      held = Promise.withResolvers<string>();
      signal.addEventListener('abort', () => held.reject(signal.reason));
      return held.promise;
    },
  };
}

describe('looks that are shared', () => {
  const key = 'base';
  const gone = new Error('gone');

  it('are one for those who ask for the same', async () => {
    const looks = createSharedLooks<string>();
    const seen = sight();
    const asked = [1, 2, 3].map(() => looks.share({ key, version: 'a' }, (signal) => seen.begin(signal)));
    seen.end('seen');
    assert.deepEqual([await Promise.all(asked), seen.begun], [['seen', 'seen', 'seen'], 1]);
  });

  it('are left by whoever goes away, and given up when that was the last', async () => {
    const looks = createSharedLooks<string>();
    const seen = sight();
    const begin = (signal: AbortSignal): Promise<string> => seen.begin(signal);
    const [first, second] = [new AbortController(), new AbortController()];
    const one = looks.share({ key, version: 'a', signal: first.signal }, begin);
    const two = looks.share({ key, version: 'a', signal: second.signal }, begin);
    first.abort(gone);
    await assert.rejects(one, gone);
    assert.equal(seen.begun, 1);
    second.abort(gone);
    await assert.rejects(two, gone);
    const three = looks.share({ key, version: 'a' }, begin);
    await waitFor('another look', () => seen.begun === 2);
    seen.end('seen again');
    assert.equal(await three, 'seen again');
  });

  it('are begun anew for another version, once the one before has ended', async () => {
    const looks = createSharedLooks<string>();
    const [old, young] = [sight(), sight()];
    const one = looks.share({ key, version: 'a' }, (signal) => old.begin(signal));
    const two = looks.share({ key, version: 'b' }, (signal) => young.begin(signal));
    assert.equal(young.begun, 0);
    old.end('old');
    assert.equal(await one, 'old');
    await waitFor('another look', () => young.begun === 1);
    young.end('young');
    assert.equal(await two, 'young');
  });
});
