import type { ModelProtocol } from '../protocol/model-protocol.ts';
import { createChatRequestWriter, type ChatQuirks } from './chat-request.ts';
import { readCompletion } from './read-completion.ts';
import { createStreamedCompletion } from './streamed-completion.ts';

/** OpenAI's Chat Completions, as many servers speak it. */
export function createChatProtocol(quirks: ChatQuirks): ModelProtocol {
  return {
    path: '/chat/completions',
    write: createChatRequestWriter(quirks),
    read: (answer, { model }) => readCompletion(answer, model),
    startStream: ({ model }) => createStreamedCompletion(model),
  };
}
