import { defineContract, type SingleContract } from '../contract.ts';
import type { Blueprint } from '../domain/blueprint.ts';
import type { EvaluationSuite } from '../domain/evaluation-suite.ts';
import type { JsonObject, ValidationProblem } from '../json.ts';
import type { ChangeCondition } from './change-condition.ts';
import type { DefinitionChange } from './tenant-definitions.ts';

/** What an installed blueprint consists of. */
export type BlueprintPart = 'agent' | 'workflow' | 'router' | 'tool' | 'knowledge';

/** One thing wrong with a blueprint. */
export interface BlueprintProblem extends ValidationProblem {
  /** The file it is in, from the folder of the blueprint, where it is known. */
  readonly file?: string;
}

/** A blueprint as it is installed for a tenant. */
export interface InstalledBlueprint {
  readonly name: string;
  readonly version: string;
  /** SHA-256 of its content, hex. */
  readonly hash: string;
  /** What was answered when it was installed, defaults included. */
  readonly parameters: JsonObject;
  /** What it brought. `edited`: it is not any more as it was brought, or was removed. */
  readonly parts: readonly {
    readonly part: BlueprintPart;
    readonly name: string;
    readonly edited: boolean;
  }[];
  /** `changing`: an install, upgrade or removal began and did not end; doing it again ends it. */
  readonly state: 'installed' | 'changing';
  /** Milliseconds since the epoch. */
  readonly changedAt: number;
}

/** A blueprint that is active as a plugin, installed for the tenant, or both. */
export interface BlueprintSummary {
  readonly name: string;
  readonly description?: string;
  /** What the active plugin holds; left out where there is none. */
  readonly available?: { readonly version: string; readonly hash: string };
  readonly installed?: { readonly version: string; readonly hash: string };
  /** Whether the active plugin holds something else than is installed. */
  readonly upgrade: boolean;
}

/** A blueprint in full. */
export interface BlueprintDetails extends BlueprintSummary {
  /** As its files say, parameters not filled in. Left out when no active plugin holds it, or its files cannot be read. */
  readonly blueprint?: Blueprint;
  /** What is wrong with its files. */
  readonly problems: readonly BlueprintProblem[];
  readonly installation?: InstalledBlueprint;
}

/**
 * What becomes of what somebody changed since it was installed, where the blueprint changes it too: nothing is done and
 * the changes are named (`refuse`), they stay (`keep`), or they are lost (`overwrite`).
 */
export type LocalEdits = 'refuse' | 'keep' | 'overwrite';

/** What is to be installed. */
export interface InstallRequest {
  readonly name: string;
  /** Answers to what the blueprint asks. On an upgrade those of before stay where none is given. */
  readonly parameters?: JsonObject;
  /** Default `refuse`. */
  readonly edits?: LocalEdits;
}

/** One step of an install, upgrade or removal. */
export interface BlueprintStep {
  readonly part: BlueprintPart;
  readonly name: string;
  readonly action: 'create' | 'change' | 'remove' | 'keep';
  /** Whether somebody changed it since it was installed. */
  readonly edited: boolean;
  /** What becomes different from what is there now. */
  readonly changes: readonly DefinitionChange[];
}

/** What an install, upgrade or removal would do. */
export interface BlueprintPlan {
  readonly name: string;
  /** Version that is installed now. */
  readonly from?: string;
  /** Version there will be. Left out for a removal. */
  readonly to?: string;
  readonly parameters: JsonObject;
  /** Parts that stay as they are, and always were as they should be, are left out. */
  readonly steps: readonly BlueprintStep[];
  /** Why it cannot be done. */
  readonly problems: readonly BlueprintProblem[];
}

/** What is put into a package of a blueprint. */
export interface ExportRequest {
  /** Name of the blueprint. */
  readonly name: string;
  /** Default `1.0.0`. */
  readonly version?: string;
  readonly description?: string;
  /** Names; what they name in turn is taken along. Nothing named: everything the tenant has of its own. */
  readonly agents?: readonly string[];
  readonly workflows?: readonly string[];
  readonly routers?: readonly string[];
  readonly tools?: readonly string[];
}

/** An evaluation suite, and the blueprint that brings it. */
export interface BlueprintSuite {
  readonly blueprint: string;
  /** Parameters are filled in as they were answered. */
  readonly suite: EvaluationSuite;
}

/** The blueprints of one tenant. */
export interface TenantBlueprints {
  /** Those that are active as plugins or installed, by name. */
  list(): Promise<readonly BlueprintSummary[]>;
  /** AF_BLUEPRINT_UNKNOWN. */
  get(name: string): Promise<BlueprintDetails>;
  /** Every problem of a blueprint, of its files and of what it would meet here; an active one, or one in a folder. */
  validate(
    from: { readonly name: string } | { readonly folder: string },
    parameters?: JsonObject,
  ): Promise<readonly BlueprintProblem[]>;
  /** What an install or upgrade would do. Changes nothing. */
  plan(request: InstallRequest): Promise<BlueprintPlan>;
  /** Installs it: its definitions become the tenant's. AF_BLUEPRINT_INSTALLED, AF_BLUEPRINT_INVALID. */
  install(request: InstallRequest): Promise<InstalledBlueprint>;
  /** Makes what is installed what the active plugin holds. AF_BLUEPRINT_NOT_INSTALLED, AF_BLUEPRINT_INVALID, AF_BLUEPRINT_EDITED. */
  upgrade(request: InstallRequest): Promise<InstalledBlueprint>;
  /** Removes what it brought. Runs in flight go on. AF_BLUEPRINT_NOT_INSTALLED, AF_BLUEPRINT_INVALID, AF_BLUEPRINT_EDITED. */
  remove(
    name: string,
    options?: { readonly edits?: LocalEdits },
    condition?: ChangeCondition<BlueprintDetails>,
  ): Promise<void>;
  /** The evaluation suites of installed blueprints, as their active plugins hold them now. */
  suites(): Promise<readonly BlueprintSuite[]>;
  /** The files of a blueprint's package, by path, made of what there is. */
  export(request: ExportRequest): Promise<Readonly<Record<string, string>>>;
}

/** Installs blueprints. */
export interface Blueprints {
  tenant(id: string): TenantBlueprints;
}

/** Token of {@link Blueprints}. */
export const Blueprints: SingleContract<Blueprints> = defineContract<Blueprints>({
  id: 'blueprints',
  version: '1.0.0',
  description: 'Installs, upgrades and removes blueprints.',
});
