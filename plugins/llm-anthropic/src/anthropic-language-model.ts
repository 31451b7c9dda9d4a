import { createHttpProvider, type HttpProvider } from '@agent-factory/model-kit';
import { anthropicCapabilities } from './anthropic-capabilities.ts';
import type { AnthropicConfig } from './config.ts';
import { createMessagesProtocol } from './messages-protocol.ts';

/** The version of the Messages API that is spoken here. */
const apiVersion = '2023-06-01';

/** Talks to Anthropic, or to a server that speaks its Messages API. */
export function createAnthropicProvider(config: AnthropicConfig): HttpProvider {
  const { provider, baseUrl } = config;
  const host = URL.canParse(baseUrl) ? new URL(baseUrl).host : baseUrl;
  const isAnthropic = host === 'api.anthropic.com';
  return createHttpProvider(config, {
    provider,
    description: isAnthropic
      ? 'Models of Anthropic.'
      : `Models behind ${host}, a server that speaks as Anthropic.`,
    protocol: createMessagesProtocol(config),
    capabilities: anthropicCapabilities,
    headers: { 'anthropic-version': apiVersion },
    keyHeader: (key) => ({ 'x-api-key': key }),
    ...(isAnthropic && {
      keySetting:
        'the environment variable ANTHROPIC_API_KEY, or "apiKey" in the configuration of llm-anthropic',
    }),
  });
}
