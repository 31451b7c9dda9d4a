/**
 * What plugins that bring language models are made of.
 * @module
 */
export { createChatProtocol } from './chat/chat-protocol.ts';
export type { ChatQuirks } from './chat/chat-request.ts';
export { batchTexts, refuseEmptyTexts } from './embeddings/text-batches.ts';
export type { Timeouts } from './http/phase-clock.ts';
export { bearerKey, type KeyHeader } from './http/request-headers.ts';
export { createChunkGatherer } from './protocol/model-protocol.ts';
export type { ChunkGatherer, ModelProtocol, StreamedAnswer, Wire } from './protocol/model-protocol.ts';
export { isStrictSchema, schemaName } from './protocol/strict-schema.ts';
export { readCount, readList, readObject, readText } from './protocol/wire-fields.ts';
export { newCallId, toToolCall, type WrittenCall } from './protocol/written-call.ts';
export { createHttpProvider, type HttpProvider, type HttpProviderOptions } from './provider/http-provider.ts';
export { providerConfigSchema, type ProviderConfig } from './provider/provider-config.ts';
export { createResilience, type Resilience } from './resilience/resilience.ts';
export type {
  CircuitPolicy,
  Limit,
  Limits,
  ResiliencePolicy,
  RetryPolicy,
} from './resilience/resilience-config.ts';
