import { definePlugin, type InMemoryPlugin, type Json, type JsonSchema } from '@agent-factory/sdk';
import { Tool } from '@agent-factory/sdk/contracts';

const nothing: JsonSchema = { type: 'object', properties: {} };
const image = { type: 'image', data: 'iVBORw0KGgo=', mimeType: 'image/png' };
const resource = { type: 'resource', resource: { uri: 'test://one', mimeType: 'text/plain', text: 'One.' } };

/** What tools that the scenarios name give, as a tool of the platform would give it. */
const outputs: Readonly<Record<string, Json>> = {
  test_simple_text: 'This is a simple text response for testing.',
  test_tool_with_progress: 'done',
  test_tool_with_logging: 'done',
  test_image_content: { content: [image] },
  test_audio_content: { content: [{ ...image, type: 'audio', mimeType: 'audio/wav' }] },
  test_embedded_resource: { content: [resource] },
  test_multiple_content_types: { content: [{ type: 'text', text: 'Mixed.' }, image, resource] },
  test_sampling: 'LLM response: none',
  test_elicitation: 'User response: none',
  test_elicitation_sep1034_defaults: 'Elicitation completed: action=none',
  test_elicitation_sep1330_enums: 'Elicitation completed: action=none',
};

const schemaWithDefs: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: {
    address: { type: 'object', properties: { street: { type: 'string' }, city: { type: 'string' } } },
  },
  properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' } },
  additionalProperties: false,
};

/** Tools of the names that the scenarios of the protocol's conformance suite ask for. */
export const conformanceTools: InMemoryPlugin = {
  manifest: {
    id: 'conformance-tools',
    name: 'conformance-tools',
    version: '1.0.0',
    kernel: '^0.1.0',
    contributes: { tool: '1.0.0' },
  },
  plugin: definePlugin({
    setup(ctx) {
      const offer = (name: string, input: JsonSchema, run: Tool['run']): void =>
        ctx.contribute(Tool, { name, description: `Does ${name}.`, input, effect: 'pure', run });
      for (const [name, output] of Object.entries(outputs)) offer(name, nothing, async () => output);
      offer('json_schema_2020_12_tool', schemaWithDefs, async () => 'done');
      offer('test_error_handling', nothing, async () => {
        throw new Error('This tool intentionally returns an error for testing');
      });
    },
  }),
};
