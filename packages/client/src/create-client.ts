import type { Client, OperationId, OwnRequest, Run, RunEvent } from './client.ts';
import type { CallOptions, ClientOptions } from './client-options.ts';
import { clientError } from './errors.ts';
import { routes } from './generated/routes.ts';
import { readEvents, type EventReading, type ServerSentEvent } from './read-events.ts';
import { requestOf, type PlainRequest } from './request-of.ts';
import { sendRequest } from './send-request.ts';

const usualIdleMs = 60_000;
const usualStreamRetries = 5;
/** After one of these a run has no more events. */
const lastEvents = new Set(['run.succeeded', 'run.failed', 'run.cancelled']);
const endings = new Set(['succeeded', 'failed', 'cancelled']);

type Raw = { readonly status: number; readonly headers: Headers; readonly body: unknown };

/** Makes a client. Nothing is sent before something is asked. */
export function createClient(options: ClientOptions): Client {
  const base = options.url.replace(/\/+$/, '');
  const asked = (id: OperationId, input: object = {}): PlainRequest => requestOf(id, routes[id], base, input);

  const call = (id: OperationId, input?: object, own?: CallOptions): Promise<Raw> =>
    sendRequest(options, asked(id, input), readBody, own);

  async function* each(id: OperationId, input: object = {}, own?: CallOptions): AsyncGenerator<unknown> {
    const { page } = routes[id];
    if (!page)
      throw clientError('AF_CLIENT_PARAMETER', { operation: id, reason: 'its answers are no pages' });
    for (let from: unknown; ;) {
      const { body } = await call(id, { ...input, ...(from !== undefined && { [page.from]: from }) }, own);
      const answer = body as Readonly<Record<string, unknown>>; // as the schema of every page says
      const items = answer[page.items] as readonly unknown[]; // the same
      yield* items;
      const last: unknown = items.at(-1);
      from = page.by === 'next' ? answer['next'] : page.by === undefined ? last : fieldOf(last, page.by);
      if (from !== undefined) continue;
      if (page.by === 'next' || items.length === 0) return;
      const reason = `without the field "${page.by}" nobody knows where the next page begins`;
      throw clientError('AF_CLIENT_PARAMETER', { operation: id, reason });
    }
  }

  const stream = (
    request: PlainRequest,
    own: CallOptions = {},
    goesOn?: EventReading['goesOn'],
  ): AsyncGenerator<ServerSentEvent, void, undefined> => {
    const { retries = usualStreamRetries, idleMs = usualIdleMs, timeoutMs = idleMs } = { ...options, ...own };
    const open = (lastEventId: string | undefined): Promise<Response> => {
      const headers = { ...own.headers, ...(lastEventId !== undefined && { 'last-event-id': lastEventId }) };
      const beginning = { ...own, headers, timeoutMs: Math.min(timeoutMs, idleMs) };
      return sendRequest(options, request, streamIn, beginning);
    };
    const told = `${request.method} ${new URL(request.url).pathname}`;
    return readEvents({
      request: told,
      open,
      retries,
      idleMs,
      signal: own.signal,
      ...(goesOn && { goesOn }),
    });
  };

  async function* followRun(
    input: { readonly id: string; readonly after?: number | undefined },
    own?: CallOptions,
  ): AsyncGenerator<RunEvent> {
    // A stream also ends when plugins are replaced.
    const goesOn = async (last: ServerSentEvent | undefined): Promise<boolean> => {
      if (lastEvents.has(last?.event ?? '')) return false;
      const { status, lastSeq } = (await call('getRun', { id: input.id }, own)).body as Run; // by its schema
      return !endings.has(status) || Number(last?.id ?? input.after ?? 0) < lastSeq;
    };
    for await (const { data } of stream(asked('streamRun', input), own, goesOn)) yield data as RunEvent; // by its route
  }

  const methods = Object.keys(routes).map((name) => {
    const id = name as OperationId; // a key of the routes
    const method = routes[id].events
      ? (input?: object, own?: CallOptions) => stream(asked(id, input), own)
      : async (input?: object, own?: CallOptions) => (await call(id, input, own)).body;
    return [id, method] as const;
  });
  const askedOwn = ({ method, path, input = {} }: OwnRequest): PlainRequest =>
    requestOf(`${method} ${path}`, { method, path }, base, input);
  const request: Client['request'] = async (own, more) =>
    (await sendRequest(options, askedOwn(own), readBody, more)).body;
  const events: Client['events'] = (own, more) => stream(askedOwn(own), more);
  // Each is as the type of its operation says: both are written by the same routes.
  return { ...Object.fromEntries(methods), call, each, followRun, request, events } as unknown as Client;
}

async function streamIn(response: Response): Promise<Response> {
  const { status, headers, url, body } = response;
  const type = headers.get('content-type') ?? '';
  if (type.startsWith('text/event-stream')) return response;
  await body?.cancel();
  throw answerError(url, status, `it is ${type || 'nothing'} and no stream of events`);
}

async function readBody(response: Response): Promise<Raw> {
  const { status, headers } = response;
  const text = await response.text();
  if (!/\bjson\b/.test(headers.get('content-type') ?? ''))
    return { status, headers, body: text === '' ? undefined : text };
  try {
    return { status, headers, body: JSON.parse(text) };
  } catch (error) {
    throw answerError(response.url, status, 'it is no JSON', error);
  }
}

function answerError(url: string, status: number, reason: string, cause?: unknown): Error {
  // An answer that was not fetched has no address.
  const request = URL.canParse(url) ? new URL(url).pathname : 'The request';
  return clientError('AF_CLIENT_ANSWER', { request, status, reason }, cause);
}

function fieldOf(item: unknown, field: string): unknown {
  return (Object(item) as Readonly<Record<string, unknown>>)[field];
}
