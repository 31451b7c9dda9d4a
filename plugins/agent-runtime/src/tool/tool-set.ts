import type { Contribution, Json, JsonObject, PluginContext, Validator } from '@agent-factory/sdk';
import type { ModelTool, Tool, ToolCallContext } from '@agent-factory/sdk/contracts';
import type { ToolDefinition } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';

/** What tools last gave in a fork, by name. */
export type Tried = ReadonlyMap<string, Json>;

/** A tool with what is needed around a call of it. */
export interface ToolEntry {
  readonly tool: Tool;
  readonly checkInput: Validator;
  readonly checkOutput: Validator | undefined;
  /** What a model is told. */
  readonly offer: ModelTool;
  /** What is done in a fork in its place: the same, but nothing of it stays. */
  readonly tryOut?: (input: JsonObject, context: ToolCallContext, tried: Tried) => Promise<Json>;
  /** Whoever runs the agent makes its calls. */
  readonly isCallers?: boolean;
}

/** Tools by name; a name offered twice is refused. */
export function toolsByName(
  contributions: readonly Contribution<Tool>[],
  validator: PluginContext['validator'],
): ReadonlyMap<string, ToolEntry> {
  return byName(
    contributions,
    'tool',
    ({ name }) => name,
    (tool) => toEntry(tool, validator),
  );
}

/** A tool with its schemas compiled. */
export function toEntry(tool: Tool, validator: PluginContext['validator']): ToolEntry {
  return {
    tool,
    checkInput: validator(tool.input),
    checkOutput: tool.output && validator(tool.output),
    offer: { name: tool.name, description: tool.description, input: tool.input },
  };
}

/** What comes from a provider, by the provider's name; a name offered twice is refused. */
export function byProvider<T extends { readonly provider: string }>(
  contributions: readonly Contribution<T>[],
  what: string,
): ReadonlyMap<string, T> {
  return byName(
    contributions,
    what,
    ({ provider }) => provider,
    (one) => one,
  );
}

/** A tool as plain data. */
export function definitionOf({ tool }: ToolEntry): ToolDefinition {
  const { name, description, input, output, effect, timeoutMs, retry, approval } = tool;
  return {
    name,
    description,
    input,
    ...(output && { output }),
    effect,
    ...(timeoutMs !== undefined && { timeoutMs }),
    ...(retry && { retry }),
    ...(approval && { approval }),
    ...(tool.secrets && { secrets: tool.secrets }),
    ...(tool.maxResultBytes !== undefined && { maxResultBytes: tool.maxResultBytes }),
  };
}

/** Contributions by name; a name given twice is refused. */
export function byName<T, Entry>(
  contributions: readonly Contribution<T>[],
  kind: string,
  nameOf: (value: T) => string,
  entryOf: (value: T) => Entry,
): ReadonlyMap<string, Entry> {
  const owners = new Map<string, string>();
  const entries = new Map<string, Entry>();
  for (const { plugin, value } of contributions) {
    const name = nameOf(value);
    const first = owners.get(name);
    if (first !== undefined) throw errors.AF_AGENT_AMBIGUOUS({ kind, name, first, second: plugin });
    owners.set(name, plugin);
    entries.set(name, entryOf(value));
  }
  return new Map([...entries].sort(([a], [b]) => (a < b ? -1 : 1)));
}
