/** Milliseconds that each phase of a call may take. */
export interface Timeouts {
  /** Until a new connection stands, TLS with it. Default 10,000. */
  readonly connectMs: number;
  /** From then until the answer begins. Default 120,000. */
  readonly firstByteMs: number;
  /** Between two pieces of the answer. Default 60,000. */
  readonly idleMs: number;
  /** For the whole call. Default 600,000. */
  readonly totalMs: number;
}

/** A phase that took too long, for a message. */
export interface TimedOut {
  /** What did not happen: "… did not {what} within …". */
  readonly what: string;
  readonly ms: number;
  readonly setting: keyof Timeouts;
}

/** Watches over the phases of one call. */
export interface PhaseClock {
  /** The next phase begins; none begins after {@link PhaseClock.stop}. */
  enter(phase: Exclude<keyof Timeouts, 'totalMs'>): void;
  /** The phase begins anew: something was heard. */
  readonly heard: () => void;
  stop(): void;
}

const whats: Readonly<Record<keyof Timeouts, string>> = {
  connectMs: 'accept a connection',
  firstByteMs: 'begin to answer',
  idleMs: 'go on with its answer',
  totalMs: 'end its answer',
};

/**
 * Starts to count the whole call; phases are entered as they come. One timer serves them all: it is set for the first
 * end that is due, and looks again when that was put off meanwhile.
 */
export function createPhaseClock(
  timeouts: Timeouts,
  { isPaused, onTimeout }: { isPaused(): boolean; onTimeout(what: TimedOut): void },
): PhaseClock {
  const { connectMs, firstByteMs, idleMs, totalMs } = timeouts;
  const begun = performance.now();
  const end = begun + totalMs;
  let phase: Exclude<keyof Timeouts, 'totalMs'> | undefined;
  let phaseEnd = Infinity;
  let stopped = false;

  const look = (): void => {
    const now = performance.now();
    due = Infinity;
    if (now >= end) return tell('totalMs');
    if (phase !== undefined && now >= phaseEnd) {
      // While the reader makes the server wait, silence is not the server's.
      if (!isPaused()) return tell(phase);
      phaseEnd = now + timeouts[phase];
    }
    arm(now);
  };
  const tell = (setting: keyof Timeouts): void =>
    onTimeout({ what: whats[setting], ms: timeouts[setting], setting });
  const arm = (now: number): void => {
    const next = Math.min(end, phaseEnd);
    if (next >= due) return;
    clearTimeout(timer);
    due = next;
    timer = setTimeout(look, Math.max(Math.ceil(next - now), 1));
  };
  // Early enough for every phase, so that entering one seldom sets it anew.
  const first = Math.min(connectMs, firstByteMs, idleMs, totalMs);
  let due = begun + first;
  let timer = setTimeout(look, first);

  const begin = (): void => {
    if (phase === undefined) return;
    const now = performance.now();
    phaseEnd = now + timeouts[phase];
    arm(now);
  };

  return {
    enter(next) {
      if (stopped) return;
      phase = next;
      begin();
    },
    heard: begin,
    stop() {
      stopped = true;
      phase = undefined;
      clearTimeout(timer);
    },
  };
}
