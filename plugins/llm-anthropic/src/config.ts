import type { ProviderConfig } from '@agent-factory/model-kit';

/** How the plugin reaches Anthropic; the schema in package.json says the same. */
export interface AnthropicConfig extends ProviderConfig {
  /** The part before the slash in an agent's `model`. Default `anthropic`. */
  readonly provider: string;
  /** Output tokens of an answer where the request names no limit; the API wants one. Default 8192. */
  readonly maxOutputTokens: number;
  /** Whether the conversation so far is kept in the provider's cache, so that the next turn reads it from there. Default true. */
  readonly promptCache: boolean;
  /** How JSON of a schema is asked for: natively where model and schema allow it, or always as the input of a tool. Default `native`. */
  readonly structuredOutput: 'native' | 'tool';
}
