import type {
  AuditChain,
  AuditEntry,
  AuditQuery,
  AuditRecord,
  AuditVerdict,
  SqlDatabase,
  SqlValue,
} from '@agent-factory/sdk/contracts';
import { columns, hashAfter, noHash, recordOf, rowAfter, type EntryRow } from './entry-rows.ts';

const pageSize = 1_000;
const mostListed = 200;
/** Rows of one statement. */
const rowsAtOnce = 50;

/** Where a chain is kept. */
export interface ChainPlace {
  /** Does a piece of work on the database it is in. */
  use<T>(work: (database: SqlDatabase) => Promise<T>): Promise<T>;
  readonly table: string;
  /** Held while entries are put after the last one. */
  readonly lock: string;
}

interface Waiting {
  readonly entry: AuditEntry;
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * One chain. What comes while a transaction is under way goes together into the next: the more there is to write, the
 * less each entry costs.
 */
export class SqlChain implements AuditChain {
  readonly #place: ChainPlace;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;

  constructor(place: ChainPlace) {
    this.#place = place;
  }

  record(entry: AuditEntry): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry, resolve, reject });
      this.#writing ??= this.#write();
    });
  }

  /** Whether there is nothing left to write. */
  get isIdle(): boolean {
    return this.#writing === undefined;
  }

  /** Resolves once all that was given is written, or failed. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  async list({ before, limit = 50, who, action, outcome }: AuditQuery = {}): Promise<readonly AuditRecord[]> {
    const wanted = { who, action, outcome };
    const given = Object.entries(wanted).filter((one): one is [string, string] => one[1] !== undefined);
    const conditions = [
      ...(before === undefined ? [] : ['seq < ?']),
      ...given.map(([column]) => `${column} = ?`),
    ];
    const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
    const params: SqlValue[] = [
      ...(before === undefined ? [] : [before]),
      ...given.map(([, value]) => value),
      Math.min(limit, mostListed),
    ];
    const rows = await this.#query(`${where} ORDER BY seq DESC LIMIT ?`, params);
    return rows.map(recordOf);
  }

  async verify(head?: { readonly seq: number; readonly hash: string }): Promise<AuditVerdict> {
    let last = { seq: 0, hash: noHash };
    for (;;) {
      const rows = await this.#query('WHERE seq > ? ORDER BY seq LIMIT ?', [last.seq, pageSize]);
      for (const row of rows) {
        const seq = last.seq + 1;
        if (row.seq !== seq) return { whole: false, seq, reason: `entry ${seq} is missing` };
        if (row.hash !== hashAfter(row, last.hash))
          return { whole: false, seq, reason: `entry ${seq} is not as it was written` };
        if (head?.seq === seq && head.hash !== row.hash)
          return { whole: false, seq, reason: `entry ${seq} is another than that of the head` };
        last = row;
      }
      if (rows.length < pageSize) break;
    }
    if (head !== undefined && head.seq > last.seq)
      return {
        whole: false,
        seq: last.seq + 1,
        reason: `the chain ends at ${last.seq}, before the head ${head.seq}`,
      };
    return { whole: true, entries: last.seq, head: last.hash };
  }

  async #query(rest: string, params: readonly SqlValue[]): Promise<readonly EntryRow[]> {
    const sql = `SELECT ${columns.join(', ')} FROM ${this.#place.table} ${rest}`;
    return this.#place.use((database) => database.query<EntryRow>(sql, params));
  }

  async #write(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      try {
        await this.#append(batch.map(({ entry }) => entry));
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#writing = undefined;
  }

  #append(entries: readonly AuditEntry[]): Promise<void> {
    const { table, lock } = this.#place;
    return this.#place.use((database) =>
      database.transaction(async (tx) => {
        await tx.lock(lock);
        const [found] = await tx.query<Pick<EntryRow, 'seq' | 'hash'>>(
          `SELECT seq, hash FROM ${table} ORDER BY seq DESC LIMIT 1`,
        );
        let last = found ?? { seq: 0, hash: noHash };
        const rows = entries.map((entry) => (last = rowAfter(entry, last)) as EntryRow); // what rowAfter gives
        for (let from = 0; from < rows.length; from += rowsAtOnce) {
          const some = rows.slice(from, from + rowsAtOnce);
          const places = some.map(() => `(${columns.map(() => '?').join(', ')})`).join(', ');
          await tx.execute(
            `INSERT INTO ${table} (${columns.join(', ')}) VALUES ${places}`,
            some.flatMap((row) => columns.map((column) => row[column])),
          );
        }
      }),
    );
  }
}
