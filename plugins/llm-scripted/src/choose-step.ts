import type { ModelRequest } from '@agent-factory/sdk/contracts';
import { textOf } from '@agent-factory/sdk/domain';
import type { ScriptedConfig, ScriptCondition, ScriptReply, ScriptStep } from './config.ts';
import { errors } from './errors.ts';

/** Where a conversation stands, as a script sees it. */
export interface ScriptPlace {
  /** The last message of the user. */
  readonly input: string;
  /** Content of the last tool message after it. */
  readonly toolResult: string;
  /** Number of the user's messages. */
  readonly turn: number;
  /** Answers since the user's last message. */
  readonly position: number;
}

/** Reads the place from the conversation alone, so that runs at the same time do not disturb each other. */
export function placeOf(request: ModelRequest): ScriptPlace {
  let input = '';
  let toolResult = '';
  let turn = 0;
  let position = 0;
  for (const message of request.messages) {
    if (message.role === 'user') {
      input = textOf(message);
      toolResult = '';
      turn += 1;
      position = 0;
    } else if (message.role === 'assistant') position += 1;
    else if (message.role === 'tool') toolResult = message.content;
  }
  return { input, toolResult, turn, position };
}

/** The reply for a place: the steps whose conditions fit answer one after another. */
export function chooseReply(config: ScriptedConfig, request: ModelRequest, place: ScriptPlace): ScriptReply {
  const { model } = request;
  const script = Object.hasOwn(config.scripts, model) ? config.scripts[model] : undefined;
  if (!script) {
    const known = Object.keys(config.scripts).join(', ') || 'none';
    throw errors.AF_LLM_SCRIPTED_UNKNOWN_MODEL({ model, known });
  }
  const fitting = script.filter((step) => typeof step === 'string' || fits(step.when, place));
  const first = config.loop && fitting.length > 0 ? place.position % fitting.length : place.position;
  // Where no tool may be called, the script goes on with its next answer that calls none.
  const mayCall = request.toolChoice !== 'none';
  const at = mayCall ? first : fitting.findIndex((step, n) => n >= first && !callsTools(step));
  const step = fitting[at];
  if (step === undefined) {
    const input = place.input.length > 80 ? `${place.input.slice(0, 80)}…` : place.input;
    throw errors.AF_LLM_SCRIPTED_EXHAUSTED({ model, input, fitting: fitting.length, wanted: first + 1 });
  }
  return typeof step === 'string' ? { text: step } : step.reply;
}

function callsTools(step: ScriptStep): boolean {
  return typeof step !== 'string' && (step.reply.toolCalls?.length ?? 0) > 0;
}

function fits(when: ScriptCondition | undefined, place: ScriptPlace): boolean {
  if (!when) return true;
  if (when.turn !== undefined && when.turn !== place.turn) return false;
  return when.contains === undefined || place.input.toLowerCase().includes(when.contains.toLowerCase());
}
