import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Errors of plugin package files. */
export const errorTable = {
  AF_ARCHIVE_UNREADABLE: {
    message: 'The package file cannot be read: {reason}.',
    fix: 'Pack it again, for example with "npm pack", and send all of it.',
    status: 422,
  },
  AF_ARCHIVE_TOO_LARGE: {
    message: 'The package file is too large: {reason}.',
    fix: 'Publish only what the plugin needs to run; "files" in package.json says what goes in.',
    status: 413,
  },
  AF_ARCHIVE_KIND: {
    message: 'The package file holds {path}, which is {what}; only plain files and folders are allowed.',
    fix: 'Take it out of the package, or put a plain file in its place.',
    status: 422,
  },
  AF_ARCHIVE_PATH: {
    message: 'The package file holds the path {path}, which {reason}.',
    fix: 'Rename the file, or take it out of the package.',
    status: 422,
  },
  AF_ARCHIVE_FORBIDDEN: {
    message: 'The package file holds {path}, which {reason}.',
    fix: '{mend}',
    status: 422,
  },
  AF_ARCHIVE_MANIFEST: {
    message: 'The package.json in the package file cannot be used: {reason}.',
    fix: 'Mend package.json, then pack again.',
    status: 422,
  },
  AF_PACKAGE_NAME: {
    message: 'A plugin cannot be named {name}: {reason}.',
    fix: 'Choose a name such as @your-name/plugin-weather.',
    status: 403,
  },
  AF_PACKAGE_DEPENDENCY: {
    message: 'The package depends on {dependency}, which {reason}.',
    fix: '{mend}',
    status: 422,
  },
  AF_PACKAGE_FOLDER: {
    message: 'The folder {folder} cannot be packed: {reason}.',
    fix: '{mend}',
  },
  AF_PACKAGE_SECRET: {
    message: 'The package holds what looks like a secret: {list}.',
    fix: 'Take it out and, since it may have been seen, have it replaced where it came from.',
    status: 422,
  },
  AF_PACKAGE_HIDDEN_TEXT: {
    message: 'The package holds characters that cannot be seen in code: {list}.',
    fix: 'Take them out, or write them as escapes such as \\u200b.',
    status: 422,
  },
  AF_KEY_INVALID: {
    message: 'The key {key} cannot be used: {reason}.',
    fix: 'Name a key that "agent-factory plugin keys new" wrote.',
  },
  AF_SIGNATURE_MISSING: {
    message: '{package} carries no signature of {signer}.',
    fix: 'Do not install it. {mend}',
    status: 422,
  },
  AF_SIGNATURE_INVALID: {
    message: 'The signature of {signer} on {package} is wrong: {reason}.',
    fix: 'Do not install it; what was signed is not what arrived. Tell its author.',
    status: 422,
  },
  AF_SIGNATURE_KEY_UNKNOWN: {
    message: '{package} is signed with the key {key}, which the registry does not list.',
    fix: 'Do not install it; ask who runs the registry.',
    status: 422,
  },
  AF_SIGNATURE_KEY_EXPIRED: {
    message:
      '{package} was published at {published} and is signed with the key {key}, which ended at {expired}.',
    fix: 'Do not install it; ask who runs the registry.',
    status: 422,
  },
  AF_SIGNATURE_KEY_CHANGED: {
    message: '{package} is signed with the key {key}; until now its author signed with {pinned}.',
    fix: 'Ask the author, by another way than the registry, whether the new key is theirs. {mend}',
    status: 422,
  },
} as const;

/** Makes the errors of plugin package files. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
