import { EventEmitter, on } from 'node:events';
import { isAgentFactoryError, type JsonObject, type Logger } from '@agent-factory/sdk';
import type { HttpRequest } from '@agent-factory/sdk/contracts';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  CallToolRequestSchema,
  ErrorCode,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  isJSONRPCErrorResponse,
  JSONRPCMessageSchema,
  ListToolsRequestSchema,
  SUPPORTED_PROTOCOL_VERSIONS,
  type JSONRPCMessage,
  type ServerNotification,
} from '@modelcontextprotocol/sdk/types.js';
import { callOffer } from './call-offer.ts';
import { errors } from './errors.ts';
import type { McpParts } from './mcp-http.ts';
import { offersFor } from './offers.ts';

const mostMessages = 50;

/** The messages of a body; AF_MCP_MESSAGE, AF_MCP_VERSION. */
export function readMessages({
  body,
  headers,
}: Pick<HttpRequest, 'body' | 'headers'>): readonly JSONRPCMessage[] {
  const version = headers['mcp-protocol-version'];
  if (version !== undefined && !SUPPORTED_PROTOCOL_VERSIONS.includes(version))
    throw errors.AF_MCP_VERSION({
      version: version.slice(0, 40),
      known: SUPPORTED_PROTOCOL_VERSIONS.join(', '),
    });
  const given = Array.isArray(body) ? body : [body];
  if (given.length === 0 || given.length > mostMessages)
    throw errors.AF_MCP_MESSAGE({ reason: `it has ${given.length} of them.` });
  return given.map((one) => {
    const read = JSONRPCMessageSchema.safeParse(one);
    if (read.success) return read.data;
    throw errors.AF_MCP_MESSAGE({ reason: read.error.issues[0]?.message ?? 'it has another form.' });
  });
}

/** How many of the messages want an answer. */
export function wanted(messages: readonly JSONRPCMessage[]): number {
  return messages.filter(isJSONRPCRequest).length;
}

/** Whether answers may take long, so that what is done meanwhile is worth telling. */
export function takesLong(messages: readonly JSONRPCMessage[]): boolean {
  return messages.some((message) => isJSONRPCRequest(message) && message.method === 'tools/call');
}

/** A message that takes another one back: what is in the same body is answered all the same, since that is waited for. */
function takesBack(message: JSONRPCMessage): boolean {
  return isJSONRPCNotification(message) && message.method === 'notifications/cancelled';
}

/** An error as JSON-RPC has it, with our code; of what nobody foresaw the words may hold secrets, and go to the log. */
function told(error: unknown, log: Logger): Error {
  if (isAgentFactoryError(error)) {
    const { code, message, fix, status } = error;
    const kind = status < 500 ? ErrorCode.InvalidParams : ErrorCode.InternalError;
    return Object.assign(new Error(`${message} ${fix}`), { code: kind, data: { code } });
  }
  log.error('a message of the Model Context Protocol could not be answered', { error });
  const hidden = new Error('Something went wrong inside the platform; its log says what.');
  return Object.assign(hidden, { code: ErrorCode.InternalError, data: { code: 'AF_HTTP_INTERNAL' } });
}

/**
 * Hands messages to a server that lives for this request alone, and gives what it says until all are answered. Nothing
 * is kept between requests, so any process may answer any of them.
 */
export async function* serveMessages(
  messages: readonly JSONRPCMessage[],
  { principal, signal, trace }: Pick<HttpRequest, 'principal' | 'signal' | 'trace'>,
  parts: McpParts,
): AsyncGenerator<JSONRPCMessage> {
  const server = new Server(parts.server, { capabilities: { tools: {} } });
  const refuse = (error: unknown): never => {
    throw told(error, parts.log);
  };
  const offers = (): ReturnType<typeof offersFor> => offersFor(principal, parts).catch(refuse);
  server.setRequestHandler(ListToolsRequestSchema, async () => ({
    tools: [...(await offers()).values()].map(({ target: _target, ...shown }) => shown),
  }));
  server.setRequestHandler(CallToolRequestSchema, async ({ params }, { sendNotification }) => {
    const offer = (await offers()).get(params.name);
    if (!offer) return refuse(errors.AF_MCP_TOOL_UNKNOWN({ tool: params.name.slice(0, 100) }));
    const progressToken = params._meta?.progressToken;
    let progress = 0;
    const tell = async (message: string): Promise<void> => {
      if (progressToken === undefined) return;
      const done = { progressToken, progress: (progress += 1), message };
      const notification: ServerNotification = { method: 'notifications/progress', params: done };
      await sendNotification(notification);
    };
    const input = (params.arguments ?? {}) as JsonObject; // parsed from JSON
    const traced = trace && { trace };
    return callOffer(parts.runtime, { offer, input, principal, ...traced, signal, tell }).catch(refuse);
  });
  const said = new EventEmitter();
  const transport: Transport = {
    start: async () => {},
    close: async () => {},
    send: async (message) => void said.emit('message', message),
  };
  let open = wanted(messages);
  const heard = on(said, 'message', { signal });
  try {
    await server.connect(transport);
    for (const message of messages) if (!takesBack(message)) transport.onmessage?.(message);
    while (open > 0) {
      const { value } = await heard.next();
      const [message] = value as [JSONRPCMessage]; // as `send` gives it
      if (isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message)) open -= 1;
      yield message;
    }
  } finally {
    await heard.return?.();
    await server.close();
  }
}
