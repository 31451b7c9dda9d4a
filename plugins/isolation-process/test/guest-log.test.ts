import assert from 'node:assert/strict';
import {
  createPacker,
  createPeer,
  createStreams,
  createWatches,
  lineOf,
  messageKinds,
  readLine,
} from '@agent-factory/sdk/bridge';
import { frameKinds } from '../src/frames.ts';
import { guestFetch } from '../src/guest/guest-fetch.ts';
import { guestMain } from '../src/guest/guest-main.ts';
import { timerDue } from '../src/guest/host-call.ts';

describe('lines of log on the side of the plugin', () => {
  const { now } = Date;
  let ms = 0;
  before(() => {
    Date.now = () => ms;
  });
  after(() => {
    Date.now = now;
  });

  it('are dropped there beyond what is let through, and counted with the next one', () => {
    const global: Record<string, unknown> = { AbortController };
    const parts = {
      createPacker,
      createPeer,
      createStreams,
      createWatches,
      lineOf,
      readLine,
      guestFetch,
    };
    const numbers = { kinds: messageKinds, frames: frameKinds, timerDue };
    const guest = guestMain(() => {}, numbers, parts, { due() {} }, global);
    const { error } = global['console'] as Pick<Console, 'error'>; // put there by the guest
    const said = (): string[] => guest.lines.split('\n').slice(0, -1);

    for (let line = 0; line < 20_000; line++) error('x');
    assert.equal(said().length, 100);
    ms += 1000;
    error('after');
    error('more');
    assert.deepEqual(said(), [
      lineOf(frameKinds.log, 19_900, 3, '["after",{}]').trim(),
      lineOf(frameKinds.log, 0, 3, '["more",{}]').trim(),
    ]);
  });
});
