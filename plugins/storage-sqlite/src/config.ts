/** Configuration of the SQLite storage. */
export interface SqliteStorageConfig {
  /** Absolute path of the database file. Default `agent-factory.db` in the platform's data folder. */
  readonly file?: string;
  /**
   * What an acknowledged write survives. Default `os-buffered`.
   * - `os-buffered`: the end of the process, `kill -9` included. A power cut or a crash of the operating system
   *   may take the last writes back; the database stays intact.
   * - `fsync`: a power cut too, as far as the disk keeps its promises. Every write waits for the disk.
   */
  readonly durability: 'os-buffered' | 'fsync';
  /** Milliseconds a statement waits for another process or a running transaction. Default 5,000. */
  readonly busyTimeoutMs: number;
}
