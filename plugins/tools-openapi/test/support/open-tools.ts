import assert from 'node:assert/strict';
import { Secret, type Json, type JsonObject } from '@agent-factory/sdk';
import type { SecretStore, Tool, ToolCallContext, ToolKind } from '@agent-factory/sdk/contracts';
import { silentLog } from '@agent-factory/sdk/testing';
import type { ToolsOpenApiConfig } from '../../src/config.ts';
import { createOpenApiTools, type OpenApiToolsOptions } from '../../src/openapi-tools.ts';

/** The defaults of the manifest. */
const usualConfig: ToolsOpenApiConfig = {
  allowHosts: [],
  documentHosts: [],
  timeoutMs: 5_000,
  maxDocumentBytes: 1_048_576,
  maxResponseBytes: 65_536,
  maxOperations: 50,
};

/** A kind with this configuration. */
export function kindOf(
  name: 'openapi' | 'http',
  config: Partial<ToolsOpenApiConfig> = {},
  options: Partial<OpenApiToolsOptions> = {},
): ToolKind {
  const kinds = createOpenApiTools({
    config: { ...usualConfig, ...config },
    baseDir: import.meta.dirname,
    ...options,
  });
  const found = kinds.find(({ kind }) => kind === name);
  assert.ok(found);
  return found;
}

/** Prepares a registration and opens its tools. */
export async function openTools(kind: ToolKind, spec: JsonObject, name = 'shop'): Promise<ToolsByName> {
  const { signal } = new AbortController();
  const prepared = await kind.prepare(spec, { name, trusted: false, signal });
  assert.ok(prepared.problems === undefined, JSON.stringify(prepared.problems));
  const opened = await kind.open(prepared.spec, { tenant: 'default', name, log: silentLog });
  const tools = await opened.tools();
  return {
    tools,
    close: () => opened.close(),
    tool: (wanted) => {
      const found = tools.find((one) => one.name === wanted);
      assert.ok(found, `${wanted} among ${tools.map((one) => one.name).join(', ')}`);
      return found;
    },
  };
}

/** What was opened. */
export interface ToolsByName {
  readonly tools: readonly Tool[];
  tool(name: string): Tool;
  close(): Promise<void>;
}

/** What is wrong with a registration. */
export async function problemsOf(
  kind: ToolKind,
  spec: JsonObject,
  trusted = false,
): Promise<readonly { readonly path: string; readonly message: string }[]> {
  const { signal } = new AbortController();
  return (await kind.prepare(spec, { name: 'shop', trusted, signal })).problems ?? [];
}

/** Calls a tool as a run would. */
export function call(tool: Tool, input: JsonObject, more: Partial<ToolCallContext> = {}): Promise<Json> {
  const { signal } = new AbortController();
  return tool.run(input, {
    signal,
    runId: 'run-1',
    tenant: 'default',
    idempotencyKey: 'run-1:1',
    log: silentLog,
    ...more,
  });
}

/** Secrets that are meant for these hosts. */
export function secretsFor(hosts: readonly string[], values: Readonly<Record<string, string>>): SecretStore {
  return {
    names: async () => Object.keys(values),
    find: async (tenant, name) => {
      const value = Object.hasOwn(values, name) && tenant === 'default' ? values[name] : undefined;
      return value === undefined ? undefined : { value: new Secret(value), hosts };
    },
  };
}
