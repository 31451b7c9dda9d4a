import type { JsonObject, Logger } from '@agent-factory/sdk';
import type { Journal } from '@agent-factory/sdk/contracts';
import { runKey } from './active-runs.ts';
import { now, type HeldRun } from './held-run.ts';

/** A run whose lease is kept. */
export interface KeptRun {
  readonly key: string;
  readonly held: HeldRun;
  /** The run belongs to somebody else. */
  fenced(): void;
  /** Somebody wishes something of it; the same may be told again. */
  wished(wish: JsonObject): void;
}

/** Keeps the leases of the runs that are worked on, and hears what others wish of them. */
export interface LeaseKeeper {
  add(run: KeptRun): void;
  remove(run: KeptRun): void;
  /** Begins the time of these leases anew, now; rejects when the journal cannot be asked. */
  renew(runs: readonly KeptRun[]): Promise<void>;
  /** Looks at once whether somebody wishes something of this run, or of any, without a key. */
  look(key: string | undefined): void;
}

/** Creates the keeper; it asks for all leases together, every third of `ttlMs`, while there are any. */
export function createLeaseKeeper(journal: Journal, ttlMs: number, log: Logger): LeaseKeeper {
  const kept = new Set<KeptRun>();
  let timer: NodeJS.Timeout | undefined;

  const renew = async (runs: readonly KeptRun[]): Promise<void> => {
    if (runs.length === 0) return;
    const since = now();
    const { lost, wishes } = await journal.renew(
      runs.map(({ held }) => ({ ...held.address, ...held.lease })),
    );
    const gone = new Set(lost.map(runKey));
    for (const run of runs) {
      if (gone.has(run.key)) run.fenced();
      else run.held.extend(since);
    }
    for (const { wish, ...address } of wishes) runs.find(({ key }) => key === runKey(address))?.wished(wish);
  };

  const attempt = async (key?: string): Promise<void> => {
    const runs = [...kept].filter((run) => run.held.isGranted && (key === undefined || run.key === key));
    try {
      await renew(runs);
    } catch (error) {
      log.warn('the leases of running runs could not be renewed', { runs: runs.length, error });
    }
  };

  let asking = false;
  const arm = (): void => {
    if (timer === undefined && !asking && kept.size > 0) timer = setTimeout(() => void tick(), ttlMs / 3);
  };
  const tick = async (): Promise<void> => {
    timer = undefined;
    asking = true;
    await attempt();
    asking = false;
    arm();
  };

  return {
    add(run) {
      kept.add(run);
      arm();
    },
    remove(run) {
      kept.delete(run);
      if (kept.size > 0) return;
      clearTimeout(timer);
      timer = undefined;
    },
    renew,
    look(key) {
      void attempt(key);
    },
  };
}
