import type { ProviderConfig } from '@agent-factory/model-kit';

/** How the plugin reaches its server; the schema in package.json says the same. */
export interface OpenaiConfig extends ProviderConfig {
  /** The part before the slash in an agent's `model`. Default `openai`. */
  readonly provider: string;
  /** Which of the two APIs models are asked through. Default `chat`. */
  readonly api: 'chat' | 'responses';
}
