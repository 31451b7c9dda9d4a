import { canonicalJson } from '@agent-factory/sdk';
import {
  createTenantSweep,
  type Journal,
  type TenantStorage,
  type UseTenant,
} from '@agent-factory/sdk/contracts';
import type { RunSubject } from '@agent-factory/sdk/domain';

/** Keeps definitions that were made for some runs alone, as long as there are such runs. */
export interface MadeStore {
  /** Keeps one, for the run that is about to begin with it. */
  keep(tenant: string, subject: RunSubject, definition: object): Promise<void>;
  kept(tenant: string, hash: string): Promise<object | undefined>;
  /** Removes those with which no run began that is still there, at most `limit`; gives how many went. */
  sweep(limit: number): Promise<number>;
}

interface MadeRow {
  readonly hash: string;
  readonly kind: RunSubject['kind'];
  readonly name: string;
}

/** Milliseconds for which one is not looked at: a run that is about to begin with it is not there yet. */
const graceMs = 86_400_000;
/** Runs that are read at once, and how many pages of them at most: of more, what they began with stays. */
const pageSize = 200;
const mostPages = 500;

/** Creates the store on the tables of tenants. */
export function createMadeStore(
  use: UseTenant,
  tenants: TenantStorage,
  journal: Journal,
  now: () => number = Date.now,
): MadeStore {
  /** The hashes among these with which runs of the subject began, or all where there are too many runs to tell. */
  const usedOf = async (
    tenant: string,
    { kind, name }: MadeRow,
    hashes: ReadonlySet<string>,
  ): Promise<ReadonlySet<string>> => {
    const used = new Set<string>();
    let before: string | undefined;
    for (let page = 0; page < mostPages; page++) {
      const runs = await journal
        .tenant(tenant)
        .runs({ subject: { kind, name }, limit: pageSize, ...(before !== undefined && { before }) });
      for (const { subject } of runs) if (hashes.has(subject.hash)) used.add(subject.hash);
      before = runs.at(-1)?.id;
      if (runs.length < pageSize || used.size === hashes.size) return used;
    }
    return hashes;
  };

  const sweep = createTenantSweep(tenants, async (database, limit, tenant) => {
    const old = await database.query<MadeRow>(
      'SELECT hash, kind, name FROM af_agent_runtime_made WHERE used_at < ? ORDER BY used_at LIMIT ?',
      [now() - graceMs, Math.min(limit, pageSize)],
    );
    let removed = 0;
    for (const rows of Map.groupBy(old, ({ kind, name }) => `${kind}/${name}`).values()) {
      const [first] = rows;
      if (first === undefined) continue;
      const used = await usedOf(tenant, first, new Set(rows.map(({ hash }) => hash)));
      for (const { hash } of rows) {
        // Unless a run began with it meanwhile.
        const { changes } = await database.execute(
          used.has(hash)
            ? 'UPDATE af_agent_runtime_made SET used_at = ? WHERE hash = ?'
            : 'DELETE FROM af_agent_runtime_made WHERE used_at < ? AND hash = ?',
          [used.has(hash) ? now() : now() - graceMs, hash],
        );
        if (!used.has(hash)) removed += changes;
      }
    }
    return removed;
  });

  return {
    async keep(tenant, { kind, name, hash }, definition) {
      await use(tenant, (database) =>
        database.batch([
          {
            sql:
              'INSERT INTO af_agent_runtime_made (hash, kind, name, definition, used_at) VALUES (?, ?, ?, ?, 0)' +
              ' ON CONFLICT DO NOTHING',
            params: [hash, kind, name, canonicalJson(definition)],
          },
          { sql: 'UPDATE af_agent_runtime_made SET used_at = ? WHERE hash = ?', params: [now(), hash] },
        ]),
      );
    },
    async kept(tenant, hash) {
      const [row] = await use(tenant, (database) =>
        database.query<{ definition: string }>(
          'SELECT definition FROM af_agent_runtime_made WHERE hash = ?',
          [hash],
        ),
      );
      return row && (JSON.parse(row.definition) as object); // written from an object
    },
    sweep,
  };
}
