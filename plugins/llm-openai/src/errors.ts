import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** What can go wrong between here and the model's server. */
export const errorTable = {
  AF_LLM_OPENAI_CONFIG: {
    message: 'The configuration of the provider "{provider}" is wrong at {field}: {reason}.',
    fix: 'Mend {field} in the configuration of llm-openai.',
  },
  AF_LLM_OPENAI_NO_KEY: {
    message: 'No API key is set for {server}.',
    fix: 'Set the environment variable OPENAI_API_KEY, or "apiKey" in the configuration of llm-openai.',
  },
  AF_LLM_OPENAI_AUTH: {
    message: '{server} refused the API key (HTTP {status}): {reason}',
    fix: 'Check "apiKey" and what the key may do.',
    status: 502,
  },
  AF_LLM_OPENAI_RATE_LIMIT: {
    message: '{server} takes no more requests for now (HTTP {status}): {reason}',
    fix: 'Wait and try again, or raise the limit of the account.',
    status: 503,
    retryable: true,
  },
  AF_LLM_OPENAI_QUOTA: {
    message: 'The account at {server} has no credit left (HTTP {status}): {reason}',
    fix: 'Add credit to the account, or use another key.',
    status: 502,
  },
  AF_LLM_OPENAI_BAD_REQUEST: {
    message: '{server} refused the request (HTTP {status}): {reason}',
    fix: 'Check the name of the model, "baseUrl" and the schemas of the tools.',
    status: 502,
  },
  AF_LLM_OPENAI_UNAVAILABLE: {
    message: '{server} failed (HTTP {status}): {reason}',
    fix: 'Try again later; look at the status page or the log of the server.',
    status: 503,
    retryable: true,
  },
  AF_LLM_OPENAI_TIMEOUT: {
    message: '{server} said nothing for {ms} ms.',
    fix: 'Try again, or raise "timeoutMs" if the model is only slow.',
    status: 504,
    retryable: true,
  },
  AF_LLM_OPENAI_CONNECTION: {
    message: 'The connection to {server} failed: {reason}',
    fix: 'Check "baseUrl", that the server runs, and the network.',
    status: 503,
    retryable: true,
  },
  AF_LLM_OPENAI_BAD_RESPONSE: {
    message: '{server} gave an answer that cannot be understood: {reason}',
    fix: 'Check that "baseUrl" names an OpenAI-compatible API; most end in /v1.',
    status: 502,
  },
} as const;

/** Makes the plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
