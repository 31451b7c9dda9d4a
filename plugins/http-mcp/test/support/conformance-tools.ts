import { setTimeout as delay } from 'node:timers/promises';
import type { InMemoryPlugin, Json, JsonSchema } from '@agent-factory/sdk';
import {
  McpPrompt,
  McpResource,
  Tool,
  type McpContent,
  type ToolCallContext,
} from '@agent-factory/sdk/contracts';
import { testPlugin } from '@agent-factory/sdk/testing';

const png = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC';
const image: McpContent = { type: 'image', data: png, mimeType: 'image/png' };
const audio: McpContent = { type: 'audio', data: 'UklGRiQAAABXQVZF', mimeType: 'audio/wav' };
const text = (words: string): McpContent => ({ type: 'text', text: words });
const embedded = (uri: string, words: string): McpContent => ({
  type: 'resource',
  resource: { uri, mimeType: 'text/plain', text: words },
});

const nothing: JsonSchema = { type: 'object', properties: {} };
const oneText = (name: string): JsonSchema => ({
  type: 'object',
  properties: { [name]: { type: 'string' } },
  required: [name],
});

const schemaWithDefs: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
  },
  properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
  additionalProperties: false,
};

const defaults: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', default: 'John Doe' },
    age: { type: 'integer', default: 30 },
    score: { type: 'number', default: 95.5 },
    status: { type: 'string', enum: ['active', 'inactive', 'pending'], default: 'active' },
    verified: { type: 'boolean', default: true },
  },
};

const options = ['option1', 'option2', 'option3'];
const titled = [
  { const: 'value1', title: 'First' },
  { const: 'value2', title: 'Second' },
];
const choices: JsonSchema = {
  type: 'object',
  properties: {
    untitledSingle: { type: 'string', enum: options },
    titledSingle: { type: 'string', oneOf: titled },
    legacyEnum: { type: 'string', enum: ['opt1', 'opt2'], enumNames: ['Option One', 'Option Two'] },
    untitledMulti: { type: 'array', items: { type: 'string', enum: options } },
    titledMulti: { type: 'array', items: { anyOf: titled } },
  },
};
const person: JsonSchema = {
  type: 'object',
  properties: { username: { type: 'string' }, email: { type: 'string' } },
  required: ['username', 'email'],
};

const askForm = async ({ ask }: ToolCallContext, message: string, schema: JsonSchema): Promise<Json> => {
  const answer = await ask?.({ kind: 'form', message, schema });
  return `Elicitation completed: ${JSON.stringify(answer)}`;
};

/** The tools that the scenarios name. */
const tools: Readonly<Record<string, readonly [input: JsonSchema, run: Tool['run']]>> = {
  test_simple_text: [nothing, async () => 'This is a simple text response for testing.'],
  test_image_content: [nothing, async () => ({ content: [image] })],
  test_audio_content: [nothing, async () => ({ content: [audio] })],
  test_embedded_resource: [nothing, async () => ({ content: [embedded('test://embedded', 'Embedded.')] })],
  test_multiple_content_types: [
    nothing,
    async () => ({ content: [text('Mixed.'), image, embedded('test://mixed', 'Mixed.')] }),
  ],
  test_tool_with_logging: [
    nothing,
    async (_input, { report }) => {
      for (const data of ['Tool execution started', 'Tool processing data', 'Tool execution completed']) {
        report?.({ kind: 'log', level: 'info', data });
        await delay(5);
      }
      return 'done';
    },
  ],
  test_tool_with_progress: [
    nothing,
    async (_input, { report }) => {
      for (const progress of [0, 50, 100]) {
        report?.({ kind: 'progress', progress, total: 100 });
        await delay(5);
      }
      return 'done';
    },
  ],
  test_error_handling: [
    nothing,
    async () => {
      throw new Error('This tool intentionally returns an error for testing');
    },
  ],
  test_sampling: [
    oneText('prompt'),
    async ({ prompt }, { ask }) => {
      const messages = [{ role: 'user', text: JSON.stringify(prompt) }] as const;
      return `LLM response: ${(await ask?.({ kind: 'model', messages, maxTokens: 100 }))?.text}`;
    },
  ],
  test_elicitation: [
    oneText('message'),
    ({ message }, context) => askForm(context, JSON.stringify(message), person),
  ],
  test_elicitation_sep1034_defaults: [nothing, (_input, context) => askForm(context, 'Check.', defaults)],
  test_elicitation_sep1330_enums: [nothing, (_input, context) => askForm(context, 'Choose.', choices)],
  test_reconnection: [nothing, async () => 'done'],
  json_schema_2020_12_tool: [schemaWithDefs, async () => 'done'],
};

/** The resources that the scenarios name. */
const resources: readonly McpResource[] = [
  {
    name: 'static-text',
    uri: 'test://static-text',
    mimeType: 'text/plain',
    read: async (uri) => [
      { uri, mimeType: 'text/plain', text: 'This is the content of the static text resource.' },
    ],
  },
  {
    name: 'static-binary',
    uri: 'test://static-binary',
    mimeType: 'image/png',
    read: async (uri) => [{ uri, mimeType: 'image/png', blob: png }],
  },
  {
    name: 'template',
    uri: 'test://template/{id}/data',
    mimeType: 'application/json',
    read: async (uri, { id }) => [{ uri, mimeType: 'application/json', text: JSON.stringify({ id }) }],
  },
  {
    name: 'watched',
    uri: 'test://watched-resource',
    read: async (uri) => [{ uri, mimeType: 'text/plain', text: 'Watched.' }],
  },
];

const prompt = (name: string, wanted: readonly string[], get: McpPrompt['get']): McpPrompt => ({
  name,
  description: `The prompt ${name}.`,
  arguments: wanted.map((one) => ({ name: one, required: true })),
  get,
});
const said = (...content: McpContent[]): Awaited<ReturnType<McpPrompt['get']>> =>
  content.map((one) => ({ role: 'user', content: one }));

/** The prompts that the scenarios name. */
const prompts: readonly McpPrompt[] = [
  prompt('test_simple_prompt', [], async () => said(text('This is a simple prompt for testing.'))),
  {
    ...prompt('test_prompt_with_arguments', ['arg1', 'arg2'], async ({ arg1, arg2 }) =>
      said(text(`Prompt with arguments: arg1='${arg1}', arg2='${arg2}'`)),
    ),
    complete: async (_argument, begun) =>
      ['testing', 'tested', 'other'].filter((one) => one.startsWith(begun)),
  },
  prompt('test_prompt_with_embedded_resource', ['resourceUri'], async ({ resourceUri = '' }) =>
    said(embedded(resourceUri, 'Embedded.'), text('Please process the embedded resource above.')),
  ),
  prompt('test_prompt_with_image', [], async () => said(image, text('Please analyze the image above.'))),
];

/** What the scenarios of the protocol's conformance suite ask of any server that they look at. */
export const conformanceTools: InMemoryPlugin = testPlugin(
  'conformance-tools',
  [Tool, McpResource, McpPrompt],
  (ctx) => {
    for (const [name, [input, run]] of Object.entries(tools))
      ctx.contribute(Tool, { name, description: `Does ${name}.`, input, effect: 'pure', run });
    for (const resource of resources) ctx.contribute(McpResource, resource);
    for (const one of prompts) ctx.contribute(McpPrompt, one);
  },
);
