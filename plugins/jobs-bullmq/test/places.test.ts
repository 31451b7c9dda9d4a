import assert from 'node:assert/strict';
import { createPlaces } from '../src/places.ts';

describe('places', () => {
  it('gives as many as there are, and no more', async () => {
    const places = createPlaces(3);
    assert.equal(await places.wait(), true);
    assert.equal(places.take(5), 2);
    assert.equal(places.take(1), 0);
    assert.equal(await places.wait(1), false);
  });

  it('gives a place that is free again to who has waited longest', async () => {
    const places = createPlaces(1);
    await places.wait();
    const got: string[] = [];
    const first = places.wait().then(() => got.push('first'));
    const second = places.wait().then(() => got.push('second'));
    places.give();
    await first;
    assert.deepEqual(got, ['first']);
    places.give();
    await second;
    assert.deepEqual(got, ['first', 'second']);
  });

  it('lets those who wait in when there are more, and takes back none when there are fewer', async () => {
    const places = createPlaces(1);
    await places.wait();
    const waiting = places.wait();
    places.resize(3);
    assert.equal(await waiting, true);
    places.resize(1);
    places.give();
    assert.equal(places.take(1), 0, 'one of two is still too many');
    places.give();
    assert.equal(places.take(1), 1);
  });

  it('ends all waiting when it is closed', async () => {
    const places = createPlaces(1);
    await places.wait();
    const waiting = places.wait();
    places.close();
    assert.equal(await waiting, false);
    places.give();
    assert.equal(await places.wait(), false);
  });
});
