import type { Secret } from '@agent-factory/sdk';
import type { SqlDurability } from '@agent-factory/sdk/contracts';

/** Configuration of the PostgreSQL storage; the schema in package.json says the same. */
export interface PostgresStorageConfig {
  /** `postgres://user:password@host:5432/database`. */
  readonly url: Secret;
  /** Connections at most, besides one for signals. Default 10. */
  readonly maxConnections: number;
  /** Milliseconds until a new connection must stand. Default 5,000. */
  readonly connectTimeoutMs: number;
  /** Milliseconds to wait for a free connection, or for a lock that another transaction holds. Default 10,000. */
  readonly waitMs: number;
  /** Milliseconds one statement may take, and a transaction may stand idle. Migrations may take longer. Default 60,000. */
  readonly statementTimeoutMs: number;
  /**
   * What an acknowledged write survives. Default `fsync`.
   * - `fsync`: a power cut of the server, as far as its disk keeps its promises.
   * - `os-buffered`: the end of the platform's processes. When the database server itself crashes or is killed, the
   *   last writes (about half a second) may be gone; the database stays intact.
   */
  readonly durability: SqlDurability;
  /**
   * `off`; `require`: encrypted, whoever answers; `verify`: encrypted, and the server's certificate is checked.
   * Default: as `sslmode` in the URL says.
   */
  readonly ssl?: 'off' | 'require' | 'verify';
  /** Absolute path of a file with the certificate authority that `verify` trusts. Default: the system's. */
  readonly sslCaFile?: string;
}
