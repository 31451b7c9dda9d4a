import type { Json, Logger } from '@agent-factory/sdk';
import type { HttpProblem, HttpRoute, ServerSentEvent } from '@agent-factory/sdk/contracts';
import { errorTable } from './errors.ts';
import type { OfferParts } from './offers.ts';

/** What the door stands on. */
export interface McpParts extends OfferParts {
  /** What the server calls itself. */
  readonly server: { readonly name: string; readonly version: string };
  /** Is told what nobody foresaw. */
  readonly log: Logger;
}

/** A problem as JSON-RPC has it: it is about the request as a whole, and no message. */
function rpcError({ status, code, detail, fix }: HttpProblem): Json {
  return {
    jsonrpc: '2.0',
    id: null,
    error: { code: status < 500 ? -32_600 : -32_603, message: `${detail} ${fix}`, data: { code } },
  };
}

/** The Model Context Protocol over streamable HTTP, without sessions. */
export function mcpRoute(parts: McpParts): HttpRoute {
  return {
    method: 'POST',
    path: '/mcp',
    operationId: 'callMcp',
    summary: 'Speak the Model Context Protocol (streamable HTTP).',
    description:
      'Agents, routers, workflows and tools that the operator chose are tools of the protocol. Each call is a run. There ' +
      'are no sessions: GET and DELETE are not answered.',
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
      const { readMessages, serveMessages, takesLong, wanted } = await import('./serve-messages.ts');
      const messages = readMessages(request);
      const answers = serveMessages(messages, request, parts);
      if (wanted(messages) === 0) {
        for await (const _none of answers); // nothing is said to what asks nothing
        return { status: 202, body: '' };
      }
      const { accept = '' } = request.headers;
      if (takesLong(messages) && accept.includes('text/event-stream')) return { stream: eventsOf(answers) };
      const all: Json[] = [];
      for await (const answer of answers) if ('id' in answer) all.push(answer as unknown as Json); // plain data
      return { status: 200, body: Array.isArray(request.body) ? all : (all[0] ?? null) };
    },
  };
}

async function* eventsOf(answers: AsyncIterable<object>): AsyncGenerator<ServerSentEvent> {
  for await (const answer of answers) yield { event: 'message', data: answer as unknown as Json }; // plain data
}
