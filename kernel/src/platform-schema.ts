import type { JsonSchema } from '@agent-factory/sdk';

const text: JsonSchema = { type: 'string', minLength: 1 };

/** JSON Schema of the configuration file; each plugin's own `config` is checked against its manifest. */
export const platformSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Agent Factory configuration',
  type: 'object',
  additionalProperties: false,
  required: ['plugins'],
  properties: {
    $schema: { type: 'string', description: 'Where editors find the schema of this file.' },
    name: { ...text, description: 'Name shown to people.', default: 'agent-factory' },
    dataDir: {
      ...text,
      description: "Folder for the platform's state, relative to this file.",
      default: '.agent-factory',
    },
    plugins: {
      type: 'array',
      description: 'The plugins to run. A string is short for { use: string }.',
      items: {
        anyOf: [
          { ...text, description: 'npm package name, folder or id of an installed plugin.' },
          {
            type: 'object',
            additionalProperties: false,
            required: ['use'],
            properties: {
              use: { ...text, description: 'npm package name, folder or id of an installed plugin.' },
              version: { ...text, description: 'Semver range, where several versions are installed.' },
              config: { type: 'object', description: "The plugin's configuration." },
              enabled: { type: 'boolean', description: 'false leaves the plugin out.', default: true },
            },
          },
        ],
      },
    },
    providers: {
      type: 'object',
      description: 'Which plugin provides a contract that several offer: contract id to plugin id.',
      additionalProperties: text,
    },
    grants: {
      type: 'object',
      description: 'Permissions granted: plugin id to permission names.',
      additionalProperties: { type: 'array', items: text, uniqueItems: true },
    },
    log: {
      type: 'object',
      description: 'Logging.',
      additionalProperties: false,
      properties: {
        level: { enum: ['debug', 'info', 'warn', 'error', 'silent'], default: 'info' },
        format: { enum: ['pretty', 'json'], description: 'Default: pretty on a terminal, else json.' },
      },
    },
    generations: {
      type: 'object',
      description: 'How generations change.',
      additionalProperties: false,
      properties: {
        drainMs: {
          type: 'integer',
          minimum: 0,
          description: 'Milliseconds work in flight may go on after a swap.',
          default: 30_000,
        },
        maxLive: {
          type: 'integer',
          minimum: 2,
          description: 'How many generations may be alive at once, the serving one included.',
          default: 4,
        },
      },
    },
  },
};
