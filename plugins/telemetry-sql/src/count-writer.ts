import { isAgentFactoryError } from '@agent-factory/sdk';
import type { SqlStatement } from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import { createCounts, type Happening } from './counts.ts';

/** What was read of a run. */
interface ReadRun {
  /** Up to where it had been read; `undefined` where it never was. */
  readonly known: number | undefined;
  readonly upTo: number;
  readonly isOver: boolean;
  readonly happenings: readonly Happening[];
}

/** Writes what was read of many runs together, with how far they were read: all of it or nothing, and each thing once. */
export interface CountWriter {
  /** What was counted so far. */
  readonly counted: number;
  add(run: Run, read: ReadRun): Promise<void>;
  flush(): Promise<void>;
}

const mostRuns = 100;
const mostHappenings = 2000;

type Entry = readonly [Run, ReadRun];

/** Creates it. */
export function createCountWriter(
  write: (statements: readonly SqlStatement[]) => Promise<void>,
): CountWriter {
  let waiting: Entry[] = [];
  let happenings = 0;
  let counted = 0;
  const writeAll = async (entries: readonly Entry[]): Promise<void> => {
    try {
      await write(statementsOf(entries));
      for (const [, read] of entries) counted += read.happenings.length;
    } catch (error) {
      if (!isAgentFactoryError(error, 'AF_STORAGE_GUARD_FAILED')) throw error;
      // Another process was quicker with one of them, and has counted it; nothing was written here.
      if (entries.length > 1) for (const entry of entries) await writeAll([entry]);
    }
  };
  const flush = async (): Promise<void> => {
    const entries = waiting;
    waiting = [];
    happenings = 0;
    if (entries.length > 0) await writeAll(entries);
  };
  return {
    get counted() {
      return counted;
    },
    async add(run, read) {
      waiting.push([run, read]);
      happenings += read.happenings.length;
      if (waiting.length >= mostRuns || happenings >= mostHappenings) await flush();
    },
    flush,
  };
}

function statementsOf(entries: readonly Entry[]): readonly SqlStatement[] {
  const counts = createCounts();
  const places = entries.flatMap(([run, read]) => {
    for (const happening of read.happenings) counts.add(happening);
    return placeOf(run, read);
  });
  return [turn(entries), ...places, ...counts.statements()];
}

/**
 * Locks the row that all who count in this tenant begin with, so that no two wait for each other's; fails where a run is
 * forgotten that was read before.
 */
function turn(entries: readonly Entry[]): SqlStatement {
  const fresh = entries.flatMap(([{ createdAt }, { known }]) => (known === undefined ? [createdAt] : []));
  return {
    sql: "UPDATE af_telemetry_sql_marks SET value = value WHERE name = 'pruned' AND value <= ?",
    params: [Math.min(Number.MAX_SAFE_INTEGER, ...fresh)],
    changes: 1,
  };
}

/** Moves the place up to which a run was read; fails where somebody else has moved it. */
function placeOf({ id, createdAt }: Run, { known, upTo, isOver }: ReadRun): readonly SqlStatement[] {
  const isOpen = isOver ? 0 : 1;
  const move: SqlStatement = {
    sql: 'UPDATE af_telemetry_sql_runs SET seq = ?, is_open = ? WHERE run_id = ? AND seq = ?',
    params: [upTo, isOpen, id, known ?? 0],
    changes: 1,
  };
  if (known !== undefined) return [move];
  return [
    {
      sql: 'INSERT INTO af_telemetry_sql_runs (run_id, seq, created_at, is_open) VALUES (?, 0, ?, 1) ON CONFLICT DO NOTHING',
      params: [id, createdAt],
    },
    move,
  ];
}
