import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import { settingNamePattern } from '@agent-factory/sdk/contracts';

const text = (description: string): JsonSchema => ({ type: 'string', maxLength: 4000, description });
const anything = (description: string): JsonSchema => ({ description });

/** JSON Schema of what the name in a path is. */
export const nameSchema: JsonSchema = {
  type: 'string',
  pattern: settingNamePattern.source,
  maxLength: 101,
  description: 'The plugin, a dot, and what is set.',
};

/** JSON Schema of a setting as it is for a tenant. */
export const settingSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: nameSchema,
    title: text('A few words.'),
    description: text('What it does.'),
    schema: { type: 'object', description: 'JSON Schema of a value.' },
    setBy: { enum: ['tenant', 'platform'], description: 'Who may set it, beside the platform.' },
    value: anything('What holds.'),
    source: {
      enum: ['default', 'platform', 'tenant'],
      description: 'Where it comes from: the plugin, the configuration, or what was set for the tenant.',
    },
    inherited: anything('What would hold if nothing was set for the tenant.'),
    setAt: { type: 'integer', minimum: 0, description: 'When it was set, in milliseconds since the epoch.' },
    problem: text('Why what was set does not hold any more.'),
  },
  required: ['name', 'title', 'description', 'schema', 'setBy', 'value', 'source', 'inherited'],
  additionalProperties: false,
};

/** JSON Schema of what is set. */
export const changeSchema: JsonSchema = {
  type: 'object',
  properties: { value: anything('As the schema of the setting says.') },
  required: ['value'],
  additionalProperties: false,
};

/** A setting, to show. */
export const settingExample: JsonObject = {
  name: 'prompt-log.days',
  title: 'Days the prompt log is kept',
  description: 'Days after which entries are removed; null: never.',
  schema: { type: ['integer', 'null'], minimum: 1, maximum: 36_500 },
  setBy: 'tenant',
  value: 30,
  source: 'tenant',
  inherited: 90,
  setAt: 1_764_547_200_000,
};

/** A change, to show. */
export const changeExample: Json = { value: 30 };
