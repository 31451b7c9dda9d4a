import type { RunAddress, SqlDatabase } from '@agent-factory/sdk/contracts';
import type { ChainHead } from './event-chain.ts';
import { inList, packList } from './sql-list.ts';

/** Where the chains of the runs that this process works on stand. */
export interface ChainHeads {
  get(run: RunAddress): ChainHead | undefined;
  set(run: RunAddress, head: ChainHead): void;
  forget(run: RunAddress): void;
}

/** How many are remembered at least; twice as many at most. */
const capacity = 20_000;

/** The heads of one tenant, by run. */
type HeadsByRun = Map<string, ChainHead>;

/**
 * Remembers chain heads, so that an append need not read what this process wrote itself. One that is out of date does
 * no harm: the run's row guards the append. A full half moves to the side and a new one begins.
 */
export function createChainHeads(): ChainHeads {
  let young = new Map<string, HeadsByRun>();
  let old = new Map<string, HeadsByRun>();
  let size = 0;
  return {
    get: ({ tenant, runId }) => young.get(tenant)?.get(runId) ?? old.get(tenant)?.get(runId),
    set({ tenant, runId }, head) {
      if (size >= capacity) {
        old = young;
        young = new Map();
        size = 0;
      }
      let heads = young.get(tenant);
      if (heads === undefined) young.set(tenant, (heads = new Map()));
      size -= heads.size;
      heads.set(runId, head);
      size += heads.size;
    },
    forget({ tenant, runId }) {
      if (young.get(tenant)?.delete(runId)) size--;
      old.get(tenant)?.delete(runId);
    },
  };
}

/** Reads where chains stand; a run that is not there has none. */
export async function readChainHeads(
  database: SqlDatabase,
  runIds: readonly string[],
): Promise<ReadonlyMap<string, ChainHead>> {
  const rows = await database.query<{ id: string; last_seq: number; hash: string }>(
    `SELECT id, last_seq, hash FROM af_journal_sql_runs WHERE id IN ${inList(database.dialect)}`,
    [packList(runIds)],
  );
  return new Map(rows.map(({ id, last_seq: seq, hash }) => [id, { seq, hash }]));
}
