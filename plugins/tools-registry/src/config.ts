import type { JsonObject } from '@agent-factory/sdk';

/** A registration of the operator. */
export interface ConfiguredRegistration {
  readonly name: string;
  readonly kind: string;
  readonly spec: JsonObject;
  /** Tenants that have it. Default: all. */
  readonly tenants?: readonly string[];
}

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface ToolsRegistryConfig {
  /** Registrations of the operator. Default none. */
  readonly registrations: readonly ConfiguredRegistration[];
  /** Milliseconds after which another process's changes are seen at the latest. Default 10,000. */
  readonly refreshMs: number;
  /** Most registrations of a tenant. Default 100. */
  readonly maxRegistrations: number;
  /** Tenants whose registrations are kept open at the same time. Default 500. */
  readonly maxTenants: number;
}
