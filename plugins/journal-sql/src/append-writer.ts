import { setTimeout as delay } from 'node:timers/promises';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { SqlDatabase, SqlDurability, UseTenant } from '@agent-factory/sdk/contracts';
import { appendStatements } from './append-statements.ts';
import { explainRefusal } from './append-refusal.ts';
import { readChainHeads, type ChainHeads } from './chain-heads.ts';
import { noEvents, sealAppend, type ChainHead, type SealedAppend } from './event-chain.ts';
import type { Outcome } from './group-commit.ts';
import type { PreparedAppend } from './prepared-append.ts';

/** What appends are written with. */
export interface AppendWriterOptions {
  readonly useTenant: UseTenant;
  readonly heads: ChainHeads;
  /** Default: as the storage is configured. */
  readonly durability: SqlDurability | undefined;
}

/** How long the database may be away, in milliseconds, before appends that may have been written are given up. */
const patienceMs = 10_000;
const firstPauseMs = 20;
const longestPauseMs = 500;
/** Outcomes that are missing are good ones. */
const noneRefused: readonly Outcome[] = [];

/**
 * Creates what writes the appends of a tenant, together if it can. Where one of them is refused, each is tried alone;
 * where it is not known whether they were written, it is found out by reading, and what was not is written again.
 */
export function createAppendWriter(
  { useTenant, heads, durability }: AppendWriterOptions,
  tenant: string,
): (appends: readonly PreparedAppend[]) => Promise<readonly Outcome[]> {
  const inBatch = durability && { durability };

  const commit = (database: SqlDatabase, sealed: readonly SealedAppend[]): Promise<void> =>
    database.batch(appendStatements(database.dialect, sealed), inBatch);

  const remember = ({ append, head }: SealedAppend): void => {
    if (append.outcome === null) heads.set({ tenant, runId: append.runId }, head);
    else heads.forget({ tenant, runId: append.runId });
  };

  /** Continues every chain from memory, as nearly all do; `undefined` when one is not remembered so. */
  const sealKnown = (appends: readonly PreparedAppend[]): readonly SealedAppend[] | undefined => {
    const sealed: SealedAppend[] = [];
    const runs = new Set<string>();
    for (const append of appends) {
      const { runId, before } = append;
      const known = before === 0 ? noEvents : heads.get({ tenant, runId });
      if (known?.seq !== before || runs.has(runId)) return undefined;
      runs.add(runId);
      sealed.push(sealAppend(append, known.hash));
    }
    return sealed;
  };

  /** Chain heads of the runs, as remembered where that can be true, else as they lie in the database. */
  const headsFor = async (
    database: SqlDatabase,
    appends: readonly PreparedAppend[],
  ): Promise<Map<string, ChainHead>> => {
    const found = new Map<string, ChainHead>();
    const missing: string[] = [];
    for (const { runId, before } of appends) {
      if (found.has(runId)) continue;
      const known = before === 0 ? noEvents : heads.get({ tenant, runId });
      if (known?.seq !== before) missing.push(runId);
      found.set(runId, known ?? noEvents);
    }
    if (missing.length === 0) return found;
    const read = await readChainHeads(database, missing);
    for (const runId of missing) found.set(runId, read.get(runId) ?? noEvents);
    return found;
  };

  const writeOne = async (
    database: SqlDatabase,
    append: PreparedAppend,
    deadline: number,
  ): Promise<SealedAppend> => {
    const before = (await headsFor(database, [append])).get(append.runId) ?? noEvents;
    const sealed = sealAppend(append, before.hash);
    if (before.seq !== append.before) throw await explainRefusal(database, append);
    try {
      await commit(database, [sealed]);
    } catch (error) {
      heads.forget({ tenant, runId: append.runId });
      if (isUnclear(error, append)) return settle(sealed, error, deadline);
      throw isRefusal(error) ? await explainRefusal(database, append, error) : error;
    }
    return sealed;
  };

  /** Finds out whether an append was written, and writes it if not; its hash tells it from any other. */
  const settle = async (sealed: SealedAppend, unclear: unknown, deadline: number): Promise<SealedAppend> => {
    for (let pause = firstPauseMs; ; pause = Math.min(pause * 2, longestPauseMs)) {
      try {
        return await useTenant(tenant, async (database) => {
          if (await isWritten(database, sealed)) return sealed;
          try {
            await commit(database, [sealed]);
          } catch (error) {
            // The first try may have come through between the look and this one.
            if (!isRefusal(error)) throw error;
            if (!(await isWritten(database, sealed)))
              throw await explainRefusal(database, sealed.append, error);
          }
          return sealed;
        });
      } catch (error) {
        if (!isAgentFactoryError(error) || !error.retryable) throw error;
        if (performance.now() + pause > deadline) throw unclear;
        await delay(pause);
      }
    }
  };

  const each = async (
    appends: readonly PreparedAppend[],
    write: (append: PreparedAppend, index: number) => SealedAppend | Promise<SealedAppend>,
  ): Promise<readonly Outcome[]> => {
    const outcomes: Outcome[] = [];
    for (const [index, append] of appends.entries()) {
      try {
        remember(await write(append, index));
        outcomes.push(undefined);
      } catch (error) {
        outcomes.push({ error });
      }
    }
    return outcomes;
  };

  const writeAlone = (appends: readonly PreparedAppend[], deadline: number): Promise<readonly Outcome[]> =>
    each(appends, (append) => useTenant(tenant, (database) => writeOne(database, append, deadline)));

  return (appends) =>
    useTenant(tenant, async (database) => {
      const deadline = performance.now() + patienceMs;
      const sealed =
        sealKnown(appends) ??
        (appends.length > 1 ? sealAll(appends, await headsFor(database, appends)) : undefined);
      if (sealed === undefined) return writeAlone(appends, deadline);
      try {
        await commit(database, sealed);
      } catch (error) {
        for (const { runId } of appends) heads.forget({ tenant, runId });
        // A full disk or a lock concerns all of them; a refusal one of them, so that each is tried alone.
        if (isAgentFactoryError(error) && !error.retryable) return writeAlone(appends, deadline);
        return each(appends, (append, index) => {
          const own = sealed[index];
          if (own === undefined || !isUnclear(error, append)) throw error;
          return settle(own, error, deadline);
        });
      }
      for (const each of sealed) remember(each);
      return noneRefused;
    });
}

/** Continues every chain; `undefined` when one of the appends does not follow on its run. */
function sealAll(
  appends: readonly PreparedAppend[],
  heads: Map<string, ChainHead>,
): readonly SealedAppend[] | undefined {
  const sealed: SealedAppend[] = [];
  for (const append of appends) {
    const before = heads.get(append.runId) ?? noEvents;
    if (before.seq !== append.before) return undefined;
    const next = sealAppend(append, before.hash);
    heads.set(append.runId, next.head);
    sealed.push(next);
  }
  return sealed;
}

/**
 * Whether the append may be there in spite of the error, or may be written yet: a server that restarts is waited for.
 * Only a run's beginning is not: whoever starts it should hear at once that the server is away.
 */
function isUnclear(error: unknown, { before }: PreparedAppend): boolean {
  return (
    isAgentFactoryError(error, 'AF_STORAGE_COMMIT_UNKNOWN') ||
    (before > 0 && isAgentFactoryError(error, 'AF_STORAGE_UNAVAILABLE'))
  );
}

function isRefusal(error: unknown): boolean {
  return (
    isAgentFactoryError(error, 'AF_STORAGE_GUARD_FAILED') ||
    isAgentFactoryError(error, 'AF_STORAGE_CONSTRAINT')
  );
}

async function isWritten(database: SqlDatabase, { append, head }: SealedAppend): Promise<boolean> {
  const rows = await database.query<{ hash: string }>(
    'SELECT hash FROM af_journal_sql_events WHERE run_id = ? AND seq = ?',
    [append.runId, head.seq],
  );
  return rows[0]?.hash === head.hash;
}
