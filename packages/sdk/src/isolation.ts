import { defineContract, type SingleContract } from './contract.ts';
import type { PluginManifest } from './manifest.ts';
import type { Plugin } from './plugin.ts';

/**
 * How far a plugin is kept apart, each level holding what the one before holds:
 * - `L1`: a process of its own, with Node's permission model, limits and no environment;
 * - `L2`: as another user of the machine, and without a network;
 * - `L3`: in namespaces of its own (files, processes, network), with a filter of system calls.
 */
export type IsolationLevel = 'L1' | 'L2' | 'L3';

/** The levels, the weakest first. */
export const isolationLevels: readonly IsolationLevel[] = ['L1', 'L2', 'L3'];

/** A plugin that is to run isolated. */
export interface IsolationRequest {
  readonly manifest: PluginManifest;
  /** Absolute folder of its package. */
  readonly folder: string;
  /** Absolute path of the file its code begins in. */
  readonly entry: string;
  /** The least level it may run at. */
  readonly level: IsolationLevel;
  /** Names of the permissions the operator granted. */
  readonly granted: readonly string[];
}

/** A level, and what this machine says of it. */
export interface IsolationOffer {
  readonly level: IsolationLevel;
  readonly available: boolean;
  /** Why it is not to be had, or what it was tried with, as a sentence. */
  readonly why: string;
  /** What is not kept from a plugin at this level, as clauses; empty where nothing known is missing. */
  readonly notEnforced: readonly string[];
}

/** A plugin that runs isolated, as it stands. */
export interface IsolatedPlugin {
  readonly id: string;
  readonly version: string;
  readonly level: IsolationLevel;
  readonly state: 'running' | 'idle' | 'crashed' | 'disabled';
  /** Why it is in that state, as a sentence. */
  readonly why: string;
  /** Id of its process, while there is one. */
  readonly pid?: number;
  /** How often its process ended without being asked to. */
  readonly crashes: number;
  /** Names of permissions: what was granted, and what of it has been used so far. */
  readonly granted: readonly string[];
  readonly used: readonly string[];
  /** What it tried and was refused, newest last, as clauses; the last twenty. */
  readonly refused: readonly string[];
}

/** Runs plugins apart from the platform's process. */
export interface Isolation {
  /** What this machine offers, the weakest level first. */
  levels(): Promise<readonly IsolationOffer[]>;
  /**
   * Reads a plugin's code and gives a plugin in its place whose `setup` starts it, isolated. Rejects when the
   * machine does not offer the level asked for: nothing weaker is taken in its place.
   */
  load(request: IsolationRequest): Promise<Plugin>;
  /** What runs isolated now. */
  plugins(): Promise<readonly IsolatedPlugin[]>;
  /** Takes a permission away at once, from calls under way too; whether the plugin had it. */
  revoke(plugin: string, permission: string): Promise<boolean>;
}

/** Token of {@link Isolation}. */
export const Isolation: SingleContract<Isolation> = defineContract<Isolation>({
  id: 'isolation',
  version: '1.0.0',
  description: 'Runs plugins apart from the platform.',
});
