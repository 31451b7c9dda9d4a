import type { JsonObject, ValidationProblem } from '@agent-factory/sdk';
import type { RunFailure } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { failureOf } from '../run/failure.ts';
import type { RunScope } from '../run/run-scope.ts';
import type { CallWish, ChildTarget } from './call-wish.ts';
import { listed } from './problem-list.ts';
import type { ToolEntry } from './tool-set.ts';

const maxShownChars = 500;

/** A call of a tool that can be made. */
export interface ReadyCall {
  readonly wish: CallWish;
  readonly entry: ToolEntry;
  readonly input: JsonObject;
}

/** A call that a run answers. */
export interface ReadyChild {
  readonly wish: CallWish;
  readonly child: ChildTarget;
  readonly input: JsonObject;
}

/** A call that can be made, or why it cannot. */
export type PreparedCall = ReadyCall | ReadyChild | { readonly wish: CallWish; readonly refused: RunFailure };

/** Checks what was asked for, and lets plugins change or refuse it. */
export async function prepareCall(scope: RunScope, wish: CallWish): Promise<PreparedCall> {
  const { tool, entry, input: asked, malformed, agent, known, child } = wish;
  try {
    if (!entry && !child) throw errors.AF_TOOL_UNKNOWN({ tool, known: known.join(', ') || 'none' });
    if (malformed !== undefined) {
      throw errors.AF_TOOL_INPUT_MALFORMED({ tool, text: malformed.slice(0, maxShownChars) });
    }
    if (child) {
      checkInput(tool, child.check(asked));
      return { wish, child, input: asked };
    }
    if (!entry) throw new Error('neither a tool nor a run'); // as was just found
    checkInput(tool, entry.checkInput(asked));
    const runId = scope.progress.run.id;
    const input = await scope.guard(scope.effects.prepareTool({ runId, agent, tool, input: asked }));
    if (input !== asked) checkInput(tool, entry.checkInput(input));
    return { wish, entry, input };
  } catch (error) {
    scope.check();
    const refused = failureOf(error, (reason) => errors.AF_TOOL_FAILED({ tool, reason }, { cause: error }));
    return { wish, refused };
  }
}

function checkInput(tool: string, problems: readonly ValidationProblem[]): void {
  if (problems.length > 0) throw errors.AF_TOOL_INPUT_INVALID({ tool, problems: listed(problems) });
}
