import { foreignSchema, type Json, type JsonObject, type Logger } from '@agent-factory/sdk';
import type { ArtifactStore, OpenTools, Tool, ToolCallContext } from '@agent-factory/sdk/contracts';
import type { ToolEffect } from '@agent-factory/sdk/domain';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Tool as ServerTool, ToolAnnotations } from '@modelcontextprotocol/sdk/types.js';
import { errors } from './errors.ts';
import type { McpConnection } from './mcp-connection.ts';
import { codeOf, failureOf, rpcCodes } from './mcp-failure.ts';
import { resultOf } from './mcp-result.ts';
import { secretsIn, type McpSpec } from './mcp-spec.ts';

/** What {@link McpServerTools} needs. */
export interface McpServerToolsOptions {
  readonly name: string;
  readonly spec: McpSpec;
  readonly connection: McpConnection;
  readonly artifacts: ArtifactStore | undefined;
  readonly timeoutMs: number;
  readonly connectMs: number;
  readonly maxTools: number;
  readonly log: Logger;
}

/** The tools of one server, as it last told them. */
export class McpServerTools implements OpenTools {
  readonly #options: McpServerToolsOptions;
  readonly #listeners = new Set<() => void>();
  readonly #closed = new AbortController();
  /** By what the server said of them, so that an unchanged tool is the same object. */
  #known = new Map<string, Tool>();
  #tools: readonly Tool[] | undefined;
  #listing: Promise<readonly Tool[]> | undefined;

  constructor(options: McpServerToolsOptions) {
    this.#options = options;
  }

  async tools(): Promise<readonly Tool[]> {
    return this.#tools ?? this.#list();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Asks the server anew, because it said that they changed. */
  changed(): void {
    this.#listing = undefined;
    this.#list().then(
      () => {
        for (const listener of this.#listeners) listener();
      },
      (error: unknown) => {
        const { log, name } = this.#options;
        log.warn('the changed tools of an MCP server cannot be had', { server: name, reason: String(error) });
      },
    );
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#closed.abort(new Error('the registration of the tool was closed'));
    await this.#options.connection.close();
  }

  #list(): Promise<readonly Tool[]> {
    this.#listing ??= this.#ask().finally(() => {
      this.#listing = undefined;
    });
    return this.#listing;
  }

  async #ask(): Promise<readonly Tool[]> {
    const { name, spec, connection } = this.#options;
    const told = await connection.use(async (client) =>
      this.#pages(client).catch((error: unknown) => {
        throw failureOf(name, error);
      }),
    );
    const { include, exclude = [] } = spec;
    const known = new Map<string, Tool>();
    const names = new Set<string>();
    for (const tool of told) {
      if ((include && !include.includes(tool.name)) || exclude.includes(tool.name)) continue;
      const key = JSON.stringify(tool);
      const made = this.#known.get(key) ?? this.#tool(tool);
      if (names.has(made.name)) continue;
      names.add(made.name);
      known.set(key, made);
    }
    this.#known = known;
    this.#tools = [...known.values()];
    return this.#tools;
  }

  async #pages(client: Client): Promise<readonly ServerTool[]> {
    const { connectMs: timeout, maxTools } = this.#options;
    const { ListToolsResultSchema } = await import('@modelcontextprotocol/sdk/types.js');
    const all: ServerTool[] = [];
    let cursor: string | undefined;
    do {
      const request = { method: 'tools/list' as const, params: cursor === undefined ? {} : { cursor } };
      const page = await client.request(request, ListToolsResultSchema, { timeout });
      all.push(...page.tools);
      cursor = page.tools.length === 0 ? undefined : page.nextCursor;
    } while (cursor !== undefined && all.length < maxTools);
    return all.slice(0, maxTools);
  }

  #tool(told: ServerTool): Tool {
    const { name: server, spec, timeoutMs: usualMs } = this.#options;
    const timeoutMs = spec.timeoutMs ?? usualMs;
    const name = `${server}_${told.name}`.replaceAll(/[^A-Za-z0-9_-]+/g, '_').slice(0, 64);
    const { title, annotations } = told;
    const secrets = secretsIn(spec);
    const effect = spec.effects?.[told.name] ?? effectOf(annotations);
    const about = told.description ?? title ?? annotations?.title ?? `The tool ${told.name} of ${server}.`;
    return {
      name,
      description: about.slice(0, 2_000).toWellFormed(),
      input: { ...foreignSchema(told.inputSchema), type: 'object' },
      ...(told.outputSchema && { output: foreignSchema(told.outputSchema) }),
      effect,
      ...(spec.retry && effect !== 'write' && { retry: spec.retry }),
      ...(secrets.length > 0 && { secrets }),
      timeoutMs: timeoutMs + 1_000, // the request's own time-out says more than the runtime's
      run: (input, context) => this.#call(told.name, name, input, context, timeoutMs),
    };
  }

  async #call(
    serverName: string,
    tool: string,
    input: JsonObject,
    context: ToolCallContext,
    ms: number,
  ): Promise<Json> {
    context.signal.throwIfAborted();
    const { name, connection, artifacts } = this.#options;
    const signal = AbortSignal.any([context.signal, this.#closed.signal]);
    const { CallToolResultSchema } = await import('@modelcontextprotocol/sdk/types.js');
    const params = { name: serverName, arguments: { ...input } };
    const send = () =>
      connection.use((client) =>
        client.request({ method: 'tools/call', params }, CallToolResultSchema, { signal, timeout: ms }),
      );
    try {
      const result = await send().catch(async (error: unknown) => {
        // The server has forgotten the session, so the call was not made: safe to make it in another one.
        if (codeOf(error) !== 404) throw error;
        await connection.drop();
        return send();
      });
      return await resultOf(tool, result, context, artifacts);
    } catch (error) {
      signal.throwIfAborted();
      if (codeOf(error) === rpcCodes.timedOut)
        throw errors.AF_TOOLS_MCP_TIMEOUT({ tool, ms }, { cause: error });
      throw failureOf(name, error);
    }
  }
}

/** What a server hints at; without a hint a call may change the world. */
function effectOf(annotations: ToolAnnotations | undefined): ToolEffect {
  if (annotations?.readOnlyHint === true) return 'read';
  return annotations?.idempotentHint === true ? 'idempotent-write' : 'write';
}
