import type { Json, JsonSchema } from '../json.ts';

/** How much a line of a tool's log matters (RFC 5424), the least first. */
export type ToolLogLevel = (typeof toolLogLevels)[number];

/** All of {@link ToolLogLevel}, the least first. */
export const toolLogLevels = [
  'debug',
  'info',
  'notice',
  'warning',
  'error',
  'critical',
  'alert',
  'emergency',
] as const;

/** What a tool says while it is at work, for whoever follows the run. */
export type ToolReport =
  | {
      readonly kind: 'progress';
      /** How far it is; grows from one report to the next. */
      readonly progress: number;
      /** What `progress` comes to in the end, where that is known. */
      readonly total?: number;
      readonly message?: string;
    }
  | {
      readonly kind: 'log';
      readonly level: ToolLogLevel;
      /** A sentence, or an object with its fields. At most 4,000 characters of JSON; a longer one is cut. */
      readonly data: Json;
    };

/** JSON Schema of {@link ToolReport}. */
export const toolReportSchema: JsonSchema = {
  type: 'object',
  required: ['kind'],
  oneOf: [
    {
      type: 'object',
      properties: {
        kind: { const: 'progress' },
        progress: { type: 'number' },
        total: { type: 'number' },
        message: { type: 'string', maxLength: 4000 },
      },
      required: ['kind', 'progress'],
      additionalProperties: false,
    },
    {
      type: 'object',
      properties: { kind: { const: 'log' }, level: { enum: toolLogLevels }, data: {} },
      required: ['kind', 'level', 'data'],
      additionalProperties: false,
    },
  ],
};
