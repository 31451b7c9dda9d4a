import type { CallOptions } from './client-options.ts';
import type { Operations } from './generated/operations.ts';
import type { ServerSentEvent } from './read-events.ts';

/** The name of an operation: its `operationId` in the OpenAPI document. */
export type OperationId = keyof Operations;
/** What an operation takes: its parameters by name, and `body`. */
export type Input<Id extends OperationId> = Operations[Id]['input'];
/** What an operation answers. */
export type Answer<Id extends OperationId> = Operations[Id] extends { answer: infer Given } ? Given : never;
/** An operation whose answers are pages. */
export type PagedId = {
  [Id in OperationId]: Operations[Id] extends { item: unknown } ? Id : never;
}[OperationId];
/** One of what an operation's pages hold. */
export type Item<Id extends PagedId> = Operations[Id] extends { item: infer Held } ? Held : never;
/** An operation whose answer is a stream of events. */
export type StreamId = {
  [Id in OperationId]: Operations[Id] extends { events: true } ? Id : never;
}[OperationId];

/** A run, as it stands. */
export type Run = Answer<'getRun'>;
/** An event of a run's journal, told from others by `type`. */
export type RunEvent = Item<'listRunEvents'>;

/** What is given to an operation; nothing, where it needs nothing. */
type Given<Id extends OperationId> =
  {} extends Input<Id>
    ? [input?: Input<Id>, options?: CallOptions]
    : [input: Input<Id>, options?: CallOptions];

/** An answer with what stands around its body. */
export interface Answered<Id extends OperationId> {
  readonly status: number;
  /** `etag` among them, where there is one. */
  readonly headers: Headers;
  /** Nothing for 304, which answers `if-none-match` among the headers of a call. */
  readonly body: Answer<Id>;
}

/** A request to a route that this client has no types for, such as one of a plugin of your own. */
export interface OwnRequest {
  readonly method: string;
  /** With its parameters in braces: `/api/v1/plugins/weather/cities/{city}`. */
  readonly path: string;
  /** Its parameters by name, those of the path and of the query, and `body`. */
  readonly input?: object;
}

/** The operations of a platform, each a method that gives the body of the answer, or a stream of events. */
export type ClientMethods = {
  readonly [Id in OperationId]: (
    ...given: Given<Id>
  ) => Id extends StreamId ? AsyncIterable<ServerSentEvent> : Promise<Answer<Id>>;
};

/** A client of a platform. All that goes wrong is thrown as an `AgentFactoryClientError`. */
export interface Client extends ClientMethods {
  /** An operation with status and headers of its answer. */
  call<Id extends Exclude<OperationId, StreamId>>(id: Id, ...given: Given<Id>): Promise<Answered<Id>>;
  /** Everything a paged operation has, page after page as it is asked for. */
  each<Id extends PagedId>(id: Id, ...given: Given<Id>): AsyncIterable<Item<Id>>;
  /** The events of a run as they are written, each once and whatever happens on the way, until the run has ended. */
  followRun(input: Input<'streamRun'>, options?: CallOptions): AsyncIterable<RunEvent>;
  /** Any other route: the body of its answer. */
  request(request: OwnRequest, options?: CallOptions): Promise<unknown>;
  /** Any other route whose answer is a stream. */
  events(request: OwnRequest, options?: CallOptions): AsyncIterable<ServerSentEvent>;
}
