import type { ModelProtocol } from '@agent-factory/model-kit';
import type { ModelCapabilities } from '@agent-factory/sdk/contracts';
import { readResponse } from './read-response.ts';
import { createResponsesWriter } from './responses-request.ts';
import { createStreamedResponse } from './streamed-response.ts';

/** OpenAI's Responses API. Nothing is stored there: each request carries the whole conversation. */
export function createResponsesProtocol(
  provider: string,
  capabilities: (model: string) => ModelCapabilities,
): ModelProtocol {
  return {
    path: '/responses',
    write: createResponsesWriter(provider, capabilities),
    read: (answer, { model }) => readResponse(answer, provider, model),
    startStream: ({ model }) => createStreamedResponse(provider, model),
  };
}
