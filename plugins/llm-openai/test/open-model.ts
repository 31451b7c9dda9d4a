import type { ModelChunk, ModelRequest, ModelResponse } from '@agent-factory/sdk/contracts';
import type { OpenaiConfig } from '../src/config.ts';
import { createOpenaiLanguageModel, type OpenaiLanguageModel } from '../src/openai-language-model.ts';
import { startChatServer, type Behaviour, type ChatServer } from './chat-server.ts';

/** The defaults of the manifest, with repetitions that do not wait. */
export function configFor(baseUrl: string): OpenaiConfig {
  return {
    provider: 'openai',
    baseUrl,
    timeoutMs: 120_000,
    maxRetries: 2,
    retryDelayMs: 1,
    headers: {},
    maxSockets: 64,
  };
}

/** A model and the server it talks to. */
export interface OpenModel {
  readonly server: ChatServer;
  readonly model: OpenaiLanguageModel;
  ask(request?: Partial<ModelRequest>, signal?: AbortSignal): Promise<ModelResponse>;
  /** The pieces of text that came, and the answer, or the error in its place. */
  stream(
    request?: Partial<ModelRequest>,
  ): Promise<{ texts: string[]; response?: ModelResponse; error?: Error & { code?: string } }>;
}

/** Runs a test against a server with a behaviour of its own, and closes both. */
export function withModel(
  behave: Behaviour | undefined,
  test: (open: OpenModel) => Promise<void>,
  config: Partial<OpenaiConfig> = {},
): () => Promise<void> {
  return async () => {
    const server = await startChatServer(behave);
    const model = createOpenaiLanguageModel({ ...configFor(server.baseUrl), ...config });
    const question: ModelRequest = { model: 'fake', messages: [{ role: 'user', content: 'Hello' }] };
    const never = new AbortController().signal;
    try {
      await test({
        server,
        model,
        ask: (request = {}, signal = never) => model.generate({ ...question, ...request }, { signal }),
        stream: (request = {}) => collect(model.stream({ ...question, ...request }, { signal: never })),
      });
    } finally {
      model.close();
      await server.close();
    }
  };
}

async function collect(chunks: AsyncIterable<ModelChunk>): ReturnType<OpenModel['stream']> {
  const texts: string[] = [];
  try {
    for await (const chunk of chunks) {
      if (chunk.type === 'finish') return { texts, response: chunk.response };
      if (chunk.type === 'text') texts.push(chunk.text);
    }
    return { texts };
  } catch (error) {
    return { texts, error: error as Error };
  }
}
