import { isAgentFactoryError, type JsonObject, type Logger } from '@agent-factory/sdk';
import type { HttpRequest, McpCaller } from '@agent-factory/sdk/contracts';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  CompleteRequestSchema,
  ErrorCode,
  GetPromptRequestSchema,
  ListPromptsRequestSchema,
  ListResourcesRequestSchema,
  ListResourceTemplatesRequestSchema,
  ListToolsRequestSchema,
  ReadResourceRequestSchema,
  SetLevelRequestSchema,
  SubscribeRequestSchema,
  UnsubscribeRequestSchema,
  type CompleteRequest,
  type ServerCapabilities,
} from '@modelcontextprotocol/sdk/types.js';
import { callOffer, type Follower, type Told } from './call-offer.ts';
import { errors } from './errors.ts';
import type { McpParts } from './mcp-http.ts';
import { offersFor } from './offers.ts';
import { findPrompt, getPrompt, listPrompts } from './prompts.ts';
import { findResource, listResources, listTemplates, readResource } from './resources.ts';
import type { McpSession } from './sessions.ts';

const maxValues = 100;
const maxSubscriptions = 100;
/** What the protocol says to an address that nothing is at. */
const resourceNotFound = -32_002;

/** An error as JSON-RPC has it, with our code; of what nobody foresaw the words may hold secrets, and go to the log. */
export function protocolError(
  error: unknown,
  log: Logger,
): Error & { readonly code: number; readonly data: JsonObject } {
  if (isAgentFactoryError(error)) {
    const { code, message, fix, status } = error;
    const kind = status < 500 ? ErrorCode.InvalidParams : ErrorCode.InternalError;
    return Object.assign(new Error(`${message} ${fix}`), {
      code: code === 'AF_MCP_RESOURCE_UNKNOWN' ? resourceNotFound : kind,
      data: { code },
    });
  }
  log.error('a message of the Model Context Protocol could not be answered', { error });
  const hidden = new Error('Something went wrong inside the platform; its log says what.');
  return Object.assign(hidden, { code: ErrorCode.InternalError, data: { code: 'AF_HTTP_INTERNAL' } });
}

/** What a server of the protocol is made for: one request, and who makes it. */
export interface ServerCall extends Follower {
  readonly trace?: HttpRequest['trace'];
  /** Is told what goes to the client while a call goes on. */
  tell(told: Told): void;
}

/** A server of the protocol that lives for one request. */
export function createServer(parts: McpParts, call: ServerCall): Server {
  const { principal, signal, session, trace } = call;
  const { resources, prompts, sessions } = parts;
  const caller: McpCaller = { principal, signal };
  const hasResources = resources.length > 0;
  const capabilities: ServerCapabilities = {
    tools: {},
    ...(sessions && { logging: {} }),
    ...(hasResources && { resources: sessions ? { subscribe: true } : {} }),
    ...(prompts.length > 0 && { prompts: {} }),
    ...((hasResources || prompts.length > 0) && { completions: {} }),
  };
  const server = new Server(parts.server, { capabilities });
  /** Answers, or says what went wrong as the protocol has it. */
  const answer = async <T>(work: () => T | Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw error; // nobody is there to be told, and nothing went wrong
      throw protocolError(error, parts.log);
    }
  };
  const change = (what: string, by: (session: McpSession) => Partial<McpSession>): Promise<object> =>
    answer(async () => {
      if (!session || !sessions) throw errors.AF_MCP_SESSION_MISSING({ what });
      await sessions.change(principal, session.id, by);
      parts.pushes.changed(session.id);
      return {};
    });

  server.setRequestHandler(ListToolsRequestSchema, () =>
    answer(async () => ({
      tools: [...(await offersFor(principal, parts)).values()].map(({ target: _target, ...shown }) => shown),
    })),
  );
  server.setRequestHandler(CallToolRequestSchema, ({ params }, { requestId }) =>
    answer(async () => {
      const offer = (await offersFor(principal, parts)).get(params.name);
      if (!offer) throw errors.AF_MCP_TOOL_UNKNOWN({ tool: params.name.slice(0, 100) });
      const input = (params.arguments ?? {}) as JsonObject; // parsed from JSON
      const progressToken = params._meta?.progressToken;
      const asked = { offer, input, request: requestId, progressToken, ...(trace && { trace }) };
      const work = callOffer(parts.runtime, asked, call);
      for (;;) {
        const { done, value } = await work.next();
        if (done) return value;
        call.tell(value);
      }
    }),
  );
  if (sessions)
    server.setRequestHandler(SetLevelRequestSchema, ({ params: { level } }) =>
      change('A level of logs', () => ({ level })),
    );
  if (hasResources) {
    server.setRequestHandler(ListResourcesRequestSchema, () =>
      answer(async () => ({ resources: [...(await listResources(resources, caller))] })),
    );
    server.setRequestHandler(ListResourceTemplatesRequestSchema, () =>
      answer(() => ({ resourceTemplates: [...listTemplates(resources, caller)] })),
    );
    server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) =>
      answer(async () => ({ contents: [...(await readResource(resources, uri, caller))] })),
    );
  }
  if (hasResources && sessions) {
    server.setRequestHandler(SubscribeRequestSchema, ({ params: { uri } }) =>
      change('A subscription', ({ subscriptions }) => {
        findResource(resources, uri, caller);
        return { subscriptions: [...new Set([...subscriptions, uri])].slice(-maxSubscriptions) };
      }),
    );
    server.setRequestHandler(UnsubscribeRequestSchema, ({ params: { uri } }) =>
      change('A subscription', ({ subscriptions }) => ({
        subscriptions: subscriptions.filter((one) => one !== uri),
      })),
    );
  }
  if (prompts.length > 0) {
    server.setRequestHandler(ListPromptsRequestSchema, () =>
      answer(() => ({ prompts: listPrompts(prompts, caller) })),
    );
    server.setRequestHandler(GetPromptRequestSchema, ({ params }) =>
      answer(() => getPrompt(prompts, params.name, params.arguments ?? {}, caller)),
    );
  }
  if (capabilities.completions)
    server.setRequestHandler(CompleteRequestSchema, ({ params }) =>
      answer(async () => {
        const found = await completionsOf(params, parts, caller);
        const values = found.slice(0, maxValues);
        return {
          completion: { values: [...values], total: found.length, hasMore: found.length > maxValues },
        };
      }),
    );
  return server;
}

async function completionsOf(
  { ref, argument: { name, value } }: CompleteRequest['params'],
  { resources, prompts }: McpParts,
  caller: McpCaller,
): Promise<readonly string[]> {
  if (ref.type === 'ref/prompt')
    return (await findPrompt(prompts, ref.name, caller).complete?.(name, value, caller)) ?? [];
  const { resource } = findResource(resources, ref.uri, caller);
  return (await resource.complete?.(name, value, caller)) ?? [];
}
