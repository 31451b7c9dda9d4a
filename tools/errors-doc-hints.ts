/** What helps beyond the table's own texts, by code. */
export const hints: Readonly<Record<string, string>> = {
  AF_CONFIG_NOT_FOUND:
    'The search goes from the working directory upwards, for `agent-factory.config` with the ending `.ts`, `.js`, `.mjs`, `.json` or `.yaml`, and for a key in package.json.',
  AF_CONFIG_INVALID:
    'All problems of all plugins are listed at once, with file and line where the format has them.',
  AF_RESOLVE_FAILED: 'The message is a chain of reasons; its last line is the smallest change that mends it.',
  AF_LOCK_MISMATCH:
    'The lock file records which versions run, so that two machines reach the same generation; a package that changed under the same version is refused.',
  AF_LOAD_FAILED: 'With `start --watch`, saving the plugin again tries again.',
  AF_ACTIVATE_TIMEOUT:
    'A `setup` that awaits a connection should give up by itself when `ctx.signal` aborts.',
  AF_SWAP_FAILED: 'No request has seen the new generation.',
  AF_SWAP_ABORTED: 'Raise `generations.drainMs` in the configuration when work needs longer to end.',
  AF_CLI_ALREADY_RUNNING: "Two platforms on one state folder would do each other's work.",
  AF_CLI_NOT_RUNNING:
    'The command looks in the `dataDir` of the configuration it finds; `--config` names another.',
  AF_CLI_RUN_ENDED: 'The journal of the run is kept: `GET /api/v1/runs/{id}/events`, or `run --journal`.',
  AF_HTTP_LISTEN: 'Another port: `AF_HTTP_API__PORT=7071 npm start`. Port 0 takes a free one.',
  AF_AGENT_NO_MODEL: '`agent-factory doctor` shows which providers are available.',
  AF_STORAGE_LOCKED:
    'Another process holds the database; `agent-factory doctor` says whether a platform runs.',
};

/** Codes of earlier versions. They may never come back with another meaning. */
export const retired: readonly string[] = [
  'AF_TRUST_ISOLATION_UNAVAILABLE',
  'AF_LLM_OPENAI_CONFIG',
  'AF_LLM_OPENAI_NO_KEY',
  'AF_LLM_OPENAI_AUTH',
  'AF_LLM_OPENAI_RATE_LIMIT',
  'AF_LLM_OPENAI_QUOTA',
  'AF_LLM_OPENAI_BAD_REQUEST',
  'AF_LLM_OPENAI_UNAVAILABLE',
  'AF_LLM_OPENAI_TIMEOUT',
  'AF_LLM_OPENAI_CONNECTION',
  'AF_LLM_OPENAI_BAD_RESPONSE',
  'AF_CLI_FOLDER_UNUSABLE',
];
