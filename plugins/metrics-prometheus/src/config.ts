import type { Secret } from '@agent-factory/sdk';

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface MetricsPrometheusConfig {
  /** Address to listen on for scrapes, where a port is set. Default 127.0.0.1. */
  readonly host: string;
  /** Port for scrapes beside the HTTP API; 0 takes a free one. Default: none. */
  readonly port?: number;
  /** What scrapes of that port bring as their bearer token. */
  readonly token?: Secret;
}
