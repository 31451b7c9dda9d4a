import type { Json, JsonObject } from '@agent-factory/sdk';
import {
  checkAccess,
  type ApprovalAnswer,
  type DecisionAnswer,
  type OpenWait,
  type Principal,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import type { Run, RunWait } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import { stateOf, viewOf } from '../task/run-view.ts';
import { questionId } from '../task/task.ts';
import { finalStates, type Message } from '../wire.ts';

/** What a message answers: the whole text, or the fields of its data part. */
interface Answer {
  readonly text: string;
  readonly fields: JsonObject;
  readonly hasFields: boolean;
}

type WaitOf<Kind extends RunWait['kind']> = Extract<RunWait, { readonly kind: Kind }>;

/** Only these words decide; whatever else somebody writes decides nothing. */
const words: Readonly<Record<string, 'approved' | 'rejected'>> = {
  approved: 'approved',
  approve: 'approved',
  yes: 'approved',
  rejected: 'rejected',
  reject: 'rejected',
  no: 'rejected',
};

/** Tells a task that waits what its message says. Gives the run once it has it. */
export async function answerTask(
  runs: TenantRuntime,
  run: Run,
  message: Message,
  principal: Principal,
): Promise<Run> {
  const { contextId = '', messageId } = message;
  if (contextId !== '' && contextId !== (run.session ?? run.id))
    throw errors.AF_A2A_PARAMS({ list: '"contextId" is not that of the task' });
  const view = await viewOf(runs, run, principal);
  const state = stateOf(view);
  if (state !== 'TASK_STATE_INPUT_REQUIRED') {
    const isOver = finalStates.has(state);
    throw errors.AF_A2A_UNSUPPORTED({
      what: `A message to the task ${run.id}`,
      reason: isOver ? `it has ended as ${state}` : 'it asks for nothing now',
      mend: isOver
        ? 'Begin another task: leave "taskId" out, and send the same "contextId".'
        : 'Send it when the task is in the state TASK_STATE_INPUT_REQUIRED.',
    });
  }
  const answer = answerIn(message);
  const { run: asker, wait } = askedIn(view.open, answer);
  const who = { id: messageId, ...(principal.kind !== 'local' && { by: principal.id }) };
  const resource = `runs/${asker.id}`;
  if (wait.kind === 'approval') {
    checkAccess(principal, 'runs:approve', resource);
    if (wait.permission !== undefined) checkAccess(principal, wait.permission, resource);
    await runs.approve(asker.id, { ...approvalOf(wait, answer), ...who });
  } else if (wait.kind === 'decision') {
    // A call of the caller's own tool is theirs to tell of; what became of any other is for people who may say so.
    if (wait.input === undefined) checkAccess(principal, 'runs:approve', resource);
    await runs.decide(asker.id, { ...decisionOf(wait, answer), ...who });
  } else if (wait.kind === 'event') {
    const { data = null } = answer.fields;
    await runs.send(asker.id, { name: wait.name, data: answer.hasFields ? data : answer.text, ...who });
  }
  return runs.get(run.id);
}

function answerIn({ parts }: Message): Answer {
  const data = parts.filter((part) => part.data !== undefined);
  const [first, second] = data;
  if (parts.some(({ raw, url }) => raw !== undefined || url !== undefined))
    throw errors.AF_A2A_ANSWER({ reason: 'it holds a file' });
  if (second) throw errors.AF_A2A_ANSWER({ reason: 'it holds more than one data part' });
  const text = parts.map((part) => part.text ?? '').join('');
  if (!first) return { text, fields: {}, hasFields: false };
  const { data: fields } = first;
  if (typeof fields !== 'object' || fields === null || Array.isArray(fields))
    throw errors.AF_A2A_ANSWER({ reason: 'its data is no object' });
  return { text, fields: fields as JsonObject, hasFields: true }; // as just looked at
}

/** The question that is answered: the one that is named, or the only one there is. */
function askedIn(open: readonly OpenWait[], { fields }: Answer): OpenWait {
  const asked = open.filter(({ wait }) => wait.kind !== 'timer' && wait.kind !== 'child');
  const named = fields['for'];
  const fitting = named === undefined ? asked : asked.filter(({ wait }) => questionId(wait) === named);
  const [one, another] = fitting;
  if (one && !another) return one;
  const ids = asked.map(({ wait }) => `"${questionId(wait)}"`).join(', ');
  throw errors.AF_A2A_ANSWER({
    reason: one ? `several things are asked, name one as "for": ${ids}` : `"for" is none of ${ids}`,
  });
}

function approvalOf({ approvalId }: WaitOf<'approval'>, { text, fields }: Answer): ApprovalAnswer {
  const { outcome = words[text.trim().toLowerCase().replace(/[.!]$/, '')], reason, input } = fields;
  if (outcome !== 'approved' && outcome !== 'rejected')
    throw errors.AF_A2A_ANSWER({ reason: 'it says neither approved nor rejected' });
  return { approvalId, outcome, ...reasonOf(reason), ...inputOf(input) };
}

function decisionOf(
  { callId, input }: WaitOf<'decision'>,
  { text, fields, hasFields }: Answer,
): DecisionAnswer {
  const isTheirs = input !== undefined;
  if (isTheirs && !hasFields) return { callId, outcome: 'done', output: text };
  const { outcome = isTheirs ? 'done' : undefined, output, reason } = fields;
  if (outcome !== 'done' && outcome !== 'repeat' && outcome !== 'abandon')
    throw errors.AF_A2A_ANSWER({ reason: 'its "outcome" is none of done, repeat and abandon' });
  return { callId, outcome, ...(output !== undefined && { output }), ...reasonOf(reason) };
}

function reasonOf(reason: Json | undefined): { readonly reason?: string } {
  if (reason === undefined) return {};
  if (typeof reason !== 'string' || reason.length > 2000)
    throw errors.AF_A2A_ANSWER({ reason: 'its "reason" is no text of at most 2,000 characters' });
  return { reason };
}

function inputOf(input: Json | undefined): { readonly input?: JsonObject } {
  if (input === undefined) return {};
  if (typeof input !== 'object' || input === null || Array.isArray(input))
    throw errors.AF_A2A_ANSWER({ reason: 'its "input" is no object' });
  return { input: input as JsonObject }; // as just looked at
}
