import { finalJobStates } from './job-rules.ts';
import type { JobControl, JobSchedules } from './jobs.ts';
import type { TenantEraser } from './tenant-eraser.ts';

/** What erasing needs of an engine of jobs. */
export interface JobsEraserOptions {
  /** `jobs-local`: the plugin's id. */
  readonly name: string;
  readonly control: Pick<JobControl, 'list' | 'cancel'>;
  readonly schedules: Pick<JobSchedules, 'list' | 'remove'>;
  /** Removes the jobs with these ids for good. */
  remove(ids: readonly string[]): Promise<void>;
  /** Removes what is kept of a tenant beside its jobs: when they began, for its rate. */
  forget(tenant: string): Promise<void>;
}

const pageSize = 200;
/** Jobs cancelled at the same time. */
const atOnce = 16;

/**
 * Erases the jobs of a tenant, whatever their state: those that wait never begin, handlers at work are told that theirs
 * was cancelled, and jobs of others that wait for one of them die. Its schedules go first, so that they add none.
 */
export function createJobsEraser(options: JobsEraserOptions): TenantEraser {
  const { name, control, schedules, remove, forget } = options;

  /** Removes what there is; gives how many there were. */
  const pass = async (tenant: string): Promise<number> => {
    let removed = 0;
    let before: string | undefined;
    for (;;) {
      const page = await control.list({ tenant, limit: pageSize, ...(before !== undefined && { before }) });
      const unfinished = page.filter(({ state }) => !finalJobStates.has(state)).map(({ id }) => id);
      const cancelSome = async (): Promise<void> => {
        for (let id = unfinished.pop(); id !== undefined; id = unfinished.pop()) await control.cancel(id);
      };
      await Promise.all(Array.from({ length: atOnce }, cancelSome));
      if (page.length > 0) await remove(page.map(({ id }) => id));
      removed += page.length;
      before = page.at(-1)?.id;
      if (page.length < pageSize) return removed;
    }
  };

  return {
    name,
    async erase(tenant) {
      for (const { name: schedule, job } of await schedules.list())
        if (job.tenant === tenant) await schedules.remove(schedule);
      // Jobs that came while others went are found by the next look.
      while ((await pass(tenant)) > 0);
      await forget(tenant);
    },
  };
}
