import { modelErrors, type Embedder, type LanguageModel } from '@agent-factory/sdk/contracts';
import type { EmbeddingModel, ModelCapabilities } from '@agent-factory/sdk/contracts';
import { createHttpEmbedder } from '../embeddings/http-embedder.ts';
import { readBaseUrl } from '../http/base-url.ts';
import { createAnswerReader } from '../http/json-answer.ts';
import { createModelEndpoint } from '../http/model-endpoint.ts';
import {
  bearerKey,
  headerProblem,
  keyOf,
  redact,
  requestHeaders,
  type KeyHeader,
} from '../http/request-headers.ts';
import { createHttpLanguageModel } from '../protocol/http-language-model.ts';
import type { ModelProtocol } from '../protocol/model-protocol.ts';
import { createResilience } from '../resilience/resilience.ts';
import type { ProviderConfig } from './provider-config.ts';

/** What a provider is, besides its configuration. */
export interface HttpProviderOptions {
  readonly provider: string;
  readonly description: string;
  readonly protocol: ModelProtocol;
  readonly capabilities: (model: string) => ModelCapabilities;
  /** What to set when there is no key; not given where calls work without one. */
  readonly keySetting?: string;
  /** Default `authorization: Bearer …`. */
  readonly keyHeader?: KeyHeader;
  /** Headers the API wants besides. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The embedding models it is known to have; not given where it has no embeddings. */
  readonly embeddings?: readonly EmbeddingModel[];
}

/** What a provider offers, and what ends it. */
export interface HttpProvider {
  readonly model: LanguageModel;
  readonly embedder: Embedder | undefined;
  /** Closes every connection. */
  close(): void;
}

/** Makes a provider that endures failures. AF_MODEL_CONFIG for what cannot be used. */
export function createHttpProvider(config: ProviderConfig, options: HttpProviderOptions): HttpProvider {
  const { provider, description, keySetting, protocol, capabilities } = options;
  const wrong = (field: string, reason: string): Error =>
    modelErrors.AF_MODEL_CONFIG({ provider, field, reason });
  const baseUrl = readBaseUrl(config.baseUrl);
  if (!(baseUrl instanceof URL)) throw wrong('baseUrl', baseUrl.reason);
  const problem = headerProblem(config);
  if (problem) throw wrong(problem.field, problem.reason);

  const keyHeader = options.keyHeader ?? bearerKey;
  const endpoint = createModelEndpoint({
    baseUrl,
    timeouts: config.timeouts,
    maxSockets: config.maxSockets,
    headers: () => ({ ...options.headers, ...requestHeaders(config, keyHeader) }),
  });
  const reader = createAnswerReader(endpoint, (text) => redact(text, config));
  const missingKey = keySetting !== undefined && keyOf(config) === '' ? { missingKey: keySetting } : {};
  const resilience = createResilience(provider, config);
  const model = createHttpLanguageModel({
    provider,
    description,
    ...missingKey,
    protocol,
    reader,
    capabilities,
  });
  const models = options.embeddings;
  return {
    model: resilience.model(model),
    embedder:
      models &&
      resilience.embedder(createHttpEmbedder({ provider, description, ...missingKey, reader, models })),
    close: () => endpoint.close(),
  };
}
