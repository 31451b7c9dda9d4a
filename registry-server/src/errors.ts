import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Errors of the registry. */
export const errorTable = {
  AF_REGISTRY_OPTIONS: {
    message: 'The registry cannot be started with these settings: {reason}',
    fix: 'Mend the option or the environment variable named; "npm run registry -- --help" lists them.',
  },
  AF_REGISTRY_LISTEN: {
    message: 'The registry cannot listen on {host}:{port}: {reason}',
    fix: 'Choose another port with --port, or stop what uses it.',
  },
  AF_REGISTRY_STORE_NEWER: {
    message: 'The database of the registry is of a newer version: it has the migration {migration}.',
    fix: 'Start the version of the registry that wrote it, or a newer one.',
  },
  AF_REGISTRY_STORAGE: {
    message: 'The registry could not keep what was sent: {reason}. Nothing of it was published.',
    fix: 'Try again later; the operator finds the cause in the log of the registry.',
    status: 507,
    retryable: true,
  },
  AF_REGISTRY_ROOT_AWAY: {
    message: 'No key can be put in the place of another: the root key, which must sign that, is not here.',
    fix: 'Put tuf-root.pem into the folder of keys, try again, and take it away afterwards.',
    status: 409,
  },
  AF_REGISTRY_UPLINK: {
    message: '{name} comes from {origin}, and that registry did not give it: {reason}.',
    fix: 'Try again later; the operator can look whether that registry answers.',
    status: 502,
    retryable: true,
  },
  AF_REGISTRY_BLOB_DAMAGED: {
    message: 'The stored tarball of {name}@{version} is not what was published.',
    fix: 'The operator restores it from a copy; its name is its sha512.',
    status: 500,
  },
  AF_REGISTRY_INTERNAL: {
    message: 'Something went wrong inside the registry.',
    fix: 'Look for request {requestId} in the log of the registry.',
    status: 500,
  },
  AF_REGISTRY_NOT_FOUND: {
    message: 'not_found: there is nothing at {path}.',
    fix: 'Check the address.',
    status: 404,
  },
  AF_REGISTRY_PACKAGE_UNKNOWN: {
    message: 'not_found: there is no package {name} here that you may read.',
    fix: 'Check its name; a restricted package needs a login.',
    status: 404,
  },
  AF_REGISTRY_VERSION_UNKNOWN: {
    message: 'not_found: {name} has no version {version}.',
    fix: 'Look at the versions there are: npm view {name} versions.',
    status: 404,
  },
  AF_REGISTRY_THING_UNKNOWN: {
    message: 'not_found: there is no {kind} {name}.',
    fix: 'Check its name.',
    status: 404,
  },
  AF_REGISTRY_PROOF_MISSING: {
    message: '{value} could not be shown to be yours: {reason}.',
    fix: '{how}',
    status: 422,
    retryable: true,
  },
  AF_REGISTRY_METHOD: {
    message: '{path} does not answer {method}.',
    fix: 'Use one of: {allowed}.',
    status: 405,
  },
  AF_REGISTRY_REQUEST: {
    message: 'The request cannot be understood: {reason}',
    fix: 'Mend what the message names.',
    status: 400,
  },
  AF_REGISTRY_BODY_TOO_LARGE: {
    message: 'The request is larger than {limit} bytes.',
    fix: 'Send less; the operator may raise the limit.',
    status: 413,
  },
  AF_REGISTRY_BUSY: {
    message: 'Too much is being sent to the registry or fetched from it at this moment.',
    fix: 'Try again in a moment.',
    status: 503,
    retryable: true,
  },
  AF_REGISTRY_LOGIN_NEEDED: {
    message: 'You must be logged in for this.',
    fix: 'Run "npm login --registry={registry}", or set a token in .npmrc.',
    status: 401,
  },
  AF_REGISTRY_LOGIN_REFUSED: {
    message: 'The name or the password is wrong.',
    fix: 'Check both. An administrator can make a new account or set a new password.',
    status: 401,
  },
  AF_REGISTRY_LOGIN_SLOWED: {
    message: 'Too many failed logins for this name or from this address.',
    fix: 'Wait {seconds} seconds, then try again.',
    status: 429,
    retryable: true,
  },
  AF_REGISTRY_TOKEN_REFUSED: {
    message: 'The token is unknown, expired or revoked.',
    fix: 'Log in again, or make a new token.',
    status: 401,
  },
  AF_REGISTRY_OTP_NEEDED: {
    message: 'This operation requires a one-time password from your authenticator.',
    fix: 'Give it with --otp, or open the page that the client names.',
    status: 401,
  },
  AF_REGISTRY_ACCOUNT_INVALID: {
    message: 'The account cannot be made or changed: {reason}',
    fix: 'Mend what the message names.',
    status: 400,
  },
  AF_REGISTRY_ACCOUNT_FROZEN: {
    message: 'The account {account} may not publish: {reason}',
    fix: 'Ask an administrator of this registry to look at it and to let it go.',
    status: 403,
  },
  AF_REGISTRY_FORBIDDEN: {
    message: '{account} may not {action} {subject}: {reason}',
    fix: 'Ask an owner for the right, or use a token that has it.',
    status: 403,
  },
  AF_REGISTRY_TOKEN_RIGHTS: {
    message: 'A token like this cannot be made: {reason}',
    fix: 'Ask for less or for a shorter time: 90 days, 7 for one that publishes.',
    status: 400,
  },
  AF_REGISTRY_CONFLICT: {
    message: 'conflict: {name} was changed by somebody else meanwhile.',
    fix: 'Run the command again.',
    status: 409,
    retryable: true,
  },
  AF_REGISTRY_VERSION_TAKEN: {
    message: 'You cannot publish over {name}@{version}: {reason}',
    fix: 'Raise the version and publish that; a version is never changed or used again.',
    status: 403,
  },
  AF_REGISTRY_NAME_REFUSED: {
    message: 'The name {name} cannot be taken: {reason}',
    fix: 'Choose another name.',
    status: 403,
  },
  AF_REGISTRY_INTEGRITY: {
    message: 'The tarball of {name}@{version} is not the one that was announced: {reason}',
    fix: 'Publish again; if it happens again, something between you and the registry changes what is sent.',
    status: 422,
  },
  AF_REGISTRY_MANIFEST_DIFFERS: {
    message: 'What was sent about {name}@{version} is not what its tarball says: {reason}',
    fix: 'Publish the tarball as it was packed; the registry takes everything from its package.json.',
    status: 422,
  },
  AF_REGISTRY_PACKAGE_REFUSED: {
    message: '{name}@{version} was refused: {reason}',
    fix: '{mend}',
    status: 422,
  },
  AF_REGISTRY_AUTHOR_KEY: {
    message: '{name} is signed by another key than before: {reason}',
    fix: 'Sign with the key known here, or announce the new key as docs/registry.md says.',
    status: 422,
  },
  AF_REGISTRY_UNPUBLISH_REFUSED: {
    message: '{name} cannot be unpublished: {reason}',
    fix: 'Deprecate it, or yank its versions one by one: npm unpublish {name}@VERSION.',
    status: 403,
  },
  AF_REGISTRY_BLOCKED: {
    message: '{name}@{version} is blocked: {reason}',
    fix: 'Take another version, or remove the plugin.',
    status: 403,
  },
  AF_REGISTRY_TAG: {
    message: 'The tag {tag} cannot be set: {reason}',
    fix: 'Choose another tag or version.',
    status: 400,
  },
  AF_REGISTRY_OIDC: {
    message: 'The identity token does not allow publishing {name}: {reason}',
    fix: 'Compare it with the trusted publishers of the package: npm trust list {name}.',
    status: 403,
  },
} as const;

/** Makes the registry's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
