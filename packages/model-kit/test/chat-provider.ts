import {
  createChatProtocol,
  createHttpProvider,
  type HttpProvider,
  type ProviderConfig,
} from '@agent-factory/model-kit';
import { withProvider, type Behaviour, type OpenProvider } from '@agent-factory/model-kit/testing';

/** A provider of Chat Completions without quirks. */
export function createChatProvider(_origin: string, config: ProviderConfig): HttpProvider {
  return createHttpProvider(config, {
    provider: 'chat',
    description: 'A server of Chat Completions.',
    protocol: createChatProtocol({
      tokenLimit: 'max_tokens',
      structuredOutput: 'json_schema',
      streamUsage: true,
    }),
    capabilities: () => ({}),
    embeddings: [{ name: 'fake', textsPerCall: 4 }],
  });
}

/** A test against a server that behaves so; by default it behaves well. */
export function withChat(
  behave: Behaviour | undefined,
  test: (open: OpenProvider) => Promise<void>,
  config: Partial<ProviderConfig> = {},
): () => Promise<void> {
  return () => withProvider(createChatProvider, behave, test, config);
}
