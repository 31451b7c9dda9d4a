import type { Contribution, PluginContext } from '@agent-factory/sdk';
import type {
  AgentRuntime,
  Blueprints,
  DataPackage,
  Knowledge,
  ToolRegistry,
  UseTenant,
} from '@agent-factory/sdk/contracts';
import type { BlueprintsConfig } from './config.ts';
import { readManifest } from './package/read-manifest.ts';
import { readBlueprint, type BlueprintSource } from './package/read-blueprint.ts';
import { createTenantBlueprints } from './tenant-blueprints.ts';

/** What blueprints stand on. */
export interface BlueprintsOptions {
  readonly config: BlueprintsConfig;
  readonly packages: readonly Contribution<DataPackage>[];
  readonly runtime: AgentRuntime;
  readonly tools: ToolRegistry | undefined;
  readonly knowledge: Knowledge | undefined;
  /** Endings of documents that some loader reads, without the dot. */
  readonly extensions: ReadonlySet<string>;
  readonly useTenant: UseTenant;
  /** What exported packages say they run on. */
  readonly kernelVersion: string;
  readonly validator: PluginContext['validator'];
}

/** What the blueprints of all tenants share. */
export interface BlueprintSources {
  /** Names of those that are active as plugins. */
  readonly names: readonly string[];
  /** What an active one holds. Read once: files of a plugin that change make a new plugin. */
  active(name: string): Promise<BlueprintSource> | undefined;
  /** What a folder holds now. */
  inFolder(folder: string): Promise<BlueprintSource>;
}

/** Creates the blueprints over those that are active as plugins. */
export function createBlueprints(options: BlueprintsOptions): Blueprints {
  const { packages, runtime, tools, knowledge, extensions, config: limits, validator } = options;
  const context = { limits, validator, extensions };
  const byName = new Map(packages.map(({ value }) => [value.manifest.id, value]));
  const read = new Map<string, Promise<BlueprintSource>>();
  const sources: BlueprintSources = {
    names: [...byName.keys()].sort(),
    active(name) {
      const found = byName.get(name);
      if (!found) return undefined;
      const known = read.get(name) ?? readBlueprint(found, context);
      read.set(name, known);
      return known;
    },
    inFolder: async (folder) => readBlueprint({ folder, manifest: await readManifest(folder) }, context),
  };
  return {
    tenant(id) {
      const registry = tools?.tenant(id);
      return createTenantBlueprints({
        ...options,
        tenant: id,
        sources,
        places: {
          definitions: runtime.tenant(id).definitions,
          ...(registry && { tools: registry }),
          ...(knowledge && { knowledge: knowledge.tenant(id) }),
        },
      });
    },
  };
}
