/** Knows when runs that wait can go on, as far as this process was told; the journal knows all of them. */
export interface WakeClock {
  /** A run can go on then, in milliseconds since the epoch. */
  at(time: number): void;
  /** Who is told when a time has come; nobody any more, without one. */
  listen(listener: (() => void) | undefined): void;
}

/** Times further away are left to the regular looks into the journal. */
const mostMs = 3_600_000;
const mostTimes = 10_000;
/** The database's clock decides, and may be a little behind. */
const lateMs = 5;

/** Creates the clock: one timer, and a number for each time. */
export function createWakeClock(): WakeClock {
  const times = new Set<number>();
  let timer: NodeJS.Timeout | undefined;
  let armedFor = Infinity;
  let listening: (() => void) | undefined;

  const arm = (): void => {
    const first = times.size === 0 ? Infinity : Math.min(...times);
    if (first === armedFor) return;
    clearTimeout(timer);
    timer = undefined;
    armedFor = first;
    if (first === Infinity || !listening) return;
    timer = setTimeout(ring, Math.max(first - Date.now(), 0) + lateMs).unref();
  };
  const ring = (): void => {
    const now = Date.now();
    for (const time of times) if (time <= now) times.delete(time);
    armedFor = Infinity;
    arm();
    listening?.();
  };

  return {
    at(time) {
      if (!listening || time - Date.now() > mostMs || times.size >= mostTimes) return;
      times.add(time);
      arm();
    },
    listen(listener) {
      listening = listener;
      if (listener) return arm();
      clearTimeout(timer);
      times.clear();
      armedFor = Infinity;
    },
  };
}
