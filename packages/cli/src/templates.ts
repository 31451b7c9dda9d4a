/** A set of files to start from. */
export interface Template {
  /** One line for the help text. */
  readonly about: string;
  /** Path to content. */
  readonly files: Readonly<Record<string, string>>;
  /** Words after the command that start the platform. */
  readonly start: string;
  /** Words after the command that ask the agent something it can answer. */
  readonly run: string;
}

const schemaLine = '# yaml-language-server: $schema=.agent-factory/config.schema.json\n';

const basics = `  - "@agent-factory/plugin-storage-sqlite"
  - "@agent-factory/plugin-journal-sql"
  - "@agent-factory/plugin-llm-local"
  - use: "@agent-factory/plugin-llm-openai"
    config:
      apiKey: \${env:OPENAI_API_KEY:-}
      baseUrl: \${env:OPENAI_BASE_URL:-https://api.openai.com/v1}
`;

const runtime = `  - use: "@agent-factory/plugin-agent-runtime"
    config: { agentsDir: ./agents }
  - "@agent-factory/plugin-http-api"
`;

const librarian = `name: librarian
description: Answers questions about the documents in ./documents, with file and line.
instructions: |
  You answer questions about a folder of documents. Search them first, with search_documents.
  Use only what the passages say, and put the source of each statement right after it, as [file:line].
  If the passages do not answer the question, say so.
# The first one available answers: a real model when OPENAI_API_KEY is set, else the built-in search.
model: [openai/gpt-4o-mini, local/tools]
tools: [search_documents, calculate, current_time]
examples:
  - Where is the configuration?
`;

const welcome = `# Welcome

This folder is what the librarian knows. Put Markdown, text, HTML or CSV files here, or point \`documents\` in
agent-factory.config.yaml at another folder; changes are seen by the next question.

## Where things are

- The configuration is agent-factory.config.yaml.
- Agents are files in the folder agents.
- State, such as the journal of every run, is in the folder .agent-factory.
`;

const greeter = `// A plugin: one tool that agents can call.
import { definePlugin } from '@agent-factory/sdk';
import { Tool } from '@agent-factory/sdk/contracts';

export default definePlugin({
  setup(ctx) {
    ctx.contribute(Tool, {
      name: 'roll_dice',
      description: 'Rolls one die with the given number of sides.',
      input: { type: 'object', properties: { sides: { type: 'integer', minimum: 2 } }, required: ['sides'] },
      effect: 'read',
      run: async ({ sides }) => 1 + Math.floor(Math.random() * sides),
    });
  },
});
`;

const pluginPackage = `{
  "name": "my-plugin",
  "version": "0.1.0",
  "type": "module",
  "exports": "./index.js",
  "agentFactory": {
    "id": "my-plugin",
    "kernel": "^0.1.0",
    "contributes": { "tool": "1.0.0" }
  }
}
`;

const gambler = `name: gambler
description: Rolls dice.
instructions: You roll dice with roll_dice when asked to, and say what came up.
model: [openai/gpt-4o-mini, local/tools]
tools: [roll_dice]
examples:
  - Roll a die with 20 sides.
`;

/** What `init` can write, by name. */
export const templates: Readonly<Record<string, Template>> = {
  documents: {
    about: 'an agent that answers questions about a folder of documents',
    files: {
      'agent-factory.config.yaml': `${schemaLine}name: my-platform
plugins:
${basics}  - use: "@agent-factory/plugin-tools-builtin"
    config: { documents: [./documents] }
${runtime}`,
      'agents/librarian.yaml': librarian,
      'documents/welcome.md': welcome,
      '.gitignore': '.agent-factory/\n',
    },
    start: 'start',
    run: 'run librarian "Where is the configuration?"',
  },
  plugin: {
    about: 'a plugin of your own with one tool, and an agent that uses it',
    files: {
      'agent-factory.config.yaml': `${schemaLine}name: my-platform
plugins:
${basics}  - ./my-plugin
${runtime}`,
      'my-plugin/package.json': pluginPackage,
      'my-plugin/index.js': greeter,
      'agents/gambler.yaml': gambler,
      '.gitignore': '.agent-factory/\n',
    },
    start: 'start --watch',
    run: 'run gambler "Roll a die with 20 sides."',
  },
};
