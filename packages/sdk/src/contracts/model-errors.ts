import { defineErrors, type ErrorFactories } from '../errors.ts';

/**
 * Errors that every source of models fails with, whatever its server calls them. `{server}` is the server's
 * address, or the provider's name where there is no server. A code is never reused.
 */
export const errorTable = {
  AF_MODEL_CONFIG: {
    message: 'The configuration of the provider "{provider}" is wrong at {field}: {reason}.',
    fix: 'Mend {field} in the configuration of the plugin that brings the provider.',
  },
  AF_MODEL_NO_KEY: {
    message: 'No API key is set for {server}.',
    fix: 'Set {setting}.',
    status: 502,
  },
  AF_MODEL_AUTH: {
    message: '{server} refused the API key (HTTP {status}): {reason}',
    fix: 'Check the key of the provider in the configuration, and what that key may do.',
    status: 502,
  },
  AF_MODEL_QUOTA: {
    message: 'The account at {server} has no credit left (HTTP {status}): {reason}',
    fix: 'Add credit to the account, or use another key.',
    status: 502,
  },
  AF_MODEL_RATE_LIMITED: {
    message: '{server} takes no more requests for now (HTTP {status}): {reason}',
    fix: 'Wait and try again, or raise the limit of the account.',
    status: 503,
    retryable: true,
  },
  AF_MODEL_OVERLOADED: {
    message: '{server} failed (HTTP {status}): {reason}',
    fix: 'Try again later; look at the status page or the log of the server.',
    status: 503,
    retryable: true,
  },
  AF_MODEL_NOT_FOUND: {
    message: '{server} does not know what was asked for (HTTP {status}): {reason}',
    fix: 'Check the name of the model, and the base URL of the provider in the configuration.',
    status: 502,
  },
  AF_MODEL_REQUEST_INVALID: {
    message: '{server} refused the request: {reason}',
    fix: 'Mend what it names; check the name of the model, the settings and the schemas of the tools.',
    status: 502,
  },
  AF_MODEL_CONTEXT_OVERFLOW: {
    message: 'The question is too long for the model, says {server}: {reason}',
    fix: 'Send less: fewer messages or documents, shorter results of tools; or use a model with more room.',
    status: 502,
  },
  AF_MODEL_CONTENT_FILTERED: {
    message: '{server} refused the content: {reason}',
    fix: 'Say it otherwise, or use a model whose rules allow it.',
    status: 502,
  },
  AF_MODEL_UNSUPPORTED: {
    message: 'The provider "{provider}" cannot do this: {reason}',
    fix: '{mend}',
    status: 400,
  },
  AF_MODEL_TIMEOUT: {
    message: '{server} did not {what} within {ms} ms.',
    fix: 'Try again, or raise "{setting}" of the provider if the model is only slow.',
    status: 504,
    retryable: true,
  },
  AF_MODEL_CONNECTION: {
    message: 'The connection to {server} failed: {reason}',
    fix: 'Check the base URL of the provider, that the server runs, and the network.',
    status: 503,
    retryable: true,
  },
  AF_MODEL_TLS: {
    message: '{server} could not be trusted: {reason}',
    fix: 'Check that the base URL is right, http or https; name a CA of your own in NODE_EXTRA_CA_CERTS.',
    status: 502,
  },
  AF_MODEL_STREAM_BROKEN: {
    message: '{server} broke off in the middle of its answer: {reason}',
    fix: 'Try again; if it happens often, look at what stands between here and the server.',
    status: 503,
    retryable: true,
  },
  AF_MODEL_RESPONSE_INVALID: {
    message: '{server} gave an answer that cannot be understood: {reason}',
    fix: 'Check that the base URL of the provider names the API its plugin speaks.',
    status: 502,
  },
  AF_MODEL_CIRCUIT_OPEN: {
    message: '{model} failed {failures} times in a row and is left alone for {ms} ms more.',
    fix: 'Wait, or give the agent a second model; look at the failures before this one.',
    status: 503,
    retryable: true,
  },
  AF_MODEL_BUSY: {
    message: 'Too many calls wait for {what}: {waiting}.',
    fix: 'Try again later, or raise "limits" of the provider.',
    status: 503,
    retryable: true,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const modelErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
