import type { Json } from '@agent-factory/sdk';
import {
  conditionErrors,
  type CompiledCondition,
  type ConditionDecision,
  type ConditionTypes,
} from '@agent-factory/sdk/contracts';
import { CelFailure } from './cel-failure.ts';
import { CelIssue } from './cel-issue.ts';
import { compileCel, type CelProgram } from './compile-cel.ts';
import { factsAt } from './facts-of.ts';

/** Where a text stands, for messages. */
export interface CelPlace {
  /** Name of the evaluator. */
  readonly evaluator: string;
  /** JSON Pointer to the text, where the condition is more than one text. Default: the condition itself. */
  readonly path?: string;
  /** Characters that were put before the text and are not its own. Default 0. */
  readonly before?: number;
}

/** A condition that is decided at once. */
export interface CelCondition extends CompiledCondition {
  /** What it was compiled to. */
  readonly program: CelProgram;
  evaluate(...args: Parameters<CompiledCondition['evaluate']>): ConditionDecision;
}

/** Compiles an expression as a condition of the contract: its errors are those of the contract. */
export function compileCelCondition(condition: Json, types: ConditionTypes, place: CelPlace): CelCondition {
  const program = compileAt(condition, types, place);
  const facts = factsAt(program.paths);
  const source = shorten(typeof condition === 'string' ? condition : '');
  return {
    program,
    reads: program.reads,
    evaluate: (variables) => {
      try {
        const value = program.evaluate(variables);
        return { value, saw: facts(variables) };
      } catch (error) {
        throw asConditionError(error, source);
      }
    },
  };
}

/** A failure of an expression as an error of the contract; anything else as it is. */
export function asConditionError(error: unknown, source: string): unknown {
  if (!(error instanceof CelFailure)) return error;
  const details = { source: shorten(source), reason: error.message };
  if (error.kind === 'limit') return conditionErrors.AF_CONDITION_LIMIT(details, { cause: error });
  const mend =
    error.kind === 'range'
      ? 'Calculate with smaller numbers, or with double(x).'
      : 'Test for what may be missing with has(), or see to it that the values are there and of the kind declared.';
  return conditionErrors.AF_CONDITION_FAILED({ ...details, mend }, { cause: error });
}

function compileAt(condition: Json, types: ConditionTypes, place: CelPlace): CelProgram {
  try {
    if (typeof condition !== 'string') {
      throw new CelIssue('the condition is no text', 0, 'Write an expression, such as "input.amount > 100".');
    }
    return compileCel(condition, { variables: types.variables, result: types.result ?? 'boolean' });
  } catch (error) {
    if (!(error instanceof CelIssue)) throw error;
    throw asInvalid(error, typeof condition === 'string' ? condition : '', place);
  }
}

function asInvalid(issue: CelIssue, source: string, { evaluator, path = '', before = 0 }: CelPlace): Error {
  const offset = Math.max(0, issue.offset - before);
  const lines = source.slice(before, before + offset).split(/\r\n|\r|\n/);
  return conditionErrors.AF_CONDITION_INVALID(
    {
      evaluator,
      line: lines.length,
      column: (lines.at(-1) ?? '').length + 1,
      offset,
      where: path === '' ? '' : ` of ${path}`,
      path,
      problem: issue.message,
      mend: issue.fix,
      unsupported: issue.unsupported,
    },
    { cause: issue },
  );
}

function shorten(source: string): string {
  const line = source.replace(/\s+/g, ' ').trim();
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}
