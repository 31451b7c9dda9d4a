import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors of guardrails, whichever plugin brings them. A code is never reused. */
export const errorTable = {
  AF_GUARDRAIL_SETTINGS_INVALID: {
    message: 'The settings of the guardrail "{name}" are wrong{at}: {problem}.',
    fix: '{mend}',
    status: 400,
  },
  AF_GUARDRAIL_BLOCKED: {
    message: 'The guardrail "{name}" stopped the run at its {stage}: {reason}.',
    fix: 'Say it another way; whoever owns the agent can change the settings of the guardrail.',
    status: 422,
  },
  AF_GUARDRAIL_FAILED: {
    message: 'The guardrail "{name}" could not check the {stage}: {reason}.',
    fix: 'See the cause. Nothing passes a guardrail that does not work.',
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const guardrailErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
