import type { ProviderConfig } from '@agent-factory/model-kit';
import type { ModelCapabilities } from '@agent-factory/sdk/contracts';

/** Servers that speak as OpenAI, by the name agents use: `ollama/llama3.2`. The schema in package.json says the same. */
export interface CompatibleConfig {
  readonly servers: Readonly<Record<string, CompatibleServerConfig>>;
}

/** One server. What is not given comes from its preset. */
export interface CompatibleServerConfig extends Omit<ProviderConfig, 'baseUrl'> {
  /** Which of the known kinds of server it is. Default: the one of its name, if there is one. */
  readonly preset?: string;
  readonly baseUrl?: string;
  /** How it differs from OpenAI; what is not given is the preset's. */
  readonly quirks?: Partial<ServerQuirks>;
  /** What its models can do, where that is known; for all of them. */
  readonly capabilities?: ModelCapabilities;
  /** Its embedding models, the one to take first. Default the preset's. */
  readonly embeddingModels?: readonly string[];
}

/** How a server differs from OpenAI. */
export interface ServerQuirks {
  /** What it calls the limit of output tokens. */
  readonly tokenLimit: 'max_tokens' | 'max_completion_tokens';
  /** How it is asked for JSON of a schema: by the schema, as any JSON with the schema in words, or in words alone. */
  readonly structuredOutput: 'json_schema' | 'json_object' | 'prompt';
  /** Whether a stream may be asked for its usage. */
  readonly streamUsage: boolean;
}
