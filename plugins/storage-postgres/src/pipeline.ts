import type { Connection, Submittable } from 'pg';
import { decoderOf, type Decoder, type WireValue } from './sql-values.ts';

/** One statement on its way to the server. */
export interface PipelineStep {
  /** With `$1`, `$2` … for parameters. */
  readonly text: string;
  readonly values: readonly WireValue[];
  /** Name under which the server keeps it prepared; without one it is prepared anew. */
  readonly name?: string;
  /** A column that is left out of its rows. */
  readonly hidden?: string;
}

/** What a statement gave. */
export interface StepResult {
  readonly rows: readonly object[];
  /** Rows it changed; 0 for what only reads. */
  readonly changes: number;
  /** `COMMIT`, `INSERT 0 1` … */
  readonly tag: string;
}

/** A failure, and how far it came. */
export interface PipelineFailure {
  readonly error: unknown;
  /** Statements that were done before. */
  readonly done: number;
  /** Whether anything was sent. */
  readonly sent: boolean;
}

/** How the server knows a statement; kept for each connection. */
export interface PreparedStatements {
  /** Whether the server holds it already. */
  has(name: string): boolean;
  /** Columns of its rows, once they are known. */
  columns(name: string): readonly Column[] | undefined;
  /** Names that must be closed before `name` can be prepared: an old one, or the same of unknown fate. */
  toClose(name: string): readonly string[];
  /** It ran. */
  keep(name: string, columns: readonly Column[]): void;
  /** It may be there or not. */
  doubt(name: string): void;
}

/** A column of a result. */
export interface Column {
  readonly name: string;
  readonly decode: Decoder;
}

interface FieldMessage {
  readonly fields: readonly { readonly name: string; readonly dataTypeID: number }[];
}

/**
 * Sends statements in one go, with one synchronisation at the end: one round trip, and, where they hold no BEGIN, one
 * transaction, undone as soon as one of them fails.
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class Pipeline implements Submittable {
  readonly #steps: readonly PipelineStep[];
  readonly #prepared: PreparedStatements;
  readonly #results: StepResult[] = [];
  readonly #settle: (outcome: readonly StepResult[] | PipelineFailure) => void;
  #sent = false;
  #columns: readonly Column[] = [];
  #rows: Record<string, unknown>[] = [];
  #expected: (readonly Column[] | undefined)[] = [];

  constructor(
    steps: readonly PipelineStep[],
    prepared: PreparedStatements,
    settle: (outcome: readonly StepResult[] | PipelineFailure) => void,
  ) {
    this.#steps = steps;
    this.#prepared = prepared;
    this.#settle = settle;
  }

  submit(connection: Connection): void {
    const here = new Set<string>();
    this.#sent = true;
    connection.stream.cork();
    for (const { text, name, values } of this.#steps) {
      const known = name !== undefined && (here.has(name) || this.#prepared.has(name));
      if (!known) {
        if (name !== undefined) {
          for (const old of this.#prepared.toClose(name)) connection.close({ type: 'S', name: old }, true);
          this.#prepared.doubt(name);
          here.add(name);
        }
        connection.parse({ text, name: name ?? '', types: [] }, true);
      }
      connection.bind({ statement: name ?? '', values: [...values] }, true);
      const columns = name === undefined ? undefined : this.#prepared.columns(name);
      this.#expected.push(columns);
      if (columns === undefined) connection.describe({ type: 'P', name: '' }, true);
      connection.execute({}, true);
    }
    connection.sync();
    process.nextTick(() => connection.stream.uncork());
    this.#columns = this.#expected[0] ?? [];
  }

  handleRowDescription({ fields }: FieldMessage): void {
    this.#columns = fields.map(({ name, dataTypeID }) => ({ name, decode: decoderOf(dataTypeID) }));
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const row: Record<string, unknown> = {};
    const columns = this.#columns;
    const hidden = this.#steps[this.#results.length]?.hidden;
    for (let index = 0; index < columns.length; index++) {
      const { name, decode } = columns[index] as Column; // within bounds
      if (name === hidden) continue;
      const text = fields[index];
      row[name] = text === null || text === undefined ? null : decode(text);
    }
    this.#rows.push(row);
  }

  handleCommandComplete({ text }: { readonly text: string }): void {
    const name = this.#steps[this.#results.length]?.name;
    if (name !== undefined) this.#prepared.keep(name, this.#columns);
    this.#results.push({ rows: this.#rows, changes: changesOf(text), tag: text });
    this.#rows = [];
    this.#columns = this.#expected[this.#results.length] ?? [];
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' });
  }

  /** Rows are always fetched whole. */
  handlePortalSuspended(): void {}

  handleCopyInResponse(connection: Connection & { sendCopyFail(reason: string): void }): void {
    connection.sendCopyFail('copying from the client is not supported');
  }

  handleCopyData(): void {}

  handleError(error: unknown): void {
    this.#settle({ error, done: this.#results.length, sent: this.#sent });
  }

  handleReadyForQuery(): void {
    this.#settle(this.#results);
  }
}

function changesOf(tag: string): number {
  const [, count] = /^(?:INSERT \d+|UPDATE|DELETE|MERGE) (\d+)$/.exec(tag) ?? [];
  return count === undefined ? 0 : Number(count);
}
