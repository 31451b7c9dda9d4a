import type { JsonObject, JsonSchema } from '../json.ts';
import { toolQuestionSchema, type ToolQuestion } from './tool-question.ts';

/** One thing that a waiting run waits for. */
export type RunWait = {
  /** For people: what has to happen. */
  readonly detail: string;
  /** Path of the step that waits, where a step does. */
  readonly path?: string;
} &
  /**
   * A person says what became of a tool call that was in flight when the platform stopped; or whoever runs the agent,
   * of a call of their own tool with `input`, or answers the `question` of a tool.
   */
  (
    | {
        readonly kind: 'decision';
        readonly callId: string;
        readonly tool: string;
        readonly input?: JsonObject;
        readonly question?: ToolQuestion;
      }
    /** A person says yes or no; `until`: no longer than that. */
    | {
        readonly kind: 'approval';
        readonly approvalId: string;
        readonly permission?: string;
        readonly until?: number;
      }
    /** A time, in milliseconds since the epoch. */
    | { readonly kind: 'timer'; readonly until: number }
    /** Something that is sent to the run; `until`: no longer than that. */
    | { readonly kind: 'event'; readonly name: string; readonly until?: number }
    /** The end of a run that this one started. */
    | { readonly kind: 'child'; readonly runId: string }
  );

const text: JsonSchema = { type: 'string' };
const time: JsonSchema = { type: 'integer', minimum: 0 };

/** JSON Schema of {@link RunWait}. */
export const runWaitSchema: JsonSchema = {
  type: 'object',
  required: ['kind', 'detail'],
  oneOf: [
    wait(
      'decision',
      { callId: text, tool: text },
      { input: { type: 'object' }, question: toolQuestionSchema },
    ),
    wait('approval', { approvalId: text }, { permission: text, until: time }),
    wait('timer', { until: time }),
    wait('event', { name: text }, { until: time }),
    wait('child', { runId: text }),
  ],
};

function wait(
  kind: RunWait['kind'],
  required: Readonly<Record<string, JsonSchema>>,
  optional: Readonly<Record<string, JsonSchema>> = {},
): JsonSchema {
  return {
    type: 'object',
    properties: { kind: { const: kind }, detail: text, path: text, ...required, ...optional },
    required: ['kind', 'detail', ...Object.keys(required)],
    additionalProperties: false,
  };
}
