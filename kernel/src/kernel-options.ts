import type { InMemoryPlugin, PlatformConfig } from '@agent-factory/sdk';

/** What a kernel is made from. */
export interface KernelOptions {
  /** The configuration as an object. Default: the file. */
  readonly config?: PlatformConfig;
  /** Path of the configuration file. Default: searched from `baseDir` upwards. */
  readonly configFile?: string;
  /** Where relative paths and the search for a configuration start. Default: the working directory. */
  readonly baseDir?: string;
  /** Plugins given as objects; the configuration names them by id. */
  readonly memory?: readonly InMemoryPlugin[];
  /** Variables for `${env:…}`. Default `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** `true` reads and writes the lock file beside the configuration; `frozen` refuses to change it. Default true. */
  readonly lock?: boolean | 'frozen';
  /** Ids of plugins to leave out, whatever the configuration says. */
  readonly except?: readonly string[];
  /** Receives log lines. Default: standard error. */
  readonly writeLog?: (line: string) => void;
}

/** Where the platform's parts come from. */
export interface PlatformSources {
  /** Absolute path of the configuration file, if there is one. */
  readonly configFile: string | undefined;
  /** Absolute folder for state. */
  readonly dataDir: string;
  /** Absolute paths whose change is one of the configuration: local plugins, and what settings point at. */
  readonly watched: readonly string[];
}
