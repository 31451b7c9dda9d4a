import type { HeldJob } from './held-jobs.ts';
import { createPlaces } from './places.ts';

/** Where jobs are done: as many at once as a worker may do. */
export interface Desks {
  /** Does a job as soon as there is a desk; false when there was none in time, or the job is lost: it was not begun. */
  sit(job: HeldJob, work: () => Promise<void>): Promise<boolean>;
  /** Nothing more is begun. */
  close(): void;
}

/** How desks are watched. */
export interface DeskOptions {
  /** Called when jobs have become quick, or slow. They are taken to be slow at first. */
  readonly onPace: (quick: boolean) => void;
}

/** Jobs that end within this time, on the average, are quick; they stay so up to twice of it, lest the pace flap. */
const quickMs = 2;
/** How much of the average the newest job is. */
const weight = 0.1;
/** Milliseconds that a job waits for a desk before others may have it. */
const patienceMs = 50;

/** Creates desks. */
export function createDesks(count: number, { onPace }: DeskOptions): Desks {
  const places = createPlaces(count);
  let average = Infinity;
  let quick = false;

  const ended = (ms: number): void => {
    average = average === Infinity ? ms : average * (1 - weight) + ms * weight;
    const now = average < (quick ? 2 * quickMs : quickMs);
    if (now === quick) return;
    quick = now;
    onPace(quick);
  };

  return {
    async sit(job, work) {
      if (!(await places.wait(patienceMs))) {
        ended(Infinity); // whatever sits at the desks is slow
        return false;
      }
      try {
        if (job.controller.signal.aborted) return false;
        const begun = performance.now();
        await work();
        ended(performance.now() - begun);
        return true;
      } finally {
        places.give();
      }
    },
    close: () => places.close(),
  };
}
