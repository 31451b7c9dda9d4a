import type { JsonSchema } from '@agent-factory/sdk';

const by: JsonSchema = { type: 'string', minLength: 1, maxLength: 200, description: 'Who says so.' };
const reason: JsonSchema = { type: 'string', maxLength: 10_000, description: 'Why; a model is told.' };
const id: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: 200,
  description: 'The same again with this id changes nothing.',
};

/** Body of an answer to a question for permission. */
export const approvalSchema: JsonSchema = {
  type: 'object',
  properties: {
    approvalId: { type: 'string', minLength: 1, description: "From the run's `waitingFor`." },
    outcome: { enum: ['approved', 'rejected'] },
    input: { type: 'object', description: 'What the tool is called with instead.' },
    by,
    reason,
    id,
  },
  required: ['approvalId', 'outcome'],
  additionalProperties: false,
};

/** Body of what became of a call. */
export const decisionSchema: JsonSchema = {
  type: 'object',
  properties: {
    callId: { type: 'string', minLength: 1, description: "From the run's `waitingFor`." },
    outcome: {
      enum: ['done', 'repeat', 'abandon'],
      description: 'It was done, with `output`; make it again; or leave it, its outcome unknown.',
    },
    output: { description: 'What the call gave.' },
    by,
    reason,
    id,
  },
  required: ['callId', 'outcome'],
  additionalProperties: false,
};

/** Body of something sent to a run. */
export const sentEventSchema: JsonSchema = {
  type: 'object',
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 200, description: 'What the run waits for by.' },
    data: { description: 'What goes with it.' },
    by,
    id,
  },
  required: ['name'],
  additionalProperties: false,
};
