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

/** Starts to count the whole call; phases are entered as they come. */
export function createPhaseClock(
  timeouts: Timeouts,
  { isPaused, onTimeout }: { isPaused(): boolean; onTimeout(what: TimedOut): void },
): PhaseClock {
  let phase: NodeJS.Timeout | undefined;
  let stopped = false;
  const tell = (setting: keyof Timeouts): void =>
    onTimeout({ what: whats[setting], ms: timeouts[setting], setting });
  const total = setTimeout(() => tell('totalMs'), timeouts.totalMs);
  return {
    enter(next) {
      if (stopped) return;
      clearTimeout(phase);
      // While the reader makes the server wait, silence is not the server's.
      phase = setTimeout(() => (isPaused() ? phase?.refresh() : tell(next)), timeouts[next]);
    },
    heard: () => {
      phase?.refresh();
    },
    stop() {
      stopped = true;
      clearTimeout(phase);
      clearTimeout(total);
    },
  };
}
