import type { HookCaller, Json, JsonObject, Logger, ValidationProblem } from '@agent-factory/sdk';
import type { beforeTool } from '@agent-factory/sdk/contracts';
import type { RunFailure } from '@agent-factory/sdk/domain';
import { citationsIn } from './citations.ts';
import { errors } from './errors.ts';
import { failureOf, reasonOf } from './failure.ts';
import type { LiveRun } from './live-run.ts';
import type { CallState } from './run-state.ts';
import type { ToolEntry } from './tool-set.ts';

const defaultTimeoutMs = 30_000;
const maxResultChars = 1_048_576;
const maxShownChars = 500;

/** A call that can be made. */
export interface ReadyCall {
  readonly call: CallState;
  readonly entry: ToolEntry;
  readonly input: JsonObject;
}

/** A call that can be made, or why it cannot. */
export type PreparedCall = ReadyCall | { readonly call: CallState; readonly refused: RunFailure };

/** How a call ended. */
export type CallOutcome =
  | { readonly output: Json; readonly written: string }
  | { readonly error: RunFailure }
  /** The run was stopped first; nothing is known. */
  | undefined;

/** Checks what the model asked for, and lets the `beforeTool` taps change or refuse it. */
export async function prepareCall(
  live: LiveRun,
  call: CallState,
  before: HookCaller<typeof beforeTool>,
): Promise<PreparedCall> {
  const { name: tool, input: asked, malformed } = call.call;
  const entry = live.agent.tools.get(tool);
  try {
    if (!entry) {
      const known = [...live.agent.tools.keys()].join(', ') || 'none';
      throw errors.AF_TOOL_UNKNOWN({ tool, known });
    }
    if (malformed !== undefined) {
      throw errors.AF_TOOL_INPUT_MALFORMED({ tool, text: malformed.slice(0, maxShownChars) });
    }
    checkInput(entry, asked);
    const wish = { runId: live.state.run.id, agent: live.agent.definition.name, tool, input: asked };
    const { input } = await live.guard(before(wish));
    if (input !== asked) checkInput(entry, input);
    return { call, entry, input };
  } catch (error) {
    live.check();
    const refused = failureOf(error, (reason) => errors.AF_TOOL_FAILED({ tool, reason }, { cause: error }));
    return { call, refused };
  }
}

/** Makes a call. It ends when the tool answers, takes too long, or the run is stopped, whatever comes first. */
export function runTool(live: LiveRun, { entry, input, call }: ReadyCall, log: Logger): Promise<CallOutcome> {
  const { tool } = entry;
  const controller = new AbortController();
  const runId = live.state.run.id;
  const context = {
    signal: controller.signal,
    runId,
    tenant: live.held.address.tenant,
    idempotencyKey: call.idempotencyKey,
    get log(): Logger {
      return log.child({ run: runId, tool: tool.name });
    },
  };
  return new Promise((resolve) => {
    const settle = (outcome: CallOutcome): void => {
      clearTimeout(timer);
      forget();
      resolve(outcome);
    };
    const fail = (error: unknown): void => {
      const describe = (reason: string): ReturnType<typeof errors.AF_TOOL_FAILED> =>
        errors.AF_TOOL_FAILED({ tool: tool.name, reason }, { cause: error });
      settle({ error: failureOf(error, describe) });
    };
    const ms = tool.timeoutMs ?? defaultTimeoutMs;
    const timer = setTimeout(() => {
      const late = errors.AF_TOOL_TIMEOUT({ tool: tool.name, ms });
      controller.abort(late);
      fail(late);
    }, ms);
    const forget = live.onStop(() => {
      controller.abort(live.signal.reason);
      settle(undefined);
    });
    const work = async (): Promise<Json> => tool.run(input, context);
    work()
      .then((output) => settle(checked(entry, output)), fail)
      .catch(fail);
  });
}

function checked(entry: ToolEntry, result: Json | undefined): CallOutcome {
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

/** Writes how a call ended into the run's events. */
export function recordOutcome(
  live: LiveRun,
  call: CallState,
  outcome: CallOutcome,
  durationMs: number,
): void {
  if (!outcome) return;
  const base = { turn: live.state.run.turns, callId: call.call.id, tool: call.call.name };
  if ('error' in outcome) {
    live.emit('tool.finished', { ...base, error: outcome.error, durationMs });
    return;
  }
  const citations = citationsIn(outcome.output);
  const data = { ...base, output: outcome.output, ...(citations && { citations }), durationMs };
  live.emit('tool.finished', data, outcome.written);
}

function checkInput(entry: ToolEntry, input: JsonObject): void {
  const problems = entry.checkInput(input);
  if (problems.length > 0) {
    throw errors.AF_TOOL_INPUT_INVALID({ tool: entry.tool.name, problems: listed(problems) });
  }
}

function listed(problems: readonly ValidationProblem[]): string {
  return problems
    .slice(0, 10)
    .map(
      ({ path, message, fix }) =>
        `${path.slice(1) || 'it'} ${message}${fix === undefined ? '' : ` (${fix})`}`,
    )
    .join('; ');
}
