import { defineCollection, type CollectionContract } from '../contract.ts';
import type { Json, JsonObject } from '../json.ts';
import type { Logger } from '../log.ts';
import type { AnswerTo, ToolQuestion } from '../domain/tool-question.ts';
import type { ToolReport } from '../domain/tool-report.ts';
import type { ToolDefinition } from '../domain/tool.ts';

/** What goes with a tool call. */
export interface ToolCallContext {
  /** Aborted when the run is cancelled or the call takes too long. */
  readonly signal: AbortSignal;
  readonly runId: string;
  /** The tenant the run belongs to. */
  readonly tenant: string;
  /** The conversation the run belongs to, if it names one. */
  readonly session?: string;
  /** Whom the run is for, if it says so. */
  readonly user?: string;
  /** The same for every attempt of one call; pass it on to services that take one. */
  readonly idempotencyKey: string;
  readonly log: Logger;
  /**
   * Tells whoever follows the run how far the call is, or what it does: an event of the run, at most 1,000 for each
   * call. Left out where nobody could be told.
   */
  report?(report: ToolReport): void;
  /**
   * Asks whoever started the run. The call ends here and the run waits, for days if need be; once there is an answer the
   * tool is called anew from its beginning, and this gives the answer. So a tool asks before it changes anything, and
   * the same questions in the same order. Rejects with AF_TOOL_QUESTION_REFUSED where nobody will answer. Left out for
   * a `write`, and where nobody could be asked.
   */
  ask?<const Question extends ToolQuestion>(question: Question): Promise<AnswerTo<Question>>;
}

/**
 * A tool agents can call. The result is JSON; an object may carry `citations` (a list of {@link Citation}) that
 * the runtime attaches to answers which use them. An object whose `content` is a list of {@link McpContent} is shown as
 * text, pictures and sounds by doors that can, with its `structuredContent` where it has one.
 */
export interface Tool extends ToolDefinition {
  /** Runs it. `input` has been checked against the schema. Throw an error with a code and a fix. */
  run(input: JsonObject, context: ToolCallContext): Promise<Json>;
}

/** Collection of {@link Tool}. */
export const Tool: CollectionContract<Tool> = defineCollection<Tool>({
  id: 'tool',
  version: '1.0.0',
  description: 'Tools that agents can call.',
});
