import type { JsonSchema } from '@agent-factory/sdk';

const id: JsonSchema = { type: 'string', minLength: 1, maxLength: 200 };
/** ProtoJSON writes what is not set as nothing, or as an empty text. */
const optionalId: JsonSchema = { type: 'string', maxLength: 200 };
const tenant: JsonSchema = { type: 'string', maxLength: 100 };
const historyLength: JsonSchema = { type: 'integer', minimum: 0 };
const metadata: JsonSchema = { type: ['object', 'null'] };

const part: JsonSchema = {
  type: 'object',
  properties: {
    text: { type: 'string' },
    raw: { type: 'string' },
    url: { type: 'string', minLength: 1, maxLength: 8192 },
    data: {},
    mediaType: { type: 'string', maxLength: 200 },
    filename: { type: 'string', maxLength: 500 },
    metadata,
  },
  oneOf: [{ required: ['text'] }, { required: ['raw'] }, { required: ['url'] }, { required: ['data'] }],
};

/** JSON Schema of the params of SendMessage and SendStreamingMessage. */
export const sendParams: JsonSchema = {
  type: 'object',
  properties: {
    tenant,
    message: {
      type: 'object',
      properties: {
        messageId: id,
        contextId: optionalId,
        taskId: optionalId,
        role: { const: 'ROLE_USER' },
        parts: { type: 'array', items: part, minItems: 1, maxItems: 100 },
        metadata,
        referenceTaskIds: { type: 'array', items: id, maxItems: 100 },
      },
      required: ['messageId', 'role', 'parts'],
    },
    configuration: {
      type: ['object', 'null'],
      properties: {
        returnImmediately: { type: 'boolean' },
        historyLength,
        taskPushNotificationConfig: { type: ['object', 'null'] },
      },
    },
    metadata,
  },
  required: ['message'],
};

/** JSON Schema of the params of GetTask, CancelTask and SubscribeToTask. */
export const taskParams: JsonSchema = {
  type: 'object',
  properties: { tenant, id, historyLength },
  required: ['id'],
};

/** JSON Schema of the params of ListTasks. */
export const listParams: JsonSchema = {
  type: 'object',
  properties: {
    tenant,
    contextId: optionalId,
    status: {
      enum: [
        'TASK_STATE_UNSPECIFIED',
        'TASK_STATE_SUBMITTED',
        'TASK_STATE_WORKING',
        'TASK_STATE_COMPLETED',
        'TASK_STATE_FAILED',
        'TASK_STATE_CANCELED',
        'TASK_STATE_INPUT_REQUIRED',
        'TASK_STATE_REJECTED',
        'TASK_STATE_AUTH_REQUIRED',
      ],
    },
    pageSize: { type: 'integer', minimum: 1, maximum: 100 },
    pageToken: { type: 'string', maxLength: 400 },
    historyLength,
    statusTimestampAfter: { type: ['string', 'null'], maxLength: 40 },
    includeArtifacts: { type: 'boolean' },
  },
};

/** JSON Schema of the params of what needs none. */
export const noParams: JsonSchema = { type: ['object', 'null'], properties: { tenant } };
