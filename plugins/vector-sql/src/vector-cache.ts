import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import type { VectorBlock } from './nearest.ts';
import { readBlocks, type VectorSpace } from './vector-blocks.ts';
import type { VectorTables } from './vector-tables.ts';

interface Held {
  readonly revision: number;
  readonly after: number;
  readonly block: VectorBlock;
  readonly bytes: number;
}

/** What is searched, as it stands at one revision of its collection. */
interface SearchedSpace extends VectorSpace {
  /** Of the collection: no other, of whatever tenant and time, has it. */
  readonly identity: string;
  readonly revision: number;
}

/** Vectors that were searched lately, in memory; those that were searched longest ago make room. */
export interface VectorCache {
  /** The vectors in blocks, from memory where there is room for them. */
  blocks(database: SqlDatabase, searched: SearchedSpace): AsyncIterable<VectorBlock>;
}

/** Creates a cache of at most `most` bytes. */
export function createVectorCache(most: number): VectorCache {
  const held = new Map<string, Held>();
  const loading = new Map<string, Promise<Held>>();
  let bytes = 0;

  const keep = (key: string, entry: Held): void => {
    bytes += entry.bytes - (held.get(key)?.bytes ?? 0);
    held.delete(key);
    held.set(key, entry);
    for (const [oldest, { bytes: own }] of held) {
      if (bytes <= most) break;
      held.delete(oldest);
      bytes -= own;
    }
  };

  return {
    async *blocks(database, searched) {
      const { identity, space, dimensions, revision, after } = searched;
      // What an index does not reach is held apart from the whole.
      const key = JSON.stringify([identity, space, dimensions, after > 0]);
      const known = held.get(key);
      if (known?.after === after && known.revision >= revision) {
        keep(key, known);
        yield known.block;
        return;
      }
      const ends = await endsOf(database, searched);
      if (sizeOf(ends.size, dimensions) > most) {
        yield* readBlocks(database, searched, 0);
        return;
      }
      const wanted = `${key} ${revision} ${after}`;
      let load = loading.get(wanted);
      if (!load) {
        load = loadHeld(
          database,
          searched,
          ends,
          known && known.after <= after ? known.block : undefined,
        ).finally(() => loading.delete(wanted));
        loading.set(wanted, load);
      }
      const entry = await load;
      const now = held.get(key);
      if (!now || now.revision < revision || now.after < after) keep(key, entry);
      yield entry.block;
    },
  };
}

function sizeOf(count: number, dimensions: number): number {
  return count * (dimensions * 4 + 16);
}

/** The keys there are now, in order, with the time at which each is over. */
async function endsOf(database: SqlDatabase, searched: SearchedSpace): Promise<ReadonlyMap<number, number>> {
  const rows = await queryBuilder<VectorTables>(database)
    .selectFrom('af_vector_sql_chunks as c')
    .innerJoin('af_vector_sql_documents as d', (join) =>
      join.onRef('d.collection', '=', 'c.collection').onRef('d.id', '=', 'c.document'),
    )
    .select(['c.key', 'd.expires_at'])
    .where('c.collection', '=', searched.collection)
    .where('c.key', '>', searched.after)
    .where('c.space', '=', searched.space)
    .where('d.dimensions', '=', searched.dimensions)
    .orderBy('c.key')
    .execute();
  return new Map(rows.map(({ key, expires_at: end }) => [key, end ?? 0]));
}

/** Takes over what was held before and is still there; only the rest is read. No key is ever given twice. */
async function loadHeld(
  database: SqlDatabase,
  searched: SearchedSpace,
  ends: ReadonlyMap<number, number>,
  before: VectorBlock | undefined,
): Promise<Held> {
  const { dimensions, revision, after } = searched;
  const keys: number[] = [];
  const values = new Float32Array(ends.size * dimensions);
  const take = (block: VectorBlock): void => {
    for (let row = 0; row < block.count; row++) {
      const key = block.keys[row] ?? 0;
      if (!ends.has(key)) continue;
      values.set(block.values.subarray(row * dimensions, (row + 1) * dimensions), keys.length * dimensions);
      keys.push(key);
    }
  };
  if (before) take(before);
  const last = before === undefined || before.count === 0 ? 0 : (before.keys[before.count - 1] ?? 0);
  for await (const block of readBlocks(database, searched, last)) take(block);
  const block = {
    keys: Float64Array.from(keys),
    ends: Float64Array.from(keys, (key) => ends.get(key) ?? 0),
    values,
    count: keys.length,
  };
  return { revision, after, block, bytes: sizeOf(ends.size, dimensions) };
}
