import type { Secret } from '@agent-factory/sdk';

/** One secret. */
export interface ConfiguredSecret {
  /** Left out where the environment has none. */
  readonly value?: Secret;
  /** Hosts (`host` or `host:port`) it may be sent to. Default none. */
  readonly hosts: readonly string[];
  /** Tenants that may use it. Default: all. */
  readonly tenants?: readonly string[];
}

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface SecretsConfig {
  /** Secrets by name. Default none. */
  readonly secrets: Readonly<Record<string, ConfiguredSecret>>;
}
