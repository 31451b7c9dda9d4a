import type { JsonSchema } from '@agent-factory/sdk';
import type { CallerTool } from '@agent-factory/sdk/domain';
import { errors } from './errors.ts';

/** A function that the caller can call, of either protocol. */
export interface GivenFunction {
  readonly name: string;
  readonly description?: string | null;
  readonly parameters?: JsonSchema | null;
}

/** Which tools are to be used. */
export type GivenChoice = string | { readonly type?: string } | undefined;

/** The caller's tools as the runtime takes them; `undefined` where there are none, or none may be used. */
export function callerToolsOf(
  functions: readonly GivenFunction[],
  choice: GivenChoice,
): readonly CallerTool[] | undefined {
  if (choice !== undefined && choice !== 'auto' && choice !== 'none')
    throw errors.AF_OPENAI_UNSUPPORTED({
      what: 'A tool_choice other than "auto" and "none"',
      reason: 'the agent decides which tools it uses',
    });
  if (functions.length === 0 || choice === 'none') return undefined;
  return functions.map(({ name, description, parameters }) => ({
    name,
    description: description ?? '',
    input: parameters ?? { type: 'object' },
  }));
}

/** AF_OPENAI_UNSUPPORTED for tools that are no functions. */
export function refuseTool(type: string): never {
  throw errors.AF_OPENAI_UNSUPPORTED({
    what: `A tool of the type "${type.slice(0, 60)}"`,
    reason: 'an agent has its own, and takes functions of the caller beside them',
  });
}
