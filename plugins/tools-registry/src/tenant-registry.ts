import type {
  RegisteredTools,
  TenantToolRegistry,
  Tool,
  ToolKind,
  ToolRegistration,
} from '@agent-factory/sdk/contracts';
import type { ToolDefinition } from '@agent-factory/sdk/domain';
import type { ForTenants } from './configured-registrations.ts';
import { errors } from './errors.ts';
import { prepareRegistration } from './prepare-registration.ts';
import { keepRegistration, listVersions, readRegistration, removeRegistration } from './registration-rows.ts';
import type { RegistryOptions } from './registry-tools.ts';
import type { TenantTools } from './tenant-tools.ts';
import { testTool } from './test-tool.ts';

/** What the registry of one tenant needs. */
export interface TenantRegistryOptions extends Omit<RegistryOptions, 'kinds'> {
  readonly tenant: string;
  readonly kinds: ReadonlyMap<string, ToolKind>;
  readonly configured: readonly ForTenants[];
  readonly tools: () => TenantTools;
  /** Tells everybody that the tenant's tools changed. */
  readonly changed: (tenant: string) => Promise<void>;
}

const namePattern = /^[a-z][a-z0-9_-]{0,39}$/;

/** The registrations of one tenant. */
export function createTenantRegistry(options: TenantRegistryOptions): TenantToolRegistry {
  const { tenant, tenants, kinds, configured, own, validator, config, log, tools, changed } = options;
  const fromConfig = (name: string): ToolRegistration | undefined =>
    configured.find(({ registration, isFor }) => registration.name === name && isFor(tenant))?.registration;

  /** Tool names that are in use by others than the registration. */
  const taken = async (name: string): Promise<ReadonlyMap<string, string>> => {
    const names = new Map(own.map((tool) => [tool.name, 'a plugin']));
    for (const { head, tools: found } of await tools().all())
      if (head.name !== name)
        for (const tool of found) names.set(tool.name, `the registration "${head.name}"`);
    return names;
  };

  return {
    async register({ name, kind, spec: given, by, signal }) {
      if (!namePattern.test(name)) {
        const list = 'name: must be lower-case letters, digits, _ and -, at most 40, beginning with a letter';
        throw errors.AF_TOOLS_REGISTRY_INVALID({ name: name.slice(0, 60), count: 1, list });
      }
      if (fromConfig(name))
        throw errors.AF_TOOLS_REGISTRY_NAME_TAKEN({ name, owner: "the operator's configuration" });
      const database = await tenants.tenant(tenant);
      const spec = await prepareRegistration(
        { name, kind, spec: given, trusted: false, signal },
        kinds,
        validator,
      );
      const definitions = await definitionsOf(kinds.get(kind), spec, options, name);
      const others = await taken(name);
      for (const { name: tool } of definitions) {
        const owner = others.get(tool);
        if (owner !== undefined) throw errors.AF_TOOLS_REGISTRY_NAME_TAKEN({ name: tool, owner });
      }
      const { maxRegistrations } = config;
      const registration = await keepRegistration(database, { name, kind, spec, by, maxRegistrations });
      await changed(tenant);
      return { registration, tools: definitions };
    },

    async list() {
      const all = await tools().all();
      return all.map(({ head, tools: found, error }): RegisteredTools => ({
        ...head,
        tools: found.map((tool) => tool.name).sort(),
        ...(error && { problem: error.message }),
      }));
    },

    async get(name, { version } = {}) {
      const operators = fromConfig(name);
      if (operators) return version === undefined || version === operators.version ? operators : undefined;
      return readRegistration(await tenants.tenant(tenant), name, version);
    },

    async versions(name) {
      const operators = fromConfig(name);
      if (operators === undefined) return listVersions(await tenants.tenant(tenant), name);
      const { spec: _, ...head } = operators;
      return [head];
    },

    async remove(name, condition = {}) {
      if (fromConfig(name))
        throw errors.AF_TOOLS_REGISTRY_NAME_TAKEN({ name, owner: "the operator's configuration" });
      const removed = await removeRegistration(await tenants.tenant(tenant), name, condition);
      if (removed) await changed(tenant);
      return removed;
    },

    async test(request) {
      const found = own.find(({ name }) => name === request.tool) ?? (await tools().tool(request.tool));
      if (!found) {
        const names = [...own, ...(await tools().tools())].map(({ name }) => name);
        const known = [...new Set(names)].sort().slice(0, 50).join(', ') || 'none';
        throw errors.AF_TOOLS_REGISTRY_TOOL_UNKNOWN({ tool: request.tool.slice(0, 64), known });
      }
      return testTool({ ...request, found, tenant, validator, log });
    },
  };
}

/** The tools a registration makes, tried before it is kept. Rejects where they come from cannot be reached. */
async function definitionsOf(
  kind: ToolKind | undefined,
  spec: ToolRegistration['spec'],
  { tenant, log }: TenantRegistryOptions,
  name: string,
): Promise<readonly ToolDefinition[]> {
  const opened = await kind?.open(spec, { tenant, name, log });
  try {
    return ((await opened?.tools()) ?? []).map(definitionOf);
  } finally {
    await opened?.close();
  }
}

/** A tool as data. */
function definitionOf(tool: Tool): ToolDefinition {
  const { run: _, ...definition } = tool;
  return definition;
}
