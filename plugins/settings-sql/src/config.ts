import type { JsonObject } from '@agent-factory/sdk';

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface SettingsSqlConfig {
  /** What holds for each tenant for which nothing else was set, by the name of the setting. Default nothing. */
  readonly values: JsonObject;
  /** Settings that the administrator of the platform sets alone, whatever their plugins say. Default none. */
  readonly locked: readonly string[];
}
