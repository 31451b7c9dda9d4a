import { defineCollection, type CollectionContract } from '../contract.ts';
import type { GuardrailStage, GuardrailVerdict } from '../domain/guardrail.ts';
import type { Json, JsonObject, JsonSchema } from '../json.ts';
import type { ConditionServices } from './condition-evaluator.ts';

/** What is checked. */
export interface GuardrailSubject {
  readonly stage: GuardrailStage;
  /** The text of a message, the arguments or the result of a tool, or the structured answer. */
  readonly value: Json;
  /** Name of the tool, at the stages of tools. */
  readonly tool?: string;
  /** Name of the agent. */
  readonly agent: string;
  readonly runId: string;
}

/** A guardrail with its settings, ready to check, often. Holds no state between checks. */
export interface PreparedGuardrail {
  /**
   * Looks at the subject and leaves it as it is. Answers at once where it only calculates; {@link passed} where
   * there is nothing to say. What it throws stops the run with AF_GUARDRAIL_FAILED: nothing passes by mistake.
   */
  check(
    subject: GuardrailSubject,
    services?: ConditionServices,
  ): GuardrailVerdict | Promise<GuardrailVerdict>;
}

/** Checks what goes into and comes out of agents and tools. */
export interface Guardrail {
  /** Unique: what agents name, such as `pii`. */
  readonly name: string;
  /** One sentence, for people who choose one. */
  readonly description: string;
  /** Stages it can look at. */
  readonly stages: readonly GuardrailStage[];
  /** JSON Schema of its settings, an object. */
  readonly settings: JsonSchema;
  /**
   * Checks the settings fully, when an agent is defined, and refuses them with AF_GUARDRAIL_SETTINGS_INVALID
   * (`details.path` is a JSON Pointer into them). The caller has checked neither schema nor defaults.
   */
  prepare(settings: JsonObject): Promise<PreparedGuardrail>;
}

/** Collection of {@link Guardrail}. */
export const Guardrail: CollectionContract<Guardrail> = defineCollection<Guardrail>({
  id: 'guardrail',
  version: '1.0.0',
  description: 'Checks of what goes into and comes out of agents and tools.',
});

/** The verdict of a guardrail that has nothing to say. */
export const passed: GuardrailVerdict = Object.freeze({ verdict: 'pass' });
