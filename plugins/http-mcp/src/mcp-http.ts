import type { Json, Logger, PluginContext } from '@agent-factory/sdk';
import type {
  HttpProblem,
  HttpRequest,
  HttpRoute,
  McpPrompt,
  McpResource,
  ServerSentEvent,
} from '@agent-factory/sdk/contracts';
import { errorTable } from './errors.ts';
import type { OfferParts } from './offers.ts';
import type { Pushes } from './pushes.ts';
import type { Said } from './serve-messages.ts';
import type { McpSession, Sessions } from './sessions.ts';

/** What the door stands on. */
export interface McpParts extends OfferParts {
  /** Those that the operator chose. */
  readonly resources: readonly McpResource[];
  readonly prompts: readonly McpPrompt[];
  /** Left out where nothing can be kept between requests. */
  readonly sessions: Sessions | undefined;
  readonly pushes: Pushes;
  readonly validator: PluginContext['validator'];
  /** What the server calls itself. */
  readonly server: { readonly name: string; readonly version: string };
  /** Is told what nobody foresaw. */
  readonly log: Logger;
}

/** Header that names a session. */
export const sessionHeader = 'mcp-session-id';

/** The version from which on clients know an event without data. */
const primingVersion = '2025-11-25';

/** A problem as JSON-RPC has it: it is about the request as a whole, and no message. */
export function rpcError({ status, code, detail, fix }: HttpProblem): Json {
  return {
    jsonrpc: '2.0',
    id: null,
    error: { code: status < 500 ? -32_600 : -32_603, message: `${detail} ${fix}`, data: { code } },
  };
}

/** The session that a request names; AF_MCP_SESSION_UNKNOWN. */
export async function sessionOf(
  { headers, principal }: Pick<HttpRequest, 'headers' | 'principal'>,
  sessions: Sessions | undefined,
): Promise<McpSession | undefined> {
  const id = headers[sessionHeader];
  return id === undefined ? undefined : sessions?.get(principal, id);
}

/** The Model Context Protocol over streamable HTTP: where messages are sent. */
export function mcpRoute(parts: McpParts): HttpRoute {
  return {
    method: 'POST',
    path: '/mcp',
    operationId: 'callMcp',
    summary: 'Speak the Model Context Protocol (streamable HTTP).',
    description:
      'Agents, routers, workflows and tools that the operator chose are tools of the protocol. Each call is a run. The ' +
      'answer to `initialize` may name a session, for the header `mcp-session-id`.',
    tag: 'MCP',
    permission: 'runs:write',
    body: { type: ['object', 'array'], description: 'A message of JSON-RPC 2.0, or several.' },
    bodyExample: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    responses: {
      200: {
        description: 'The answer; to a call its progress and its answer as server-sent events.',
        schema: { type: ['object', 'array'] },
        orStream: true,
        example: { jsonrpc: '2.0', id: 1, result: { tools: [] } },
      },
      202: { description: 'There was nothing to answer.', contentType: 'text/plain; charset=utf-8' },
    },
    errors: errorTable,
    rate: 'run',
    calls: (body) => (Array.isArray(body) ? body.length : 1),
    problemBody: rpcError,
    handler: async (request) => {
      // The SDK of the protocol is only loaded where somebody speaks it.
      const { begunSession, readMessages, serveMessages, takeNotices, takesLong, wanted } =
        await import('./serve-messages.ts');
      const messages = readMessages(request);
      const { principal, signal, trace } = request;
      const begun = begunSession(messages);
      const session = begun ? undefined : await sessionOf(request, parts.sessions);
      await takeNotices(messages, { principal, session }, parts);
      const { accept = '' } = request.headers;
      const streams = takesLong(messages) && accept.includes('text/event-stream');
      const call = { principal, signal, session, streams, ...(trace && { trace }) };
      const answers = serveMessages(messages, call, parts);
      if (wanted(messages) === 0) {
        for await (const _none of answers); // nothing is said to what asks nothing
        return { status: 202, body: '' };
      }
      if (streams) return { stream: eventsOf(answers, session) };
      const all: Json[] = [];
      for await (const { message } of answers)
        if (message && 'id' in message) all.push(message as unknown as Json); // plain data
      const id = begun && (await parts.sessions?.open(principal, begun));
      return {
        status: 200,
        ...(id !== undefined && { headers: { [sessionHeader]: id } }),
        body: Array.isArray(request.body) ? all : (all[0] ?? null),
      };
    },
  };
}

/** What is said, as server-sent events; one without data tells a client where to come back to. */
export async function* eventsOf(
  answers: AsyncIterable<Said>,
  session: McpSession | undefined,
): AsyncGenerator<ServerSentEvent> {
  for await (const { message, id } of answers) {
    const at = id !== undefined && { id };
    if (message) yield { ...at, event: 'message', data: message as unknown as Json }; // plain data
    else if (session && session.version >= primingVersion) yield { ...at, data: null, text: '' };
  }
}
