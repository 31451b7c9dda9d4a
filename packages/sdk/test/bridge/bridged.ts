import { createPeer, messageKinds, peerParts, type Link, type Peer } from '@agent-factory/sdk/bridge';

/** Two peers joined by text; `here` calls what `there` lent. */
export interface Bridged {
  readonly here: Peer;
  readonly there: Peer;
  /** What either side did against the rules. */
  readonly broken: string[];
  /** The clock of both, in milliseconds; it is moved by hand. */
  readonly clock: { now: number };
  /** Every message that passed, from `there`, as its kind. */
  readonly sent: number[];
}

/** Joins two peers; every message is delivered as a microtask of its own. */
export function bridged(
  limits: Partial<Pick<Link, 'maxCalls' | 'maxFunctions' | 'maxServing' | 'window'>> = {},
): Bridged {
  const broken: string[] = [];
  const sent: number[] = [];
  const clock = { now: 1 };
  const ends: Peer[] = [];
  const end = (to: number): Peer =>
    createPeer(
      {
        kinds: messageKinds,
        send: (...message) => {
          if (to === 0) sent.push(message[0]);
          queueMicrotask(() => ends[to]?.receive(...message));
        },
        violated: (reason) => broken.push(reason),
        failure: ({ message, code }) => Object.assign(new Error(message), { code }),
        controller: () => new AbortController(),
        now: () => clock.now,
        maxFunctions: 100,
        maxServing: 32,
        window: 4,
        ...limits,
      },
      peerParts,
    );
  const here = end(1);
  const there = end(0);
  ends.push(here, there);
  return { here, there, broken, clock, sent };
}
