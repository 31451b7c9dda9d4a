import type { Secret } from '@agent-factory/sdk';

/** How the plugin reaches its server; the schema in package.json says the same. */
export interface OpenaiConfig {
  /** The part before the slash in an agent's `model`. Default `openai`. */
  readonly provider: string;
  /** Sent as bearer token. Servers other than the default one may need none. */
  readonly apiKey?: Secret;
  /** Where `/chat/completions` is found; a query string is kept. Default `https://api.openai.com/v1`. */
  readonly baseUrl: string;
  /** Milliseconds the server may be silent, before and during its answer. Default 120,000. */
  readonly timeoutMs: number;
  /** How often a failed call is repeated, while nothing of its answer was passed on. Default 2. */
  readonly maxRetries: number;
  /** Milliseconds before the first repetition; doubles each time, at most 8,000. Default 500. */
  readonly retryDelayMs: number;
  /** Sent with every request, `api-key` for example. */
  readonly headers: Readonly<Record<string, Secret | string>>;
  /** Connections open at once; further calls wait for one. Default 64. */
  readonly maxSockets: number;
}
