import { defineErrors, type ErrorFactories } from '../errors.ts';

/** Errors around quotas. A code is never reused. */
export const errorTable = {
  AF_QUOTA_EXCEEDED: {
    message: 'The tenant has used {used} of its quota "{quota}", which is {most}.',
    fix: '{mend}',
    status: 429,
    retryable: true,
  },
  AF_QUOTA_BUSY: {
    message:
      'The run did not begin: {tries} times, other runs of its tenant took what was left of a quota first.',
    fix: 'Start it again in a moment. Where that happens often, begin fewer at once, or have the quota raised.',
    status: 503,
    retryable: true,
  },
  AF_QUOTA_PRICE_UNKNOWN: {
    message:
      'The model {model} cannot be asked: its price is not known, and the money of the tenant is limited.',
    fix: 'Have the operator add its price to model-prices, or use a model whose price is known.',
    status: 409,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const quotaErrors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
