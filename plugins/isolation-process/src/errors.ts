import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Errors of isolated plugins. A code is never reused. */
export const errorTable = {
  AF_ISOLATION_LEVEL_UNAVAILABLE: {
    message: 'The plugin {plugin} needs isolation level {level}, which this machine does not offer. {reason}',
    fix: 'Install what is missing (docs/isolation.md). To run it all the same, write "isolation: {offered}" into its entry under "plugins", or add it with --isolation {offered}; then this is not enforced: {missing}.',
  },
  AF_ISOLATION_SANDBOX_UNAVAILABLE: {
    message: 'No process of {program} can be had at isolation level {level}. {reason}',
    fix: 'Install what is missing (docs/isolation.md), or lower {setting}, if its code is yours.',
  },
  AF_ISOLATION_CODE_REFUSED: {
    message: 'The code of {plugin} cannot run isolated: {reason}',
    fix: '{mend}',
  },
  AF_ISOLATION_START_FAILED: {
    message: 'The process of {plugin} did not start: {reason}.',
    fix: 'Look at the lines before this one in the log; "agent-factory doctor" shows what this machine offers.',
    retryable: true,
  },
  AF_ISOLATION_PLUGIN_FAILED: {
    message: '{plugin} failed: {reason}',
    fix: 'Report it to the author of the plugin.',
  },
  AF_ISOLATION_DEADLINE: {
    message: '{plugin} did not answer {what} within {ms} ms.',
    fix: 'Try again; if it stays slow, raise callMs of isolation-process or take the plugin out.',
    status: 504,
    retryable: true,
  },
  AF_ISOLATION_CRASHED: {
    message: 'The process of {plugin} ended during the call: {reason}.',
    fix: 'It is started again by itself. Whether the call had an effect is not known.',
    status: 502,
  },
  AF_ISOLATION_RESTARTING: {
    message: '{plugin} is being started again after a crash ({reason}), in {ms} ms.',
    fix: 'Try again then.',
    status: 503,
    retryable: true,
  },
  AF_ISOLATION_DISABLED: {
    message: '{plugin} has been disabled: {reason}.',
    fix: 'Mend or replace the plugin; applying the configuration with a change to its entry starts it again.',
    status: 503,
  },
  AF_ISOLATION_BUSY: {
    message: '{plugin} has {calls} calls under way, and no more are let in.',
    fix: 'Try again, or raise maxCalls of isolation-process.',
    status: 503,
    retryable: true,
  },
  AF_ISOLATION_DEPTH: {
    message: '{plugin} was called by a plugin that was called by a plugin, {depth} deep.',
    fix: 'Look for plugins that call each other in a circle.',
  },
  AF_ISOLATION_TOO_LARGE: {
    message: 'A message for {plugin} has {bytes} bytes, more than the {limit} it may have.',
    fix: 'Send less, or raise maxMessageBytes of isolation-process.',
    status: 413,
  },
  AF_ISOLATION_SHAPE: {
    message: '{plugin} gives to "{id}" what does not fit it: {problems}.',
    fix: 'Report it to the author of the plugin.',
  },
  AF_ISOLATION_NOT_GRANTED: {
    message: '{plugin} may not {what}.',
    fix: 'If it should, its manifest has to ask for {permission}, and the operator to grant it.',
    status: 403,
  },
  AF_ISOLATION_NOT_LENT: {
    message: '{plugin} requires "{id}", which is not lent to isolated plugins.',
    fix: 'Do without it, or let the operator trust the plugin; docs/isolation.md lists what is lent.',
  },
  AF_ISOLATION_UNSUPPORTED: {
    message: 'ctx.{what} is not there for isolated plugins.',
    fix: 'Do without it, or ask the operator to trust the plugin.',
  },
  AF_ISOLATION_REQUEST_INVALID: {
    message: '{plugin} asked for something that cannot be: {reason}.',
    fix: 'Report it to the author of the plugin.',
    status: 400,
  },
  AF_ISOLATION_SECRET_HOST: {
    message: '{plugin} tried to send the secret {name} to {host}, for which it is not meant.',
    fix: 'Grant net:{host} by name, or list the host with the secret, if it is to go there.',
    status: 403,
  },
} as const;

/** Makes the errors of {@link errorTable}. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
