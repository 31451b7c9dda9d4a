import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** What can go wrong before an answer. */
export const errorTable = {
  AF_LLM_LOCAL_UNKNOWN_MODEL: {
    message: 'llm-local has no model "{model}", only "tools".',
    fix: 'Write "{provider}/tools" in the agent\'s "model".',
    status: 400,
  },
  AF_LLM_LOCAL_UNKNOWN_EMBEDDER: {
    message: 'llm-local has no embedder "{model}", only "words".',
    fix: 'Write "{provider}/words" where the embedder is named.',
    status: 400,
  },
} as const;

/** Makes the plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
