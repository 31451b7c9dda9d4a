import assert from 'node:assert/strict';
import { Secret, type Json, type JsonObject } from '@agent-factory/sdk';
import type { ArtifactStore, OpenTools, Tool, ToolCallContext, ToolKind } from '@agent-factory/sdk/contracts';
import { silentLog } from '@agent-factory/sdk/testing';
import type { ToolsMcpConfig } from '../../src/config.ts';
import { createMcpTools } from '../../src/mcp-tools.ts';

/** The kind with this configuration; the secret `token` is for `hosts`. */
export function mcpKind(
  config: Partial<ToolsMcpConfig> = {},
  hosts: readonly string[] = [],
  artifacts?: ArtifactStore,
): ToolKind {
  return createMcpTools({
    config: {
      allowHosts: hosts,
      timeoutMs: 5_000,
      connectMs: 10_000,
      idleMs: 60_000,
      maxTools: 100,
      maxResultBytes: 1_048_576,
      ...config,
    },
    secrets: {
      names: async () => ['token'],
      find: async (_tenant, name) => (name === 'token' ? { value: new Secret('s3cret'), hosts } : undefined),
    },
    artifacts,
    baseDir: import.meta.dirname,
  });
}

/** The tools of one registration. */
export interface OpenMcp extends OpenTools {
  /** The tool that the server calls `name`. */
  tool(name: string): Promise<Tool>;
  call(name: string, input?: JsonObject, more?: Partial<ToolCallContext>): Promise<Json>;
}

/** Prepares and opens a registration named `x`. */
export async function openMcp(kind: ToolKind, spec: JsonObject): Promise<OpenMcp> {
  const { signal } = new AbortController();
  const prepared = await kind.prepare(spec, { name: 'x', trusted: true, signal });
  assert.ok(prepared.problems === undefined, JSON.stringify(prepared.problems));
  const opened = await kind.open(prepared.spec, { tenant: 'default', name: 'x', log: silentLog });
  const tool = async (name: string): Promise<Tool> => {
    const tools = await opened.tools();
    const found = tools.find((one) => one.name === `x_${name}`);
    assert.ok(found, `${name} among ${tools.map((one) => one.name).join(', ')}`);
    return found;
  };
  return {
    tools: () => opened.tools(),
    onChange: (listener) => opened.onChange(listener),
    close: () => opened.close(),
    tool,
    call: async (name, input = {}, more = {}) =>
      (await tool(name)).run(input, {
        signal,
        runId: 'run-1',
        tenant: 'default',
        idempotencyKey: 'run-1:1',
        log: silentLog,
        ...more,
      }),
  };
}
