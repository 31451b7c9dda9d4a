import type { LanguageModel } from '@agent-factory/sdk/contracts';
import type { LoadedAgent } from './agent-definitions.ts';
import { errors } from './errors.ts';

/** A model that can be asked. */
export interface ChosenModel {
  /** Its place among the agent's models. */
  readonly index: number;
  readonly source: LanguageModel;
  readonly model: string;
}

/** The first of the agent's models, from place `from` on, whose provider is there and available. */
export function nextModel(
  agent: LoadedAgent,
  models: ReadonlyMap<string, LanguageModel>,
  from: number,
): ChosenModel | undefined {
  for (let index = from; index < agent.choices.length; index++) {
    const choice = agent.choices[index];
    const source = choice && models.get(choice.provider);
    if (source?.available) return { index, source, model: choice?.model ?? '' };
  }
  return undefined;
}

/** AF_AGENT_NO_MODEL: each of the agent's models, and why it cannot answer. */
export function noModel(agent: LoadedAgent, models: ReadonlyMap<string, LanguageModel>): Error {
  const reasons = agent.choices.map(({ provider, model }) => {
    const why = models.has(provider)
      ? `the provider "${provider}" is not available (its key or address is missing)`
      : `no active plugin offers the provider "${provider}"`;
    return `${provider}/${model}: ${why}`;
  });
  return errors.AF_AGENT_NO_MODEL({ agent: agent.definition.name, reasons: reasons.join('; ') });
}
