import { createHash } from 'node:crypto';
import { canonicalJson, type JsonObject } from '@agent-factory/sdk';
import type { CompiledCondition } from '@agent-factory/sdk/contracts';
import type { ApprovalRule } from '@agent-factory/sdk/domain';
import { decide, type Conditions } from '../condition/conditions.ts';
import { errors } from '../errors.ts';
import type { RunScope } from '../run/run-scope.ts';
import { askPerson, type PersonsAnswer } from './ask-person.ts';

/** A rule that may ask a person before a call. */
export interface ReadyApproval {
  readonly when: CompiledCondition | undefined;
  readonly prompt: string | undefined;
  readonly permission: string | undefined;
  readonly timeoutMs: number | undefined;
}

/** A rule made ready; `undefined` for one that never asks. `input` is the schema of the tool's input. */
export async function readyApproval(
  rule: ApprovalRule | undefined,
  input: object,
  conditions: Conditions,
): Promise<ReadyApproval | undefined> {
  if (rule === undefined || rule === 'never') return undefined;
  const { when, prompt, permission, timeoutMs } = rule === 'always' ? {} : rule;
  const types = { variables: { input: { ...input }, tool: { type: 'string' }, agent: { type: 'string' } } };
  const compiled = when === undefined ? undefined : await conditions.expression(when, types);
  return { when: compiled, prompt, permission, timeoutMs };
}

/** A call about which a person may be asked. */
export interface ApprovalWish {
  readonly approval: ReadyApproval;
  readonly callId: string;
  readonly tool: string;
  readonly agent: string;
  readonly path?: string | undefined;
  /** As the call would be made. */
  readonly input: JsonObject;
}

/**
 * Whether a call may be made: its input, which the person may have changed; or that the run waits for the answer.
 * Throws AF_TOOL_REJECTED. An answer holds for the call it was given for, with exactly the input that was shown.
 */
export async function approveCall(
  scope: RunScope,
  { approval, callId, tool, agent, path, input }: ApprovalWish,
): Promise<{ readonly input: JsonObject } | Extract<PersonsAnswer, { readonly waits: unknown }>> {
  const { when, prompt, permission, timeoutMs } = approval;
  if (when) {
    const { value } = await decide(when, { input, tool, agent });
    scope.check();
    if (value !== true) return { input };
  }
  const inputHash = createHash('sha256').update(canonicalJson(input)).digest('hex');
  const answer = askPerson(scope, {
    approvalId: idFor(scope, callId, inputHash),
    prompt: prompt ?? `May "${agent}" call "${tool}" with this input?`,
    callId,
    tool,
    input,
    inputHash,
    ...(path !== undefined && { path }),
    ...(permission !== undefined && { permission }),
    ...(timeoutMs !== undefined && { expiresAt: scope.effects.now() + timeoutMs }),
  });
  if ('waits' in answer) return answer;
  if (answer.outcome === 'approved') return { input: answer.input ?? input };
  const why = answer.reason === undefined ? '' : `: ${answer.reason}`;
  const who = answer.by === undefined ? 'A person' : answer.by;
  throw errors.AF_TOOL_REJECTED({ tool, who: answer.outcome === 'expired' ? 'Nobody' : who, why });
}

/** The call's id; with a number behind it where a question about another input was asked before. */
function idFor({ progress: { approvals } }: RunScope, callId: string, inputHash: string): string {
  for (let number = 1; ; number += 1) {
    const id = questionId(callId, number);
    const asked = approvals.get(id)?.asked;
    if (!asked || asked.inputHash === inputHash) return id;
  }
}

/** Under which id a person is asked about a call for the first time, the second, with another input each. */
export function questionId(callId: string, number: number): string {
  return number === 1 ? callId : `${callId}#${number}`;
}
