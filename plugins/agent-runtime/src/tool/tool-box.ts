import type { Contribution, PluginContext } from '@agent-factory/sdk';
import type { Tool, ToolSource } from '@agent-factory/sdk/contracts';
import { toEntry, type ToolEntry } from './tool-set.ts';

/** Every tool that agents and workflows can be given: those that plugins contribute, and those that come and go. */
export interface ToolBox {
  /** Those of all tenants, by name. */
  readonly contributed: ReadonlyMap<string, ToolEntry>;
  /** The tool as it is now; without a tenant, only one of all tenants. */
  find(tenant: string | undefined, name: string): Promise<ToolEntry | undefined>;
  /** Names of all that there are now. */
  names(tenant: string | undefined): Promise<readonly string[]>;
}

/** Creates the box. A tool that comes and goes keeps its compiled schemas as long as it is the same. */
export function createToolBox(
  contributed: ReadonlyMap<string, ToolEntry>,
  sources: readonly Contribution<ToolSource>[],
  validator: PluginContext['validator'],
): ToolBox {
  const entries = new WeakMap<Tool, ToolEntry>();
  const entryOf = (tool: Tool): ToolEntry => {
    const known = entries.get(tool);
    if (known) return known;
    const made = toEntry(tool, validator);
    entries.set(tool, made);
    return made;
  };
  return {
    contributed,
    async find(tenant, name) {
      const own = contributed.get(name);
      if (own || tenant === undefined) return own;
      for (const { value } of sources) {
        const tool = await value.tool(tenant, name);
        if (tool) return entryOf(tool);
      }
      return undefined;
    },
    async names(tenant) {
      const names = new Set(contributed.keys());
      if (tenant !== undefined) {
        for (const { value } of sources) for (const { name } of await value.tools(tenant)) names.add(name);
      }
      return [...names].sort();
    },
  };
}
