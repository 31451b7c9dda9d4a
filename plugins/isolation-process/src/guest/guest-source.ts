import { createPacker, createPeer, createStreams, messageKinds } from '@agent-factory/sdk/bridge';
import { frameKinds } from '../frames.ts';
import { guestEvents } from './guest-events.ts';
import { guestFetch } from './guest-fetch.ts';
import { guestMain } from './guest-main.ts';
import { guestText } from './guest-text.ts';
import { asks, timerDue } from './host-call.ts';

/** Taken from the guest's realm: ways to memory the limits do not count, and to code made from text. */
const withdrawn = ['Buffer', 'WebAssembly', 'SharedArrayBuffer', 'Atomics'];

/** The script that makes a guest: its value is a function of one argument, the runner's function. */
export function guestSource(): string {
  const numbers = { kinds: messageKinds, log: frameKinds.log, timerDue };
  return `(function () {
  'use strict';
  const global = globalThis;
  for (const name of ${JSON.stringify(withdrawn)}) delete global[name];
  return function (host) {
    const asks = ${JSON.stringify(asks)};
    const timers = (${String(guestEvents)})(host, asks, global);
    (${String(guestText)})(host, asks, global);
    const parts = {
      createPacker: ${String(createPacker)},
      createStreams: ${String(createStreams)},
      createPeer: ${String(createPeer)},
      guestFetch: ${String(guestFetch)},
    };
    const guest = (${String(guestMain)})(host, ${JSON.stringify(numbers)}, parts, timers, global);
    return function (kind, id, target, text) { guest.receive(kind, id, target, text); };
  };
})()`;
}
