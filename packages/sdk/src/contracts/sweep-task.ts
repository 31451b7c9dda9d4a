import type { MaintenanceTask } from './maintenance.ts';

/** What is swept, and how often. */
export interface SweepTaskOptions extends Omit<MaintenanceTask, 'run'> {
  /** How much goes in one step. Default 1,000. */
  readonly size?: number;
  /** Removes up to `limit` of what is over; gives how many it were. */
  sweep(limit: number): Promise<number>;
}

/** A task that removes what is over, step by step, until a step finds less than it may remove; gives how many went. */
export function sweepTask({ size = 1_000, sweep, ...task }: SweepTaskOptions): MaintenanceTask {
  return {
    ...task,
    async run({ signal }) {
      let removed = 0;
      for (let went = size; went >= size && !signal.aborted; removed += went) went = await sweep(size);
      return { removed };
    },
  };
}
