/**
 * A client of Agent Factory's HTTP API.
 * @module
 */
export { createClient } from './create-client.ts';
export type {
  Answer,
  Answered,
  Client,
  ClientMethods,
  Input,
  Item,
  OperationId,
  OwnRequest,
  PagedId,
  Run,
  RunEvent,
  StreamId,
} from './client.ts';
export type { CallOptions, ClientOptions } from './client-options.ts';
export { AgentFactoryClientError, type Problem } from './errors.ts';
export type { Operations } from './generated/operations.ts';
export type { ServerSentEvent } from './read-events.ts';
