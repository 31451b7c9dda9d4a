import {
  embedTexts,
  modelErrors,
  type ConditionServices,
  type Embedder,
  type LanguageModel,
} from '@agent-factory/sdk/contracts';
import type { Usage } from '@agent-factory/sdk/domain';

/** What scorers may ask. */
export interface JudgingParts {
  readonly tenant: string;
  readonly models: readonly LanguageModel[];
  readonly embedders: readonly Embedder[];
  readonly signal: AbortSignal;
}

/** Services for scorers, and what was used through them. */
export interface JudgingServices extends ConditionServices {
  /** Left out until something was. */
  used(): Usage | undefined;
}

/** Creates the services for judging one run. What is asked is no part of the run, and stands in no journal. */
export function createJudgingServices({ tenant, models, embedders, signal }: JudgingParts): JudgingServices {
  let used: Usage | undefined;
  const count = ({ inputTokens, outputTokens }: Pick<Usage, 'inputTokens' | 'outputTokens'>): void => {
    used = {
      inputTokens: (used?.inputTokens ?? 0) + inputTokens,
      outputTokens: (used?.outputTokens ?? 0) + outputTokens,
    };
  };
  return {
    signal,
    used: () => used,
    async askModel(name, request) {
      const slash = name.indexOf('/');
      const [provider, model] = [name.slice(0, slash), name.slice(slash + 1)];
      const found = models.find((one) => one.provider === provider);
      if (!found?.available) {
        const reason = found
          ? 'it is not available: its key or address is missing.'
          : 'no active plugin is it.';
        throw modelErrors.AF_MODEL_REQUEST_INVALID({ server: provider, reason });
      }
      const response = await found.generate({ ...request, model }, { signal, tenant });
      count(response.usage);
      return response;
    },
    async embed(model, texts) {
      const { vectors, usage } = await embedTexts(embedders, { model, texts }, { signal, tenant });
      count({ inputTokens: usage.inputTokens, outputTokens: 0 });
      return vectors;
    },
  };
}
