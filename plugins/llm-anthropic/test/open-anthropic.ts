import {
  testProviderConfig,
  withProvider,
  type Behaviour,
  type OpenProvider,
} from '@agent-factory/model-kit/testing';
import type { AnthropicConfig } from '../src/config.ts';
import { createAnthropicProvider } from '../src/anthropic-language-model.ts';

/** The defaults of the manifest, for a server of a test. */
export function anthropicConfig(baseUrl: string): AnthropicConfig {
  return {
    ...testProviderConfig,
    baseUrl,
    provider: 'anthropic',
    maxOutputTokens: 8192,
    promptCache: false,
    structuredOutput: 'native',
  };
}

/** A test against a server that behaves so; by default it behaves well. */
export function withAnthropic(
  behave: Behaviour | undefined,
  test: (open: OpenProvider) => Promise<void>,
  config: Partial<AnthropicConfig> = {},
): () => Promise<void> {
  return () =>
    withProvider(
      (origin) => createAnthropicProvider({ ...anthropicConfig(origin), ...config }),
      behave,
      test,
    );
}
