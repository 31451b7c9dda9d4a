import type { Contribution, Disposer, JsonObject, Logger } from '@agent-factory/sdk';
import type { Maintenance, MaintenanceState, MaintenanceTask, Storage } from '@agent-factory/sdk/contracts';
import type { MaintenanceConfig } from './config.ts';
import { errors } from './errors.ts';
import { createTaskLedger, type TaskClaim, type TaskRow } from './task-ledger.ts';

/** The maintenance, and what the plugin begins with it. */
export interface MaintenanceParts {
  readonly maintenance: Maintenance;
  /** Begins to do tasks as they fall due; what it returns ends it, and waits for those under way. */
  begin(): Disposer;
}

/** Creates the maintenance over the tasks that plugins contribute. */
export function createMaintenance(
  storage: Storage,
  contributed: readonly Contribution<MaintenanceTask>[],
  config: MaintenanceConfig,
  log: Logger,
): MaintenanceParts {
  const tasks = tasksByName(contributed, config);
  const ledger = createTaskLedger(storage, config.leaseMs);

  const taskNamed = (name: string): MaintenanceTask => {
    const task = tasks.get(name);
    if (task) return task;
    const known = [...tasks.keys()].join(', ') || 'none';
    throw errors.AF_MAINTENANCE_TASK_UNKNOWN({ task: name, known });
  };

  /** Does a claimed task; it is broken off when the claim is lost or `stop` aborts. */
  const perform = async (task: MaintenanceTask, claim: TaskClaim, stop: AbortSignal): Promise<JsonObject> => {
    const { name, everyMs } = task;
    const controller = new AbortController();
    const signal = AbortSignal.any([controller.signal, stop]);
    const heart = setInterval(() => {
      ledger.renew(claim).then(
        (kept) => {
          if (!kept) controller.abort(errors.AF_MAINTENANCE_TASK_BUSY({ task: name }));
        },
        (error: unknown) => log.warn('a maintenance task could not report', { task: name, error }),
      );
    }, config.leaseMs / 3);
    const began = performance.now();
    try {
      const result = await task.run({ signal, log: log.child({ task: name }) });
      await ledger.finish(claim, everyMs, { ms: performance.now() - began, result });
      return result;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      // Broken off is not failed: whoever serves next goes on at once.
      const pause = stop.aborted ? 0 : everyMs;
      await ledger.finish(claim, pause, { ms: performance.now() - began, error: reason });
      throw error;
    } finally {
      clearInterval(heart);
    }
  };

  const never = new AbortController().signal;
  const maintenance: Maintenance = {
    async list() {
      await ledger.enter([...tasks.keys()]);
      const rows = await ledger.rows();
      return rows.flatMap((row) => {
        const task = tasks.get(row.name);
        return task ? [stateOf(task, row)] : [];
      });
    },
    async run(name) {
      const task = taskNamed(name);
      await ledger.enter([name]);
      const claim = await ledger.claim(name, { now: true });
      if (!claim) throw errors.AF_MAINTENANCE_TASK_BUSY({ task: name });
      return perform(task, claim, never);
    },
  };

  const begin = (): Disposer => {
    const stop = new AbortController();
    const loops = [...tasks.values()]
      .filter(({ name }) => !config.off.includes(name))
      .map((task) => {
        const attempt = async (): Promise<number> => {
          try {
            await ledger.enter([task.name]);
            const claim = await ledger.claim(task.name, { now: false });
            if (claim) await perform(task, claim, stop.signal);
            // Never longer than the task's own time: another process may end before it has done it.
            return Math.min(await ledger.waitMs(task.name), task.everyMs);
          } catch (error) {
            if (!stop.signal.aborted)
              log.error('a maintenance task failed; it comes again', { task: task.name, error });
            return task.everyMs;
          }
        };
        return loop(attempt, stop.signal);
      });
    return async () => {
      stop.abort();
      await Promise.all(loops);
    };
  };

  return { maintenance, begin };
}

/** Milliseconds that processes which wait for the same moment spread over. */
const spreadMs = 50;

/** Repeats `attempt`, the first time at once, until `signal` aborts; it says how many milliseconds to wait. */
async function loop(attempt: () => Promise<number>, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const waitMs = await attempt();
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(wake, Math.min(waitMs + (0.2 + Math.random()) * spreadMs, 2 ** 31 - 1));
      function wake(): void {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        resolve();
      }
      signal.addEventListener('abort', wake);
    });
  }
}

function tasksByName(
  contributed: readonly Contribution<MaintenanceTask>[],
  { everyMs }: MaintenanceConfig,
): ReadonlyMap<string, MaintenanceTask> {
  const tasks = new Map<string, MaintenanceTask>();
  const owners = new Map<string, string>();
  for (const { plugin, value } of contributed) {
    const { name, description } = value;
    const first = owners.get(name);
    if (first !== undefined) throw errors.AF_MAINTENANCE_TASK_TWICE({ task: name, first, second: plugin });
    owners.set(name, plugin);
    tasks.set(name, {
      name,
      description,
      everyMs: Math.max(everyMs[name] ?? value.everyMs, 100),
      run: (context) => value.run(context),
    });
  }
  return new Map([...tasks].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function stateOf({ name, description, everyMs }: MaintenanceTask, row: TaskRow): MaintenanceState {
  return {
    name,
    description,
    everyMs,
    running: row.running === 1,
    nextAt: row.next_at,
    ...(row.last_started_at !== null && { lastStartedAt: row.last_started_at }),
    ...(row.last_ms !== null && { lastMs: row.last_ms }),
    // Written from a JSON object.
    ...(row.last_result !== null && { lastResult: JSON.parse(row.last_result) as JsonObject }),
    ...(row.last_error !== null && { lastError: row.last_error }),
  };
}
