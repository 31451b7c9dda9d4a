import { defineErrors, type ErrorFactories } from '@agent-factory/sdk';

/** Errors of the command line. */
export const errorTable = {
  AF_CLI_FILE_EXISTS: {
    message: '{file} exists already; nothing was written.',
    fix: 'Choose another folder.',
  },
  AF_CLI_ALREADY_RUNNING: {
    message: 'A platform with the state folder {dataDir} is running already (process {pid}).',
    fix: 'Use it, stop it, or start this one with another "dataDir". Only processes of the roles api and worker share one.',
  },
  AF_CLI_PROCESS_UNKNOWN: {
    message: 'No process "{name}" of this platform is running here.',
    fix: 'Running are: {known}.',
  },
  AF_CLI_NOT_RUNNING: {
    message: 'No platform with the state folder {dataDir} is running.',
    fix: 'Start it with "agent-factory start".',
  },
  AF_CLI_CONTROL_FAILED: {
    message: 'The running platform did not answer: {reason}.',
    fix: 'Look at its log; if it hangs, stop it and start it again.',
  },
  AF_CLI_CONTROL_UNUSABLE: {
    message: 'The control socket {path} cannot be opened: {reason}.',
    fix: 'Take away what is there, or choose another "dataDir".',
  },
  AF_CLI_NAME_UNKNOWN: {
    message: '{reason}',
    fix: 'Use a name that "agent-factory plugin list" shows, or the id of a contract or hook.',
  },
  AF_CLI_NO_RUNTIME: {
    message: 'The configuration has no plugin that runs agents.',
    fix: 'Add @agent-factory/plugin-agent-runtime to "plugins".',
  },
  AF_CLI_NO_STORAGE: {
    message: 'The configuration has no plugin that provides "{contract}".',
    fix: 'Add {plugin} to "plugins".',
  },
  AF_CLI_NOT_CONFIRMED: {
    message: '{what}, so it has to be confirmed; nothing was changed.',
    fix: 'Add --yes when that is meant.',
  },
  AF_CLI_VERSION_INVALID: {
    message: '"{given}" is no number of a migration.',
    fix: 'Give the number of the last migration that is to stay, 0 for none.',
  },
  AF_CLI_PLUGIN_IN_USE: {
    message: 'The plugin {plugin} is configured, so its tables are in use.',
    fix: 'Take it out of the configuration first.',
  },
  AF_CLI_INPUT_INVALID: {
    message: '{what} cannot be used: {reason}.',
    fix: '{mend}',
  },
  AF_CLI_TOOL_UNKNOWN: {
    message: 'There is no registration named "{name}".',
    fix: 'See "agent-factory tool list".',
  },
  AF_CLI_NO_CONFIG: {
    message: 'The configuration could not be read.',
    fix: 'Run "agent-factory doctor", which says why.',
  },
  AF_CLI_CONSENT_NEEDED: {
    message: 'Nothing was installed, because you have to agree first:\n{list}',
    fix: '{mend}',
  },
  AF_CLI_REGISTRY_NEEDED: {
    message: 'It is not known which registry to ask; known are: {known}.',
    fix: 'Name one with --registry, or set AF_REGISTRY.',
  },
  AF_CLI_TOKEN_NEEDED: {
    message: 'Publishing to {registry} needs a token.',
    fix: 'Run "npm login --registry {registry}", or set AF_REGISTRY__TOKEN.',
  },
  AF_CLI_NO_VERSIONS: {
    message: 'The registry serves no version of {name}.',
    fix: 'Ask its author to publish one.',
  },
  AF_CLI_DURATION_INVALID: {
    message: '"{text}" is no time for {option}.',
    fix: 'Write a number with s, m, h or d, such as 90m, 24h or 7d; {bound}.',
  },
  AF_CLI_KEY_EXISTS: {
    message: 'There is a key "{name}" already, in {file}.',
    fix: 'Use it, name another one, or replace it with "agent-factory plugin keys rotate".',
  },
  AF_CLI_KEY_UNKNOWN: {
    message: 'There is no key "{name}" in {folder}.',
    fix: 'Make one with "agent-factory plugin keys new"; names have lower-case letters, digits and dashes.',
  },
  AF_CLI_AUDIT_HEADS: {
    message: 'The file {file} holds no heads of the audit log: {reason}',
    fix: 'Give a file that "agent-factory audit verify --json" wrote while every chain was whole.',
  },
  AF_CLI_NOT_GRANTED: {
    message: '{plugin} has no permission "{permission}" that could be taken away.',
    fix: 'See "agent-factory plugin explain {plugin}" for what an isolated plugin has. What runs trusted may do anything.',
  },
  AF_CLI_NO_ISOLATION: {
    message:
      'What comes from a registry runs apart from the platform, and this platform has no plugin that does that; nothing was installed.',
    fix: 'Add "@agent-factory/plugin-isolation-process" to "plugins" in the configuration. With --isolation trusted it runs inside the platform, and may do all that the platform may.',
  },
  AF_CLI_REVOKE_TRUSTED: {
    message:
      '{plugin} runs inside the platform, where nothing keeps it from "{permission}"; nothing was changed.',
    fix: 'Have it run isolated first: "agent-factory plugin add {name} --isolation L2", and no "isolation: trusted" in the configuration. Or remove it.',
  },
  AF_CLI_NO_PLUGIN: {
    message: '{folder} is no plugin: {reason}.',
    fix: 'Name the folder of a plugin, or make one with "agent-factory plugin new".',
  },
  AF_CLI_EXAMPLES_INVALID: {
    message: '{file} cannot be used: {reason}.',
    fix: 'docs/write-a-plugin.md shows what stands in it.',
  },
  AF_CLI_BUILD_FAILED: {
    message: 'The script "build" of {folder} failed:\n{reason}',
    fix: 'Mend what it says.',
  },
  AF_CLI_RUN_ENDED: {
    message: 'The run {run} ended as {status}: {reason}',
    fix: '{mend}',
  },
  AF_CLI_RUN_WAITS: {
    message: 'The run {run} waits, and goes on from there: {reason}',
    fix: '{mend}',
  },
} as const;

/** Makes the command line's errors. */
export const errors: ErrorFactories<typeof errorTable> = defineErrors(errorTable);
