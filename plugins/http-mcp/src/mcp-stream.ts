import type { Json } from '@agent-factory/sdk';
import type { HttpRequest, HttpRoute, ServerSentEvent } from '@agent-factory/sdk/contracts';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import type { FollowedCall } from './call-offer.ts';
import { errors, errorTable } from './errors.ts';
import { eventsOf, rpcError, sessionHeader, sessionOf, type McpParts } from './mcp-http.ts';
import type { Said } from './serve-messages.ts';
import type { McpSession } from './sessions.ts';

/** Where a client listens to what it did not ask for, or comes back to a call whose stream has ended. */
export function mcpStreamRoute(parts: McpParts): HttpRoute {
  return {
    method: 'GET',
    path: '/mcp',
    operationId: 'listenMcp',
    summary: 'Listen to a session of the Model Context Protocol.',
    description:
      'With `last-event-id` the stream of a call goes on after that event; else it tells which resources have changed ' +
      'that the session subscribed to.',
    tag: 'MCP',
    permission: 'runs:write',
    responses: { 200: { description: 'Messages as server-sent events.', contentType: 'text/event-stream' } },
    errors: errorTable,
    rate: 'read',
    problemBody: rpcError,
    handler: async (request) => {
      const session = await sessionOf(request, parts.sessions);
      if (!session) throw errors.AF_MCP_STREAM_MISSING({});
      const last = request.headers['last-event-id'];
      if (last !== undefined)
        return { stream: eventsOf(await resumed(last, session, request, parts), session) };
      const { principal, signal } = request;
      return { stream: messagesOf(parts.pushes.follow(session.id, { principal, signal })) };
    },
  };
}

/** Where a client ends its session. */
export function mcpEndRoute({ sessions, pushes }: McpParts): HttpRoute {
  return {
    method: 'DELETE',
    path: '/mcp',
    operationId: 'endMcp',
    summary: 'End a session of the Model Context Protocol.',
    description: 'Its calls go on; nobody can come back to them by this session.',
    tag: 'MCP',
    permission: 'runs:write',
    responses: { 204: { description: 'It has ended.' } },
    errors: errorTable,
    rate: 'write',
    problemBody: rpcError,
    handler: async ({ headers, principal }) => {
      const id = headers[sessionHeader];
      if (id === undefined || !sessions) throw errors.AF_MCP_SESSION_MISSING({ what: 'To end a session' });
      await sessions.close(principal, id);
      pushes.changed(id);
      return { status: 204, body: null };
    },
  };
}

async function resumed(
  last: string,
  session: McpSession,
  { principal, signal }: HttpRequest,
  parts: McpParts,
): Promise<AsyncGenerator<Said>> {
  const unknown = errors.AF_MCP_EVENT_UNKNOWN({ event: last.slice(0, 100) });
  const [, runId, seq] = /^([\w-]{1,200})\.(\d{1,15})$/.exec(last) ?? [];
  if (runId === undefined) throw unknown;
  const { followAgain } = await import('./call-offer.ts');
  const follower = { principal, signal, session, streams: true };
  const found = await followAgain(parts.runtime, { runId, seq: Number(seq) }, follower);
  if (!found) throw unknown;
  return goOn(found, signal, parts);
}

async function* goOn(
  { request, told }: FollowedCall,
  signal: AbortSignal,
  { log }: McpParts,
): AsyncGenerator<Said> {
  try {
    for (;;) {
      const { done, value } = await told.next();
      if (done) {
        yield { message: { jsonrpc: '2.0', id: request, result: value } };
        return;
      }
      const { runId, seq, message } = value;
      if (message) yield { message, id: `${runId}.${seq}` };
    }
  } catch (error) {
    if (signal.aborted) return; // nobody is there to be told, and nothing went wrong
    const { protocolError } = await import('./mcp-server.ts');
    const { code, message, data } = protocolError(error, log);
    yield { message: { jsonrpc: '2.0', id: request, error: { code, message, data } } };
  } finally {
    await told.return?.(undefined as never); // the result is of no use any more
  }
}

async function* messagesOf(messages: AsyncIterable<JSONRPCMessage>): AsyncGenerator<ServerSentEvent> {
  for await (const message of messages) yield { event: 'message', data: message as unknown as Json }; // plain data
}
