import type { Secret } from '@agent-factory/sdk';

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface AuthJwtConfig {
  /** Encrypts the keys that sign. Where it is lost, new keys are made; nobody has to log in again. */
  readonly keySecret: Secret;
  /** Who tokens say they are from. Default `http://127.0.0.1:7070`. */
  readonly issuer: string;
  /** Whom access tokens are for. Default `agent-factory`. */
  readonly audience: string;
  /** Milliseconds that an access token holds. Default 5 minutes. */
  readonly accessMs: number;
  /** Milliseconds without a refresh after which a refresh token is over. Default 7 days. */
  readonly refreshIdleMs: number;
  /** Milliseconds in which a refresh may be sent again. Default 10 seconds. */
  readonly retryMs: number;
  /** Milliseconds after which another key signs. Default 30 days. */
  readonly rotateMs: number;
  /** Milliseconds that what was looked up is kept in memory. Default 5,000. */
  readonly keepMs: number;
}
