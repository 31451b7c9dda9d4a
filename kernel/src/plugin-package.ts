import type { IsolationRequest, Plugin, PluginManifest } from '@agent-factory/sdk';

/** Where a plugin was found. */
export type PackageSource = 'local' | 'npm' | 'store' | 'memory';

/** A plugin as found, before any of its code has run. */
export interface PluginPackage {
  readonly manifest: PluginManifest;
  readonly source: PackageSource;
  /** Absolute folder of its package.json; empty for plugins given as objects. */
  readonly folder: string;
  /** Absolute path of the file to import; empty for plugins given as objects and for kinds without code. */
  readonly entry: string;
  /** Whether the entry is known to be an ES module in JavaScript; if not, Node finds out. */
  readonly isModule?: boolean;
  /** Subresource-integrity string of the package, where its source knows one (`store`, `npm`). */
  readonly integrity?: string;
  /** How it runs apart from the platform; not there when it is trusted. */
  readonly isolation?: Pick<IsolationRequest, 'level' | 'granted'>;
  /** The code itself, for plugins given as objects. */
  readonly plugin?: Plugin;
}
