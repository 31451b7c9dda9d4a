import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Errors of the HTTP API. */
export const errorTable = {
  AF_HTTP_ROUTE_INVALID: {
    message: 'The route {route} of {plugin} cannot be served: {reason}',
    fix: 'Mend the route where the plugin contributes it.',
  },
  AF_HTTP_UNPROTECTED: {
    message:
      'The API would listen on {host}, where others can reach it, and no active plugin authenticates them.',
    fix: 'Set "host" to 127.0.0.1, or activate an auth plugin.',
  },
  AF_HTTP_LISTEN: {
    message: 'The API cannot listen on {host}:{port}: {reason}',
    fix: 'Choose another "port" in the configuration of http-api (AF_HTTP_API__PORT), or stop what uses it.',
  },
  AF_HTTP_STARTING: {
    message: 'The platform is not ready to answer requests.',
    fix: 'Try again in a moment.',
    status: 503,
    retryable: true,
  },
  AF_HTTP_NOT_FOUND: {
    message: 'There is no route {method} {path}.',
    fix: 'See GET /api/v1/openapi.json for the routes there are.',
    status: 404,
  },
  AF_HTTP_METHOD_NOT_ALLOWED: {
    message: '{path} does not answer {method}.',
    fix: 'Use one of: {allowed}.',
    status: 405,
  },
  AF_HTTP_NO_ENTITY_TAG: {
    message: '{method} {path} does not look at entity tags, and the request asks it to with "if-match".',
    fix: 'Leave the header out, and see GET /api/v1/openapi.json for the routes that take it.',
    status: 412,
  },
  AF_HTTP_MALFORMED: {
    message: 'The request is not HTTP as this server understands it: {reason}',
    fix: 'Look at what was sent; a proxy between may have changed it.',
    status: 400,
  },
  AF_HTTP_HEADERS_TOO_LARGE: {
    message: 'The headers of the request are larger than 16 KiB.',
    fix: 'Send fewer or shorter headers.',
    status: 431,
  },
  AF_HTTP_SLOW_REQUEST: {
    message: 'The request did not arrive in time.',
    fix: 'Send all of it within a minute, its headers within 15 seconds.',
    status: 408,
    retryable: true,
  },
  AF_HTTP_CLIENT_LEFT: {
    message: 'The client closed the connection before the answer was written.',
    fix: 'Nothing; the client no longer wants the answer.',
    status: 499,
  },
  AF_HTTP_PATH_MALFORMED: {
    message: 'The percent-encoding in the path {path} is broken.',
    fix: 'Encode each part of the path with encodeURIComponent or its like.',
    status: 400,
  },
  AF_HTTP_BODY_MALFORMED: {
    message: 'The request body is not JSON: {reason}',
    fix: 'Send JSON with the header content-type: application/json.',
    status: 400,
  },
  AF_HTTP_BODY_TOO_LARGE: {
    message: 'The request body is larger than {limit} bytes.',
    fix: 'Send less, or raise "maxBodyBytes" in the configuration of http-api.',
    status: 413,
  },
  AF_HTTP_MEDIA_TYPE: {
    message: 'The content type "{type}" is not understood here.',
    fix: 'Send JSON in UTF-8, not compressed, with the header content-type: application/json.',
    status: 415,
  },
  AF_HTTP_REQUEST_INVALID: {
    message: 'The request has {count} problem(s): {list}',
    fix: 'Mend what "errors" lists, by its JSON Pointer.',
    status: 400,
  },
  AF_HTTP_HOST_REFUSED: {
    message: 'The host "{host}" is not this server.',
    fix: 'Call the API by 127.0.0.1 or localhost.',
    status: 421,
  },
  AF_HTTP_CROSS_SITE: {
    message: 'A page of {origin} may not change anything here.',
    fix: 'Call the API from a program, or from a page that this server itself serves.',
    status: 403,
  },
  AF_HTTP_RATE_LIMITED: {
    message: 'There were too many requests of this {by}; the next is taken in {seconds} seconds.',
    fix: 'Wait that long; the header "ratelimit" of each answer says how many are left.',
    status: 429,
    retryable: true,
  },
  AF_HTTP_IDEMPOTENCY_KEY: {
    message: 'The header idempotency-key holds no key.',
    fix: 'Send 1 to 255 characters of ASCII without spaces, a UUID for example.',
    status: 400,
  },
  AF_HTTP_IDEMPOTENCY_OTHER: {
    message: 'The idempotency key came with another request before.',
    fix: 'Take a new key for each request; send the same request again with the same key alone.',
    status: 422,
  },
  AF_HTTP_IDEMPOTENCY_RUNNING: {
    message: 'The request with this idempotency key is being carried out.',
    fix: 'Send it again in a moment, with the same key.',
    status: 409,
    retryable: true,
  },
  AF_HTTP_IDEMPOTENCY_DONE: {
    message: 'The request with this idempotency key was carried out; its answer is not kept.',
    fix: 'Look at what it made; for another, take a new key.',
    status: 409,
  },
  AF_HTTP_AUDIT_UNAVAILABLE: {
    message: 'Nothing was changed: what was done before cannot be written into the audit log.',
    fix: 'Have the operator look at the storage; the log of the platform says what is wrong with it.',
    status: 503,
    retryable: true,
  },
  AF_HTTP_TIMEOUT: {
    message: 'The request took longer than {ms} ms.',
    fix: 'Start the work without waiting and ask for its state, or raise "requestTimeoutMs".',
    status: 503,
    retryable: true,
  },
  AF_HTTP_BATCH_UNFIT: {
    message: '{method} {path} cannot be asked for inside a batch: {reason}',
    fix: 'Send this request by itself.',
    status: 400,
  },
  AF_HTTP_BATCH_FULL: {
    message:
      'The answers before this one in the batch have {limit} bytes or more, so this request was not carried out.',
    fix: 'Send it by itself or in another batch; ask for less with "fields" and "limit".',
    status: 503,
    retryable: true,
  },
  AF_HTTP_INTERNAL: {
    message: 'Something went wrong inside the platform.',
    fix: 'Look for request {requestId} in the log of the platform.',
    status: 500,
  },
  AF_HTTP_ERROR_UNKNOWN: {
    message: 'No error has the code "{code}".',
    fix: 'Check the spelling; codes begin with AF_.',
    status: 404,
  },
} as const;

/** Makes the HTTP API's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
