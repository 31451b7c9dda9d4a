import type { LanguageModel } from '@agent-factory/sdk/contracts';
import { errors } from '../errors.ts';

/** One of an agent's models. */
export interface ModelChoice {
  readonly provider: string;
  /** The provider's own name of it. */
  readonly model: string;
}

/** A model that can be asked. */
export interface ChosenModel extends ModelChoice {
  /** Its place among the agent's models. */
  readonly index: number;
}

/** The models that `provider/model` names stand for, in order of preference. */
export function choicesOf(model: string | readonly string[]): readonly ModelChoice[] {
  const names = typeof model === 'string' ? [model] : model;
  return names.map((name) => {
    const slash = name.indexOf('/');
    return { provider: name.slice(0, slash), model: name.slice(slash + 1) };
  });
}

/** The first of the models, from place `from` on, whose provider is there and available. */
export function nextModel(
  choices: readonly ModelChoice[],
  models: ReadonlyMap<string, LanguageModel>,
  from: number,
): ChosenModel | undefined {
  for (let index = from; index < choices.length; index++) {
    const choice = choices[index];
    if (choice && models.get(choice.provider)?.available) return { index, ...choice };
  }
  return undefined;
}

/** AF_AGENT_NO_MODEL: each of the agent's models, and why it cannot answer. */
export function noModel(
  agent: string,
  choices: readonly ModelChoice[],
  models?: ReadonlyMap<string, LanguageModel>,
): Error {
  const reasons = choices.map(({ provider, model }) => {
    const why =
      !models || models.has(provider)
        ? `the provider "${provider}" is not available (its key or address is missing)`
        : `no active plugin offers the provider "${provider}"`;
    return `${provider}/${model}: ${why}`;
  });
  return errors.AF_AGENT_NO_MODEL({ agent, reasons: reasons.join('; ') });
}
