import type { ModelProtocol } from '@agent-factory/model-kit';
import type { AnthropicConfig } from './config.ts';
import { createMessagesWriter } from './messages-request.ts';
import { readMessage } from './read-message.ts';
import { createStreamedMessage } from './streamed-message.ts';
import { answersByTool } from './structured-output.ts';

/** Anthropic's Messages API. */
export function createMessagesProtocol(config: AnthropicConfig): ModelProtocol {
  const { provider } = config;
  return {
    path: '/v1/messages',
    write: createMessagesWriter(config),
    read: (answer, request) => readMessage(answer, provider, request.model, answersByTool(request, config)),
    startStream: (request) => createStreamedMessage(provider, request.model, answersByTool(request, config)),
  };
}
