import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Every error of the kernel. One line of docs/errors.md each; a code is never reused. */
export const errorTable = {
  AF_CONFIG_NOT_FOUND: {
    message: 'No configuration file was found in {folder} or above it.',
    fix: 'Run "agent-factory init" to write one, or name one with --config.',
  },
  AF_CONFIG_UNREADABLE: {
    message: 'The configuration file {file} cannot be read: {reason}',
    fix: 'Mend the file at the place named, then try again.',
  },
  AF_CONFIG_INVALID: {
    message: 'The configuration has {count} problem(s):\n{list}',
    fix: 'Mend each line named; nothing was started.',
  },
  AF_MANIFEST_INVALID: {
    message: 'The manifest in {file} has {count} problem(s):\n{list}',
    fix: 'Mend the "agentFactory" block of that package.json.',
  },
  AF_MANIFEST_MISSING: {
    message: '{file} has no "agentFactory" block, so it is no plugin.',
    fix: 'Add the block, or take the entry out of the configuration.',
  },
  AF_SCHEMA_INVALID: {
    message: 'A JSON Schema cannot be used: {reason}',
    fix: 'Mend the schema where it is declared: in a manifest, or where it is handed to the platform.',
  },
  AF_DISCOVER_NOT_FOUND: {
    message: 'The plugin "{use}" was not found: {reason}',
    fix: '{mend}',
  },
  AF_RESOLVE_FAILED: {
    message: 'These plugins do not fit together:\n{chain}',
    fix: '{mend}',
  },
  AF_LOCK_MISMATCH: {
    message: 'The lock file {file} does not match: {reason}',
    fix: 'Run "agent-factory plugin lock" to accept the change, or undo it.',
  },
  AF_LOCK_UNWRITABLE: {
    message: 'The lock file {file} cannot be written: {reason}.',
    fix: 'Let the platform write to its folder, or start with --frozen-lock, which only reads it.',
  },
  AF_TRUST_REQUIRED: {
    message:
      'The plugin {plugin} ({source}) cannot run isolated, and the configuration does not say that it is trusted.',
    fix: 'If you trust its author with everything the platform can do, write isolation: trusted into its entry, or add it with --isolation trusted.',
  },
  AF_LOAD_FAILED: {
    message: '{plugin} failed while its code was loaded: {reason}',
    fix: 'Mend the plugin, or take it out of the configuration.',
  },
  AF_LOAD_NO_PLUGIN: {
    message: '{plugin} has no default export with a setup function in {file}.',
    fix: 'Export the result of definePlugin() as default.',
  },
  AF_ACTIVATE_FAILED: {
    message: '{plugin} failed in {phase}: {reason}',
    fix: '{mend}',
  },
  AF_ACTIVATE_TIMEOUT: {
    message: '{plugin} did not finish {phase} within {ms} ms.',
    fix: 'Find what it waits for; if it is only slow, raise "activationMs" in its manifest.',
  },
  AF_ACTIVATE_UNDECLARED: {
    message: '{plugin} called {call} for "{id}", which its manifest does not list under "{field}".',
    fix: 'Add "{id}" to "{field}" in the plugin\'s manifest.',
  },
  AF_ACTIVATE_NOT_PROVIDED: {
    message: '{plugin} lists "{id}" under "{field}" but did not register it in setup.',
    fix: 'Register it in setup, or take it out of the manifest.',
  },
  AF_ACTIVATE_TOO_LATE: {
    message: '{plugin} called {call} after its setup had ended.',
    fix: 'Register everything inside setup.',
  },
  AF_PLUGIN_EXIT: {
    message: '{plugin} tried to end the process in {phase}.',
    fix: 'Throw an error instead; a plugin may not end the platform.',
  },
  AF_HOOK_ORDER: {
    message: 'The taps of {hook} cannot be ordered: {reason}',
    fix: '{mend}',
  },
  AF_HOOK_TAP_FAILED: {
    message: '{plugin} failed in hook {hook}: {reason}',
    fix: 'Mend the plugin, or take it out of the configuration.',
  },
  AF_HOOK_TIMEOUT: {
    message: '{plugin} did not answer hook {hook} within {ms} ms.',
    fix: 'Find what it waits for, or raise the timeout where the hook is declared.',
    retryable: true,
  },
  AF_HOOK_UNKNOWN: {
    message: '{plugin} taps hook {hook}, which no active plugin declares.',
    fix: '{mend}',
  },
  AF_SWAP_FAILED: {
    message: 'The new generation was not put into service: {reason}',
    fix: 'Mend what is named; the generation before goes on serving.',
  },
  AF_SWAP_ABORTED: {
    message: 'The work was ended because its generation had to go: {reason}',
    fix: 'Start it again; the platform serves with its new generation.',
    status: 503,
    retryable: true,
  },
  AF_KERNEL_CLOSED: {
    message: 'The platform is shutting down.',
    fix: 'Try again once it is back.',
    status: 503,
    retryable: true,
  },
  AF_CONTRACT_UNAVAILABLE: {
    message: 'No active plugin provides "{id}".',
    fix: 'Add a plugin that provides it to the configuration.',
  },
} as const;

/** Makes the kernel's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
