import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors of requests to servers outside. A code is never reused. */
export const errorTable = {
  AF_OUTBOUND_URL_REFUSED: {
    message: 'The URL {url} is refused: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_OUTBOUND_ADDRESS_REFUSED: {
    message: 'The host {host} is refused: it leads to {address}, which is no public address.',
    fix: 'If it is meant to be reached, the operator can list it under {setting}.',
    status: 403,
  },
  AF_OUTBOUND_FAILED: {
    message: '{url} could not be reached: {reason}.',
    fix: 'Check the address and whether the server is up, then try again.',
    status: 502,
    retryable: true,
  },
  AF_OUTBOUND_TIMEOUT: {
    message: '{url} did not answer in full within {ms} ms.',
    fix: 'Try again later, or allow more time ({setting}).',
    status: 504,
    retryable: true,
  },
  AF_OUTBOUND_REDIRECTS: {
    message: '{url} redirects more than {limit} times.',
    fix: 'Use the address the redirects end at.',
    status: 502,
  },
  AF_OUTBOUND_ENCODING: {
    message: '{url} answers in the encoding "{encoding}", which cannot be read.',
    fix: 'Use an address that answers in gzip, deflate, br or none.',
    status: 502,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const outboundErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
