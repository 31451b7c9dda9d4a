import { defineContract, type SingleContract } from '../contract.ts';
import type { SqlValue } from './storage.ts';

/** Part of a database: the platform's own tables (`null`), or those of the tenant with this id. */
export type TransferScope = string | null;

/** A table that is moved as it is. */
export interface TransferTable {
  readonly name: string;
  /** In the order of their names; the same on every engine (the tenant's column is left out). */
  readonly columns: readonly string[];
  /** The primary key, or another unique key; rows are read in its order, texts by their bytes. */
  readonly key: readonly string[];
}

/** One row; a value for each of the table's columns. */
export type TransferRow = readonly SqlValue[];

/** A view of the whole database as of one moment, while others go on writing. */
export interface TransferSnapshot {
  /** Which migrations its tables were made by: `plugin scope version name`, one entry each, sorted. */
  readonly schema: readonly string[];
  scopes(): AsyncIterable<TransferScope>;
  tables(scope: TransferScope): Promise<readonly TransferTable[]>;
  /** Rows after `after` (a key), in the order of the key, at most `limit`. */
  rows(
    scope: TransferScope,
    table: TransferTable,
    options: { readonly after?: TransferRow; readonly limit: number },
  ): Promise<readonly TransferRow[]>;
}

/**
 * Moves the whole content of a storage, row by row and the same on every engine: the ground of copies, backups and
 * exports. What an engine derives (full-text indexes, sequences), what plugins derive (see `derivedPart`) and the
 * storage's own ledgers are not content.
 */
export interface StorageTransfer {
  /** Names the database; equal for two handles that are on the same one, however each was given. */
  identity(): Promise<string>;
  /** Reads under one snapshot, which ends with `work`. */
  snapshot<T>(work: (snapshot: TransferSnapshot) => Promise<T>): Promise<T>;
  /** Puts rows in; a row whose key is there is replaced, so that it may be done again after an interruption. Makes the tenant where it is missing. */
  write(scope: TransferScope, table: TransferTable, rows: readonly TransferRow[]): Promise<void>;
  /** Removes every row of a table. */
  clear(scope: TransferScope, table: TransferTable): Promise<void>;
  /** Brings up to date what is derived from the rows, once all are in. */
  finish(): Promise<void>;
}

/** Token of {@link StorageTransfer}. */
export const StorageTransfer: SingleContract<StorageTransfer> = defineContract<StorageTransfer>({
  id: 'storage-transfer',
  version: '1.0.0',
  description: 'Moves the content of a storage, the same on every engine.',
});

/** How far a transfer is. */
export interface TransferProgress {
  readonly scope: TransferScope;
  readonly table: string;
  /** Rows of this table moved so far. */
  readonly rows: number;
  /** Rows moved so far in all. */
  readonly total: number;
}

/** What a transfer moved or compared. */
export interface TransferReport {
  readonly tables: readonly {
    readonly scope: TransferScope;
    readonly table: string;
    readonly rows: number;
    /** SHA-256 over the rows in the order of their key, hex; the same on every engine. */
    readonly checksum: string;
  }[];
  readonly rows: number;
}

/** Options of everything that moves rows. */
export interface TransferOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TransferProgress) => void;
}

/** Options of what puts rows into a storage. */
export interface TransferIntoOptions extends TransferOptions {
  /** Overwrite what is there. Default false: AF_BACKUP_TARGET_DIFFERS where other rows lie. */
  readonly replace?: boolean;
  /** Names of tables to leave out. */
  readonly skip?: readonly string[];
}

/** Copies, archives and restores the storage of the platform it runs in. */
export interface StorageBackup {
  /**
   * Writes everything into an archive file (JSON lines, gzip) as of one moment; the platform goes on meanwhile. The file
   * appears under its name only when it is whole. `tenant` limits it to that tenant's part: the export of its data.
   */
  archive(file: string, options?: TransferOptions & { readonly tenant?: string }): Promise<TransferReport>;
  /** Reads an archive to its end and checks every checksum; AF_BACKUP_DAMAGED says what is wrong. */
  verify(file: string, options?: TransferOptions): Promise<TransferReport>;
  /**
   * Puts an archive into this storage, whose tables were made by the same migrations or newer ones; then compares what
   * lies there with the archive. An archive of one tenant concerns that tenant alone.
   */
  restore(file: string, options?: TransferIntoOptions): Promise<TransferReport>;
  /**
   * Copies everything into another storage, whose tables exist, and compares both at the end. Rows that are there
   * already and equal are not written again, so that an interrupted copy goes on where it stopped.
   */
  copyTo(target: StorageTransfer, options?: TransferIntoOptions): Promise<TransferReport>;
}

/** Token of {@link StorageBackup}. */
export const StorageBackup: SingleContract<StorageBackup> = defineContract<StorageBackup>({
  id: 'storage-backup',
  version: '1.0.0',
  description: 'Copies, archives and restores the storage.',
});
