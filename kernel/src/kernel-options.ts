import type { InMemoryPlugin, PlatformConfig, PlatformRole, PluginManifest } from '@agent-factory/sdk';

/** What a kernel is made from. */
export interface KernelOptions {
  /** The configuration as an object. Default: the file. */
  readonly config?: PlatformConfig;
  /** Path of the configuration file. Default: searched from `baseDir` upwards. */
  readonly configFile?: string;
  /** Where relative paths and the search for a configuration start. Default: the working directory. */
  readonly baseDir?: string;
  /**
   * Adds to the configuration each time it is read: what was installed, for example. Gets the configuration and the
   * absolute folder for state.
   */
  readonly amend?: (config: PlatformConfig, dataDir: string) => PlatformConfig;
  /** Plugins given as objects; the configuration names them by id. */
  readonly memory?: readonly InMemoryPlugin[];
  /** Variables for `${env:…}`. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `true` reads and writes the lock file beside the configuration; `frozen` refuses to change it. Default true. */
  readonly lock?: boolean | 'frozen';
  /** Ids of plugins to leave out, whatever the configuration says. What others tap of their hooks is never called. */
  readonly except?: readonly string[];
  /** What this process is for; plugins decide what follows from it. Default `all`. */
  readonly role?: PlatformRole;
  /** Receives log lines. Default: standard error. */
  readonly writeLog?: (line: string) => void;
}

/** A plugin that was chosen, running or not. */
export interface PluginSource {
  readonly id: string;
  /** Absolute folder of its package; empty for one given as an object. */
  readonly folder: string;
  readonly manifest: PluginManifest;
  /** Ids of the contracts it provides. */
  readonly provides: readonly string[];
}

/** Where the platform's parts come from. */
export interface PlatformSources {
  /** Absolute path of the configuration file, if there is one. */
  readonly configFile: string | undefined;
  /** Absolute folder for state. */
  readonly dataDir: string;
  /** What the configuration resolves to, in activation order. */
  readonly plugins: readonly PluginSource[];
  /** Absolute paths whose change is one of the configuration: local plugins, and what settings point at. */
  readonly watched: readonly string[];
}
