import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of this plugin. */
export const errorTable = {
  AF_WEBHOOK_UNKNOWN: {
    message: 'There is no webhook "{webhook}" here.',
    fix: 'See GET /api/v1/webhooks for those of your tenant.',
    status: 404,
  },
  AF_WEBHOOK_URL_INVALID: {
    message: 'A webhook cannot have this address: {reason}.',
    fix: '{mend}',
    status: 400,
  },
  AF_WEBHOOK_TOO_MANY: {
    message: 'The tenant has {most} webhooks, and can have no more.',
    fix: 'Remove one, let one take the events of two, or have the operator raise "maxWebhooks" of webhooks.',
    status: 409,
  },
  AF_WEBHOOK_DISABLED: {
    message: 'The webhook "{webhook}" is disabled.',
    fix: 'Mend its receiver, and enable it by PATCH /api/v1/webhooks/{webhook}.',
    status: 409,
  },
  AF_WEBHOOK_DELIVERY_UNKNOWN: {
    message: 'The webhook "{webhook}" has no delivery "{message}" (any more).',
    fix: 'See GET /api/v1/webhooks/{webhook}/deliveries for those that are kept.',
    status: 404,
  },
  AF_WEBHOOK_DELIVERY_PENDING: {
    message: 'The delivery "{message}" has not ended: it is still tried.',
    fix: 'Wait for the next attempt; it says when it is.',
    status: 409,
  },
  AF_WEBHOOK_QUERY_INVALID: {
    message: 'Deliveries cannot be listed like that: {reason}.',
    fix: 'Leave "after" out, or give "next" of the page before with everything else the same.',
    status: 400,
  },
  AF_WEBHOOK_REFUSED: {
    message: 'The receiver answered with status {status}.',
    fix: 'Have it answer with 200 to 299 within the time, and do its work afterwards.',
    status: 502,
    retryable: true,
  },
  AF_WEBHOOK_REDIRECTED: {
    message: 'The receiver sends requests on to another address, which is not followed.',
    fix: 'Give the webhook the address that is meant.',
    status: 502,
    retryable: true,
  },
  AF_WEBHOOK_GONE: {
    message: 'The receiver answered with 410: it wants no more, and the webhook was disabled.',
    fix: 'Remove the webhook, or enable it once its receiver is there again.',
    status: 502,
  },
  AF_WEBHOOK_FAILING: {
    message: 'The webhook was disabled: nothing was received for longer than a receiver may fail.',
    fix: 'Mend its receiver, enable the webhook, and replay what is dead.',
    status: 502,
  },
  AF_WEBHOOK_SECRET_LOST: {
    message: 'The secret of the webhook cannot be read: "keySecret" of webhooks is another than it was.',
    fix: 'Have the operator restore it, or rotate the secret of the webhook.',
    status: 500,
    retryable: true,
  },
} as const;

/** Makes this plugin's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
