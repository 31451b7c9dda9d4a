/**
 * When an append is acknowledged.
 * - `fsync-each`: each append has a transaction of its own, on the disk before it is acknowledged.
 * - `group-commit`: appends that come together share a transaction, on the disk before they are acknowledged. As safe
 *   as `fsync-each`.
 * - `os-buffered`: appends share transactions that the operating system has and the disk may not have yet. They survive
 *   `kill -9`, but the last ones not a power cut.
 */
export type JournalDurability = 'fsync-each' | 'group-commit' | 'os-buffered';

/** How long runs that have ended are kept. */
export interface RetentionConfig {
  /** Days after its end until a run is removed. */
  readonly days: number;
  /** Folder that removed runs are written to first. Without it they are deleted for good. */
  readonly archiveDir?: string;
}

/** Configuration of the SQL journal. */
export interface SqlJournalConfig {
  /**
   * Milliseconds between looks for events that another process wrote, while somebody follows a run; 0 never
   * looks. Where processes can signal each other, a look is only a safeguard and comes ten times as seldom. This
   * process's own events are passed on at once. Default 1,000.
   */
  readonly pollMs: number;
  /** Default: appends share transactions, which are as durable as the storage is configured. */
  readonly durability?: JournalDurability;
  /** Default: runs are kept for ever. */
  readonly retention?: RetentionConfig;
}
