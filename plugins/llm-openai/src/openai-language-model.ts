import { createChatProtocol, createHttpProvider, type HttpProvider } from '@agent-factory/model-kit';
import type { EmbeddingModel } from '@agent-factory/sdk/contracts';
import type { OpenaiConfig } from './config.ts';
import { openaiCapabilities } from './openai-capabilities.ts';
import { createResponsesProtocol } from './responses/responses-protocol.ts';

const embeddings: readonly EmbeddingModel[] = [
  { name: 'text-embedding-3-small', dimensions: 1536, maxInputTokens: 8191, textsPerCall: 2048 },
  { name: 'text-embedding-3-large', dimensions: 3072, maxInputTokens: 8191, textsPerCall: 2048 },
];

/** Talks to OpenAI, or to a server that speaks one of its two APIs. */
export function createOpenaiProvider(config: OpenaiConfig): HttpProvider {
  const { provider, api, baseUrl } = config;
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl;
  const isOpenai = host === 'api.openai.com';
  const capabilities: typeof openaiCapabilities = isOpenai ? openaiCapabilities : () => ({});
  return createHttpProvider(config, {
    provider,
    description: isOpenai ? 'Models of OpenAI.' : `Models behind ${host}, a server that speaks as OpenAI.`,
    protocol:
      api === 'responses'
        ? createResponsesProtocol(provider, openaiCapabilities)
        : createChatProtocol({
            tokenLimit: isOpenai ? 'max_completion_tokens' : 'max_tokens',
            structuredOutput: 'json_schema',
            streamUsage: true,
            thinks: (model) => capabilities(model).reasoning,
          }),
    capabilities,
    ...(isOpenai && {
      keySetting: 'the environment variable OPENAI_API_KEY, or "apiKey" in the configuration of llm-openai',
    }),
    embeddings,
  });
}
