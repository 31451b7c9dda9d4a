import type { IsolationLevel } from './isolation.ts';
import type { JsonObject } from './json.ts';

/** One plugin in the config file: where it comes from and how it is set up. */
export interface PluginEntry {
  /** npm package name, a folder that begins with `./`, `../` or `/`, or the id of an installed plugin. */
  readonly use: string;
  /** Semver range, where several versions are installed. Default: any. */
  readonly version?: string;
  /** The plugin's configuration, checked against the schema in its manifest. */
  readonly config?: JsonObject;
  /**
   * The least level at which it runs isolated, or `trusted`: inside the platform's process, with all its rights.
   * Default `L2` for what was installed from a registry, else `trusted`.
   */
  readonly isolation?: 'trusted' | IsolationLevel;
  /** `false` keeps the entry but leaves the plugin out. Default true. */
  readonly enabled?: boolean;
  /** Why it is left out, shown by `plugin list`. */
  readonly reason?: string;
}

/** The platform's configuration file. */
export interface PlatformConfig {
  /** Name shown to people. Default `agent-factory`. */
  readonly name?: string;
  /** Folder for the platform's state, relative to the config file. Default `.agent-factory`. */
  readonly dataDir?: string;
  /** The plugins to run. A string is short for `{ use: string }`. */
  readonly plugins: readonly (string | PluginEntry)[];
  /** Which plugin provides a contract that several offer: contract id to plugin id. */
  readonly providers?: Readonly<Record<string, string>>;
  /** Permissions the operator grants: plugin id to permission names. */
  readonly grants?: Readonly<Record<string, readonly string[]>>;
  /** Logging. */
  readonly log?: {
    /** Default `info`. */
    readonly level?: 'debug' | 'info' | 'warn' | 'error' | 'silent';
    /** `pretty` for people, `json` for machines. Default: `pretty` on a terminal, else `json`. */
    readonly format?: 'pretty' | 'json';
  };
  /** How generations change. */
  readonly generations?: {
    /** Milliseconds work in flight may go on after a swap. Default 30,000. */
    readonly drainMs?: number;
    /** How many generations may be alive at once, the serving one included; at least 2. Default 4. */
    readonly maxLive?: number;
  };
}

/**
 * Types a config file written in TypeScript or JavaScript; returns its argument.
 *
 * @example
 * ```ts
 * export default defineConfig({
 *   plugins: [
 *     '@agent-factory/plugin-storage-sqlite',
 *     { use: '@agent-factory/plugin-http-api', config: { port: 7070 } },
 *     './my-plugin',
 *   ],
 * });
 * ```
 */
export function defineConfig(config: PlatformConfig): PlatformConfig {
  return config;
}
