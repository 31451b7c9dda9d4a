import type { Json } from '@agent-factory/sdk';
import { guardrailErrors } from '@agent-factory/sdk/contracts';
import type { GuardrailStage, RunWait } from '@agent-factory/sdk/domain';
import type { RunScope } from '../run/run-scope.ts';
import type { GuardrailAsking } from '../run/run-effects.ts';
import { servicesFor } from '../condition/condition-services.ts';
import { askPerson } from '../tool/ask-person.ts';
import type { ReadyGuardrail } from './guardrails.ts';

/** Where a guardrail looks. */
interface Looked {
  readonly stage: GuardrailStage;
  readonly turn: number;
  readonly callId?: string | undefined;
  /** Which of the messages that the agent was given; left out for the last of the user. */
  readonly message?: number | undefined;
}

function placeOf({ stage, message }: Looked): string {
  return message === undefined ? stage : `${stage}[${message}]`;
}

/** Under which id a person is asked for a guardrail. What goes to a later agent of a router is another question. */
export function approvalIdOf(guardrail: string, looked: Looked): string {
  const { stage, turn, callId, message } = looked;
  if (callId !== undefined) return `${callId}!${stage}!${guardrail}`;
  const isGiven = stage === 'input' || message !== undefined;
  return `${isGiven && turn > 0 ? `${turn}!` : ''}${placeOf(looked)}!${guardrail}`;
}

/** What a guardrail may use; each question to a model is in the journal, under a path of its own. */
function askingOf(scope: RunScope, guardrail: string, looked: Looked): GuardrailAsking {
  const { turn, callId, message } = looked;
  const path = `${callId === undefined ? '' : `${callId}!`}guardrail.${placeOf(looked)}.${guardrail}`;
  return { path, turn, message, services: servicesFor(scope, path, scope.signal, Math.max(turn, 1)) };
}

/** What is to be checked. */
export interface Checked extends Looked {
  readonly value: Json;
  readonly agent: string;
  readonly tool?: string | undefined;
}

/** The value as it may go on; or a person is asked first. Throws AF_GUARDRAIL_BLOCKED. */
export type CheckedEnd = { readonly value: Json } | { readonly waits: RunWait };

/**
 * Has the guardrails look at a value, one after the other, each at what the one before left. Every objection is
 * emitted, and not yet committed.
 */
export async function checkGuardrails(
  scope: RunScope,
  guardrails: readonly ReadyGuardrail[],
  checked: Checked,
): Promise<CheckedEnd> {
  const { stage, value, agent, turn, tool, callId, message } = checked;
  let current = value;
  for (const guardrail of guardrails) {
    if (!guardrail.stages.has(stage)) continue;
    if (tool !== undefined && guardrail.tools && !guardrail.tools.has(tool)) continue;
    const approvalId = approvalIdOf(guardrail.name, checked);
    const answered = scope.progress.approvals.get(approvalId)?.resolved;
    if (answered?.outcome === 'approved') continue;
    const runId = scope.progress.run.id;
    const verdict = await scope.effects.checkGuardrail(
      guardrail,
      { stage, value: current, agent, runId, ...(tool !== undefined && { tool }) },
      callId,
      askingOf(scope, guardrail.name, checked),
    );
    scope.check();
    if (verdict.verdict === 'pass') continue;
    const { code, reason } = verdict;
    const isAsked = scope.progress.approvals.has(approvalId);
    if (!isAsked) {
      scope.emit('guardrail.tripped', {
        guardrail: guardrail.name,
        stage,
        verdict: verdict.verdict,
        code,
        reason,
        turn,
        ...(callId !== undefined && { callId }),
        ...(message !== undefined && { message }),
        ...(verdict.verdict === 'redact' && { replacement: verdict.value }),
        // Kept until the person has answered: the call must not be made again.
        ...(verdict.verdict === 'ask' &&
          stage === 'toolResult' &&
          callId !== undefined && { replacement: current }),
      });
    }
    if (verdict.verdict === 'redact') {
      current = verdict.value;
      continue;
    }
    if (verdict.verdict === 'ask') {
      const prompt = `The guardrail "${guardrail.name}" asks whether this may go on (${placeOf(checked)}): ${reason}`;
      const end = askPerson(scope, {
        approvalId,
        prompt,
        ...(tool !== undefined && { tool }),
        ...(callId !== undefined && { callId }),
      });
      if ('waits' in end) return end;
      if (end.outcome === 'approved') continue;
    }
    throw guardrailErrors.AF_GUARDRAIL_BLOCKED({ name: guardrail.name, stage, reason });
  }
  return { value: current };
}
