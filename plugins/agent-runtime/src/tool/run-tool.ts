import type { Json, JsonObject, Logger, PluginContext } from '@agent-factory/sdk';
import type { AnswerTo, Citation, RunFailure, ToolQuestion } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { failureOf, reasonOf } from '../run/failure.ts';
import type { RunScope } from '../run/run-scope.ts';
import { answerTo, type CallDialogue } from './call-dialogue.ts';
import { isRepeatable } from './call-wish.ts';
import { checkQuestion } from './check-question.ts';
import { fitReport } from './fit-report.ts';
import { listed } from './problem-list.ts';
import type { ToolEntry } from './tool-set.ts';

const defaultTimeoutMs = 30_000;
const maxResultChars = 1_048_576;
const maxReports = 1000;

/** A call of a tool. */
export interface ToolRun {
  readonly entry: ToolEntry;
  readonly input: JsonObject;
  readonly idempotencyKey: string;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly dialogue: CallDialogue;
}

/** How a call ended. */
export type CallResult =
  | { readonly output: Json; readonly written: string; readonly citations?: readonly Citation[] }
  | { readonly error: RunFailure };

/** What came of a call. */
export type CallOutcome =
  | CallResult
  /** It asks something, and is made again once there is an answer. */
  | { readonly asks: ToolQuestion; readonly number: number }
  /** The run was stopped first; nothing is known. */
  | undefined;

/** Makes a call. It ends when the tool answers, takes too long, or the run is stopped, whatever comes first. */
export function runTool(
  scope: RunScope,
  { entry, input, idempotencyKey, timeoutMs, signal, dialogue }: ToolRun,
  { log, validator }: Pick<PluginContext, 'log' | 'validator'>,
): Promise<CallOutcome> {
  const { tool } = entry;
  const controller = new AbortController();
  const { id: runId, session, user } = scope.progress.run;
  let isOpen = true;
  let reports = 0;
  let questions = 0;
  let asks: (question: ToolQuestion, number: number) => void;
  const context = {
    signal: controller.signal,
    runId,
    tenant: scope.tenant,
    ...(session !== undefined && { session }),
    ...(user !== undefined && { user }),
    idempotencyKey,
    get log(): Logger {
      return log.child({ run: runId, tool: tool.name });
    },
    report(given: unknown): void {
      const report = isOpen && !scope.stop && reports < maxReports ? fitReport(given) : undefined;
      if (!report) return;
      reports += 1;
      dialogue.report(report);
    },
    // What cannot be repeated cannot be called again with an answer.
    ...(isRepeatable(tool.effect) && {
      async ask<const Question extends ToolQuestion>(question: Question): Promise<AnswerTo<Question>> {
        checkQuestion(tool.name, question, validator);
        questions += 1;
        const known = dialogue.asked(questions);
        if (known) return answerTo(known, question, tool.name, validator);
        asks(question, questions);
        throw errors.AF_TOOL_ASKS({ tool: tool.name });
      },
    }),
  };
  return new Promise((resolve) => {
    const settle = (outcome: CallOutcome): void => {
      isOpen = false;
      clearTimeout(timer);
      forget();
      signal?.removeEventListener('abort', drop);
      resolve(outcome);
    };
    asks = (question, number) => {
      settle({ asks: question, number });
      controller.abort(errors.AF_TOOL_ASKS({ tool: tool.name }));
    };
    const fail = (error: unknown): void => {
      const describe = (reason: string): ReturnType<typeof errors.AF_TOOL_FAILED> =>
        errors.AF_TOOL_FAILED({ tool: tool.name, reason }, { cause: error });
      settle({ error: failureOf(error, describe) });
    };
    const ms = timeoutMs ?? tool.timeoutMs ?? defaultTimeoutMs;
    const timer = setTimeout(() => {
      const late = errors.AF_TOOL_TIMEOUT({ tool: tool.name, ms });
      controller.abort(late);
      fail(late);
    }, ms);
    // What cannot be repeated goes on to its end, so that it is known what became of it.
    const drop = (): void => {
      if (!isRepeatable(tool.effect)) return;
      const dropped = errors.AF_TOOL_DROPPED({ tool: tool.name });
      controller.abort(dropped);
      fail(dropped);
    };
    signal?.addEventListener('abort', drop);
    const forget = scope.onStop(() => {
      controller.abort(scope.signal.reason);
      settle(undefined);
    });
    if (signal?.aborted) drop();
    const { run, tried } = scope.progress;
    const { tryOut } = entry;
    const work = async (): Promise<Json> =>
      run.forkOf && tryOut ? tryOut(input, context, tried) : tool.run(input, context);
    work()
      .then((output) => settle(checked(entry, output)), fail)
      .catch(fail);
  });
}

function checked(entry: ToolEntry, result: Json | undefined): CallResult {
  const tool = entry.tool.name;
  const output = result ?? null;
  let written: string | undefined;
  try {
    written = JSON.stringify(output);
  } catch (error) {
    throw errors.AF_TOOL_OUTPUT_INVALID({ tool, problems: `it is no JSON: ${reasonOf(error)}` });
  }
  if (written === undefined)
    throw errors.AF_TOOL_OUTPUT_INVALID({ tool, problems: `it is a ${typeof output}` });
  if (written.length > maxResultChars) {
    throw errors.AF_TOOL_RESULT_TOO_LARGE({ tool, size: written.length, max: maxResultChars });
  }
  const problems = entry.checkOutput?.(output) ?? [];
  if (problems.length > 0) throw errors.AF_TOOL_OUTPUT_INVALID({ tool, problems: listed(problems) });
  return { output, written };
}
