import type { HttpRoute } from '@agent-factory/sdk/contracts';

/** How often routes may be asked. */
export interface RateLimitRule {
  /** What is counted together: what comes from an address, is asked by a user, or for a tenant. */
  readonly by: 'address' | 'user' | 'tenant';
  /**
   * Classes of routes it is about; `refused` is any request whose credential is missing or does not hold, which is
   * counted by address alone, and only then.
   */
  readonly classes: readonly (HttpRoute['rate'] | 'refused')[];
  /** So many … */
  readonly limit: number;
  /** … in so many seconds, evenly. */
  readonly seconds: number;
}

/** Configuration of the HTTP API. */
export interface HttpApiConfig {
  /** Address to listen on. Default `127.0.0.1`; anything but a loopback address needs an auth plugin. */
  readonly host: string;
  /** Port to listen on; 0 takes a free one. Default 7070. */
  readonly port: number;
  /** Largest request body, in bytes. Default 1 MiB. */
  readonly maxBodyBytes: number;
  /** Milliseconds a request may take, event streams excepted. Default 330,000. */
  readonly requestTimeoutMs: number;
  /** Milliseconds between comments that keep an idle event stream open. Default 15,000. */
  readonly heartbeatMs: number;
  /** How often routes may be asked, where a login is asked for; see package.json for those that hold by default. */
  readonly rateLimits: readonly RateLimitRule[];
  /**
   * What becomes of logins while the platform's chain of the audit log cannot be written. Default `allow`: somebody must
   * be able to come in and mend it; they stand in the platform's log, and in the audit log later.
   */
  readonly loginsWithoutAudit: 'allow' | 'refuse';
  /** Proxies in front of the server, each of which adds an address to `x-forwarded-for`. Default 0. */
  readonly proxies: number;
}
