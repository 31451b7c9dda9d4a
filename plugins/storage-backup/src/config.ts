/** Configuration of the backup. */
export interface StorageBackupConfig {
  /** Absolute folder for scheduled archives. Without it, none are made by themselves. */
  readonly folder?: string;
  /** Milliseconds between scheduled archives. Default a day. */
  readonly everyMs: number;
  /** How many scheduled archives are kept. Default 7. */
  readonly keep: number;
}
