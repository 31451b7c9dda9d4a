import type { AgentRuntime, HttpRequest, HttpRoute, ServerSentEvent } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { errorTable } from '../errors.ts';
import { jsonOf } from './answer.ts';
import { afterEvent, runParams } from './route-schemas.ts';

export function streamRun(runtime: AgentRuntime): HttpRoute {
  return {
    method: 'GET',
    path: '/api/v1/runs/{id}/stream',
    operationId: 'streamRun',
    summary: "Follow a run's events as they are written.",
    description:
      'Server-sent events: `id` is the number of the event, `event` its type, `data` the event. The stream ends ' +
      'after the last event of the run. A client that reconnects with `Last-Event-ID` misses nothing.',
    tag: 'Runs',
    permission: 'runs:read',
    resource: 'runs/{id}',
    params: runParams,
    query: { type: 'object', properties: { after: afterEvent }, additionalProperties: false },
    responses: { 200: { description: 'The events.', contentType: 'text/event-stream' } },
    errors: { AF_RUN_NOT_FOUND: errorTable.AF_RUN_NOT_FOUND },
    rate: 'read',
    handler: async (request) => {
      const runs = runtime.tenant(request.principal.tenant);
      const { id } = await runs.get(request.params['id'] ?? '');
      return { stream: serverSent(runs.events(id, { after: resumeAfter(request) })) };
    },
  };
}

function resumeAfter({ headers, query }: HttpRequest): number {
  const last = headers['last-event-id'] ?? '';
  return /^\d{1,15}$/.test(last) ? Number(last) : Number(query['after'] ?? 0);
}

function serverSent(events: AsyncIterable<RunEvent>): AsyncIterable<ServerSentEvent> {
  return { [Symbol.asyncIterator]: () => new ServerSentEvents(events[Symbol.asyncIterator]()) };
}

/** No generator: each of many open streams would keep its frame. Needs no signal, for `return` is passed on at once. */
class ServerSentEvents implements AsyncIterator<ServerSentEvent, void> {
  readonly #events: AsyncIterator<RunEvent, void>;

  constructor(events: AsyncIterator<RunEvent, void>) {
    this.#events = events;
  }

  next(): Promise<IteratorResult<ServerSentEvent, void>> {
    return this.#events.next().then(toServerSent);
  }

  async return(): Promise<IteratorResult<ServerSentEvent, void>> {
    await this.#events.return?.();
    return { done: true, value: undefined };
  }
}

function toServerSent(step: IteratorResult<RunEvent, void>): IteratorResult<ServerSentEvent, void> {
  if (step.done) return step;
  const { value: event } = step;
  return { done: false, value: { id: String(event.seq), event: event.type, data: jsonOf(event) } };
}
