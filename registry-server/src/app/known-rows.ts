import type { SqlDatabase } from '../store/sql.ts';

/** Remembers rows until something is committed to the database, by whichever process. */
export interface KnownRows<Row> {
  /** The row, at once where it is known. One that is not there is looked for each time. */
  get(key: string, find: () => Promise<Row | undefined>): Row | Promise<Row | undefined>;
}

/** @param most rows that are remembered */
export function createKnownRows<Row extends object>(database: SqlDatabase, most: number): KnownRows<Row> {
  const known = new Map<string, Row>();
  let knownAt: number | undefined;

  async function look(
    key: string,
    find: () => Promise<Row | undefined>,
    stamp: number | undefined,
  ): Promise<Row | undefined> {
    const row = await find();
    // What was committed meanwhile has changed the stamp, so this row would be of an older one.
    if (row === undefined || stamp === undefined || stamp !== knownAt) return row;
    if (known.size >= most) known.clear();
    known.set(key, row);
    return row;
  }

  return {
    get(key, find) {
      const stamp = database.stamp();
      if (stamp !== knownAt) known.clear();
      knownAt = stamp;
      return known.get(key) ?? look(key, find, stamp);
    },
  };
}
