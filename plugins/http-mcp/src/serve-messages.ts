import { EventEmitter, on } from 'node:events';
import type { HttpRequest } from '@agent-factory/sdk/contracts';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import {
  isInitializeRequest,
  isJSONRPCNotification,
  isJSONRPCRequest,
  isJSONRPCResultResponse,
  isJSONRPCErrorResponse,
  JSONRPCMessageSchema,
  LATEST_PROTOCOL_VERSION,
  SUPPORTED_PROTOCOL_VERSIONS,
  type JSONRPCMessage,
} from '@modelcontextprotocol/sdk/types.js';
import { cancelCall, type Follower, type Told } from './call-offer.ts';
import { takeAnswer, type ClientAnswer } from './client-questions.ts';
import { errors } from './errors.ts';
import type { McpParts } from './mcp-http.ts';
import { createServer } from './mcp-server.ts';
import type { McpSession } from './sessions.ts';

const mostMessages = 50;

/** Something that goes to the client, and where it stands in a call. */
export interface Said {
  readonly message?: JSONRPCMessage;
  /** Id of the event, where the client may come back to it. */
  readonly id?: string;
}

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

/** The session that a body begins, if it begins one. */
export function begunSession(
  messages: readonly JSONRPCMessage[],
): Omit<McpSession, 'id' | 'level' | 'subscriptions'> | undefined {
  const begins = messages.find((message) => isInitializeRequest(message));
  if (!begins) return undefined;
  const { protocolVersion: asked, capabilities } = begins.params;
  const { elicitation, sampling } = capabilities;
  return {
    version: SUPPORTED_PROTOCOL_VERSIONS.includes(asked) ? asked : LATEST_PROTOCOL_VERSION,
    // A client that names no kind of questions takes forms; one may take addresses alone.
    elicitation:
      elicitation !== undefined && (elicitation.form !== undefined || elicitation.url === undefined),
    sampling: sampling !== undefined,
  };
}

/** A message that takes another one back: what is in the same body is answered all the same, since that is waited for. */
function takesBack(message: JSONRPCMessage): boolean {
  return isJSONRPCNotification(message) && message.method === 'notifications/cancelled';
}

function isAnswer(message: JSONRPCMessage): message is ClientAnswer {
  return isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message);
}

/** Takes in what of the messages is no request: answers to questions, and that a call is taken back. */
export async function takeNotices(
  messages: readonly JSONRPCMessage[],
  { principal, session }: Pick<Follower, 'principal' | 'session'>,
  parts: McpParts,
): Promise<void> {
  if (!session) return;
  for (const message of messages) {
    if (isAnswer(message)) await takeAnswer(message, session, principal, parts);
    if (wanted(messages) > 0 || !isJSONRPCNotification(message) || !takesBack(message)) continue;
    const request = message.params?.['requestId'];
    if (typeof request === 'string' || typeof request === 'number')
      await cancelCall(parts.runtime, request, principal, session);
  }
}

/**
 * Hands messages to a server that lives for this request alone, and gives what it says until all are answered. What is
 * kept between requests is in the session and the journal, so any process may answer any of them.
 */
export async function* serveMessages(
  messages: readonly JSONRPCMessage[],
  call: Follower & Pick<HttpRequest, 'trace'>,
  parts: McpParts,
): AsyncGenerator<Said> {
  const said = new EventEmitter();
  // Only what is the one thing asked for can be gone on with.
  const resumes = call.session !== undefined && messages.length === 1;
  let place: string | undefined;
  const say = (message?: JSONRPCMessage): void =>
    void said.emit('said', { ...(message && { message }), ...(place !== undefined && { id: place }) });
  const tell = ({ runId, seq, message }: Told): void => {
    if (resumes) place = `${runId}.${seq}`;
    if (message || resumes) say(message);
  };
  const server = createServer(parts, { ...call, tell });
  const transport: Transport = {
    start: async () => {},
    close: async () => {},
    send: async (message) => say(message),
  };
  let open = wanted(messages);
  const heard = on(said, 'said', { signal: call.signal });
  try {
    await server.connect(transport);
    for (const message of messages)
      if (!takesBack(message) && !isAnswer(message)) transport.onmessage?.(message);
    while (open > 0) {
      const { value } = await heard.next();
      const [one] = value as [Said]; // as `say` gives it
      if (one.message && isAnswer(one.message)) open -= 1;
      yield one;
    }
  } finally {
    await heard.return?.();
    await server.close();
  }
}
