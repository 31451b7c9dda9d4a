import type { Secret } from '@agent-factory/sdk';

/** A key of the operator. */
export interface OperatorKey {
  /** Names the key for good; another key never gets the id. */
  readonly id: string;
  readonly secret: Secret;
}

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface SecretsSqlConfig {
  /** Keys that data keys are under: the first seals, all open. */
  readonly keys: readonly OperatorKey[];
  /** Most secrets of one tenant. Default 200. */
  readonly maxSecrets: number;
  /** Longest value, in UTF-8. Default 16 KiB. */
  readonly maxValueBytes: number;
  /** Versions of a secret that are kept, the newest among them. Default 3. */
  readonly keepVersions: number;
}
