import { createPeer, lineOf, messageKinds, peerParts, readLine } from '@agent-factory/sdk/bridge';
import { frameKinds } from '../frames.ts';
import { guestEvents } from './guest-events.ts';
import { guestFetch } from './guest-fetch.ts';
import { guestMain } from './guest-main.ts';
import { guestText } from './guest-text.ts';
import { asks, timerDue } from './host-call.ts';

/** Taken from the guest's realm: ways to memory the limits do not count, and to code made from text. */
const withdrawn = ['Buffer', 'WebAssembly', 'SharedArrayBuffer', 'Atomics'];

/** Held by the guest as its own: to look a global up costs a call out of the engine, each time. */
const held = [
  'Array',
  'Date',
  'Error',
  'FinalizationRegistry',
  'JSON',
  'Map',
  'Math',
  'Number',
  'Object',
  'Promise',
  'Reflect',
  'Set',
  'String',
  'Symbol',
];

function textOf(parts: Readonly<Record<string, unknown>>): string {
  return Object.entries(parts)
    .map(([name, part]) => `${name}: ${String(part)},`)
    .join('\n      ');
}

/** The script that makes a guest: its value is a function of what the runner gives it: `HostCall`, and what wakes it. */
export function guestSource(): string {
  const numbers = { kinds: messageKinds, frames: frameKinds, timerDue };
  return `(function () {
  'use strict';
  const global = globalThis;
  const { ${held.join(', ')} } = global;
  for (const name of ${JSON.stringify(withdrawn)}) delete global[name];
  return function (host, wake) {
    const asks = ${JSON.stringify(asks)};
    const timers = (${String(guestEvents)})(host, asks, global);
    (${String(guestText)})(host, asks, global);
    const parts = {
      ${textOf({ ...peerParts, createPeer, lineOf, readLine, guestFetch })}
    };
    return (${String(guestMain)})(wake, ${JSON.stringify(numbers)}, parts, timers, global);
  };
})()`;
}
