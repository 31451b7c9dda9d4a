import type { SqlDurability } from '@agent-factory/sdk/contracts';

/** Configuration of the SQLite storage. */
export interface SqliteStorageConfig {
  /** Absolute path of the platform's database file. Default `agent-factory.db` in the platform's data folder. */
  readonly file?: string;
  /** Absolute path of the folder with a file for each tenant. Default `tenants` beside `file`. */
  readonly tenantsFolder?: string;
  /** How many tenants' files stay open while nobody uses them. Default 100. */
  readonly openTenants: number;
  /**
   * What an acknowledged write survives. Default `os-buffered`.
   * - `os-buffered`: the end of the process, `kill -9` included. A power cut or a crash of the operating system
   *   may take the last writes back; the database stays intact.
   * - `fsync`: a power cut too, as far as the disk keeps its promises. Every write waits for the disk.
   */
  readonly durability: SqlDurability;
  /** Milliseconds a statement waits for another process or a running transaction. Default 5,000. */
  readonly busyTimeoutMs: number;
}
