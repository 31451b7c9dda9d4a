import type { Secret } from '@agent-factory/sdk';

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface WebhooksConfig {
  /** Encrypts the secrets of webhooks. Where it is lost, each has to be rotated. */
  readonly keySecret: Secret;
  /** Whether addresses may be http, for development. Default false. */
  readonly allowHttp: boolean;
  /** Hosts (`host` or `host:port`) that may be reached whatever their address or port. Default none. */
  readonly allowHosts: readonly string[];
  /** Most webhooks of a tenant. Default 20. */
  readonly maxWebhooks: number;
  /** Webhooks that one process sends to at the same time. Default 50. */
  readonly concurrency: number;
  /** Webhooks of one tenant that are sent to at the same time, over all processes. Default 20. */
  readonly perTenant: number;
  /** Requests to one webhook at the same time, over all processes. Default 4. */
  readonly perWebhook: number;
  /** Milliseconds until an answer must be there. Default 15,000. */
  readonly timeoutMs: number;
  /** Milliseconds before each further attempt, a tenth more or less at random. Default nine, about 76 hours in all. */
  readonly retryMs: readonly number[];
  /** Milliseconds without success after which a failure disables a webhook. Default 5 days. */
  readonly disableAfterMs: number;
  /** Milliseconds that deliveries are kept after they ended. Default 30 days. */
  readonly keepMs: number;
  /** Longest contents of a run that are sent along, as JSON in UTF-8. Default 256 KiB. */
  readonly maxContentBytes: number;
  /** Milliseconds between looks for deliveries whose call to work was lost. Default 30,000. */
  readonly lookMs: number;
}
