import { canonicalJson, type PluginContext } from '@agent-factory/sdk';
import {
  toolAnswerSchemas,
  type AnswerTo,
  type RunEventData,
  type RunWait,
  type ToolQuestion,
  type ToolReport,
} from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import type { RunScope } from '../run/run-scope.ts';
import { placeOf } from './call-end.ts';
import type { CallWish } from './call-wish.ts';

/** A question that a call has asked, and its answer once there is one. */
interface AskedQuestion {
  readonly asked: RunEventData['decision.requested'];
  readonly resolved: RunEventData['decision.resolved'] | undefined;
}

/** What a call says and asks while it is at work. */
export interface CallDialogue {
  /** Id of its question of that number, from 1. */
  idOf(number: number): string;
  /** The question of that number, where it was asked before. */
  asked(number: number): AskedQuestion | undefined;
  /** Writes a report as an event. */
  report(report: ToolReport): void;
}

/** The dialogue of a call. */
export function dialogueOf(scope: RunScope, wish: CallWish): CallDialogue {
  const idOf = (number: number): string => questionIdOf(wish, number);
  return {
    idOf,
    asked: (number) => scope.progress.decisions.get(idOf(number)),
    report(report) {
      scope.emit('tool.reported', { ...placeOf(wish), report });
      scope.commitSoon().catch(() => {}); // what could not be written stops the run
    },
  };
}

/** A model may give a call the id of one of another turn. */
function questionIdOf({ callId, turn }: CallWish, number: number): string {
  return `${callId}?${turn}.${number}`;
}

/** The call that a decision is about: the one that asks, or the call itself. */
export function callOfDecision(id: string): string {
  return id.replace(/\?\d+\.\d+$/, '');
}

/** The question of a call that has no answer yet. */
export function openQuestion(scope: RunScope, wish: CallWish): RunWait | undefined {
  const { asked } = dialogueOf(scope, wish);
  for (let number = 1; ; number += 1) {
    const known = asked(number);
    if (!known?.asked.question) return undefined;
    if (!known.resolved) return { kind: 'decision', ...known.asked };
  }
}

/** Asks whoever started the run. */
export function askStarter(
  scope: RunScope,
  wish: CallWish,
  { asks: question, number }: { readonly asks: ToolQuestion; readonly number: number },
): RunWait {
  const { tool, path } = wish;
  const detail =
    question.kind === 'form'
      ? `"${tool}" asks: ${question.message}`
      : `"${tool}" asks for the answer of a model.`;
  const where = path === undefined ? {} : { path };
  const asked = { callId: questionIdOf(wish, number), tool, ...where, detail, question };
  scope.emit('decision.requested', asked);
  return { kind: 'decision', ...asked };
}

/** The answer to a question that was asked before; it holds for this question alone. */
export function answerTo<Question extends ToolQuestion>(
  { asked, resolved }: AskedQuestion,
  question: Question,
  tool: string,
  validator: PluginContext['validator'],
): AnswerTo<Question> {
  if (!asked.question || canonicalJson(asked.question) !== canonicalJson(question))
    throw errors.AF_TOOL_QUESTION_CHANGED({ tool });
  if (resolved?.outcome !== 'done')
    throw errors.AF_TOOL_QUESTION_REFUSED({ tool, reason: resolved?.reason ?? 'nobody will answer' });
  if (validator(toolAnswerSchemas[question.kind])(resolved.output).length > 0)
    throw errors.AF_TOOL_QUESTION_REFUSED({ tool, reason: 'the answer is none to this question' });
  return resolved.output as unknown as AnswerTo<Question>; // as was just looked at
}
