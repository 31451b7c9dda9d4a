import { AgentFactoryError, defineErrors, type ErrorFactories } from '@agent-factory/sdk';
import type { ScriptError } from './config.ts';

/** What can go wrong with a script. */
export const errorTable = {
  AF_LLM_SCRIPTED_UNKNOWN_MODEL: {
    message: 'There is no script for the model "{model}". There are: {known}.',
    fix: 'Add it to "scripts" in the configuration of llm-scripted, or name one that is there.',
    status: 400,
  },
  AF_LLM_SCRIPTED_EXHAUSTED: {
    message:
      'The script "{model}" has {fitting} step(s) for "{input}", and answer number {wanted} was asked for.',
    fix: 'Add a step to the script, or set "loop" to begin again.',
  },
  AF_LLM_SCRIPTED_FAILED: {
    message: '{message}',
    fix: 'The script says that this call fails; take "error" out of its step.',
  },
} as const;

/** Makes the plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);

/** The failure a script asks for. Its code and its retrying are the script's, to act out any provider's failures. */
export function scriptedError({
  message,
  code,
  fix,
  retryable,
  retryAfterMs,
}: ScriptError): AgentFactoryError {
  const spec = errorTable.AF_LLM_SCRIPTED_FAILED;
  const said = { message, fix: fix ?? spec.fix, retryable: retryable ?? false };
  const details = retryAfterMs === undefined ? {} : { retryAfterMs };
  return new AgentFactoryError(code ?? 'AF_LLM_SCRIPTED_FAILED', said, details);
}
