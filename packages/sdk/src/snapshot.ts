import type { IsolationLevel } from './isolation.ts';

/** How a plugin stands in the platform. */
export type PluginState = 'active' | 'inactive' | 'failed' | 'stopping';

/** One plugin, seen from outside. */
export interface PluginSnapshot {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  /** Where it was found: `local`, `npm`, `store` or `memory`. */
  readonly source: string;
  /** The least level it runs isolated at, or `trusted`. */
  readonly isolation: 'trusted' | IsolationLevel;
  readonly state: PluginState;
  /** Why it is in that state, as a sentence. */
  readonly why: string;
  readonly provides: readonly string[];
  readonly contributes: readonly string[];
  readonly requires: readonly string[];
  /** Ids of the plugins it depends on. */
  readonly dependsOn: readonly string[];
  /** Hook ids it taps. */
  readonly taps: readonly string[];
  /** Milliseconds from import to ready. */
  readonly activationMs: number;
  /** Milliseconds spent in its taps since it was activated; sampled. */
  readonly tapMs: number;
  /** Errors of its taps and of code it left running. */
  readonly errors: number;
}

/** One hook and who taps it, in the order they run. */
export interface HookSnapshot {
  readonly id: string;
  readonly kind: string;
  /** Id of the plugin that declares it. */
  readonly owner: string;
  readonly calls: number;
  readonly taps: readonly {
    readonly plugin: string;
    readonly errors: number;
    /** Mean milliseconds of a call; sampled. */
    readonly meanMs: number;
  }[];
}

/** What is active now. */
export interface PlatformSnapshot {
  readonly name: string;
  readonly kernelVersion: string;
  /** Id of the serving generation: equal on every machine with the same lock and configuration. */
  readonly generation: string;
  /** How many generations are alive, the serving one included. */
  readonly liveGenerations: number;
  readonly plugins: readonly PluginSnapshot[];
  readonly hooks: readonly HookSnapshot[];
  /** Contract id to the ids of the plugins that serve it. */
  readonly contracts: Readonly<Record<string, readonly string[]>>;
}
