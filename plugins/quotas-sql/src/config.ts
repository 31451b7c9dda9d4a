import type { QuotaLimits } from '@agent-factory/sdk/contracts';

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface QuotasSqlConfig {
  /** What holds for each tenant for which nothing else was set. Default no limits. */
  readonly limits: QuotaLimits;
}
