import { createHash } from 'node:crypto';
import type { JsonObject, Logger, PluginContext } from '@agent-factory/sdk';
import {
  allows,
  openWaits,
  type AgentRuntime,
  type OpenWait,
  type Principal,
} from '@agent-factory/sdk/contracts';
import type { DecisionAnswer } from '@agent-factory/sdk/contracts';
import type { ToolQuestion } from '@agent-factory/sdk/domain';
import {
  CreateMessageResultSchema,
  ElicitResultSchema,
  isJSONRPCResultResponse,
  type JSONRPCErrorResponse,
  type JSONRPCRequest,
  type JSONRPCResultResponse,
} from '@modelcontextprotocol/sdk/types.js';
import type { McpSession } from './sessions.ts';

/** An answer of a client to a question of the door. */
export type ClientAnswer = JSONRPCResultResponse | JSONRPCErrorResponse;

/** Something a client can be asked: what a tool wants to know, or whether it may be called. */
type Askable = OpenWait & {
  readonly wait:
    | { readonly kind: 'approval' }
    | { readonly kind: 'decision'; readonly question: ToolQuestion };
};

const permit: JsonObject = {
  type: 'object',
  properties: {
    allow: { type: 'boolean', title: 'Allow it', description: 'Whether it may be done.' },
    reason: { type: 'string', title: 'Reason', description: 'Why, for the record.' },
  },
  required: ['allow'],
};

/** Those of the waits that a client can be asked about: it says it can, and whoever uses it may answer. */
export function askable(
  open: readonly OpenWait[],
  { elicitation, sampling }: Pick<McpSession, 'elicitation' | 'sampling'>,
  principal: Principal,
): readonly Askable[] {
  return open.filter((one): one is Askable => {
    const { run, wait } = one;
    if (wait.kind === 'decision' && wait.question)
      return wait.question.kind === 'form' ? elicitation : sampling;
    if (wait.kind !== 'approval' || !elicitation) return false;
    const may = (permission: string): boolean => allows(principal, permission, `runs/${run.id}`);
    return may('runs:approve') && (wait.permission === undefined || may(wait.permission));
  });
}

/** The request that asks a client. Its id says what it is about, so that any process can take the answer. */
export function questionTo(rootId: string, one: Askable): JSONRPCRequest {
  const { wait } = one;
  const id = questionId(rootId, one);
  const question: ToolQuestion =
    wait.kind === 'approval' ? { kind: 'form', message: wait.detail, schema: permit } : wait.question;
  if (question.kind === 'form') {
    const params = { mode: 'form', message: question.message, requestedSchema: question.schema };
    return { jsonrpc: '2.0', id, method: 'elicitation/create', params };
  }
  const { messages, system, maxTokens } = question;
  const params = {
    messages: messages.map(({ role, text }) => ({ role, content: { type: 'text', text } })),
    ...(system !== undefined && { systemPrompt: system }),
    maxTokens,
  };
  return { jsonrpc: '2.0', id, method: 'sampling/createMessage', params };
}

function questionId(rootId: string, { run, wait }: OpenWait): string {
  const what = wait.kind === 'approval' ? wait.approvalId : wait.kind === 'decision' ? wait.callId : '';
  const about = createHash('sha256')
    .update(JSON.stringify([run.id, wait.kind, what]))
    .digest('hex')
    .slice(0, 24);
  return `${rootId}/${about}`;
}

/** What an answer is taken with. */
export interface AnswerParts {
  readonly runtime: AgentRuntime;
  readonly validator: PluginContext['validator'];
  readonly log: Logger;
}

/** Takes an answer in. One to nothing that is asked (any more), or of somebody else, is passed over. */
export async function takeAnswer(
  answer: ClientAnswer,
  session: McpSession,
  principal: Principal,
  { runtime, validator, log }: AnswerParts,
): Promise<void> {
  const [, rootId] = /^([\w-]{1,200})\/[0-9a-f]{24}$/.exec(String(answer.id)) ?? [];
  if (rootId === undefined) return;
  const runs = runtime.tenant(principal.tenant);
  try {
    const root = await runs.get(rootId);
    if (root.metadata?.['askedBy'] !== principal.id) return;
    const open = askable(await openWaits(runs, root), session, principal);
    const one = open.find((each) => questionId(rootId, each) === answer.id);
    if (!one) return;
    const by = { by: principal.id };
    if (one.wait.kind === 'approval') {
      const { approvalId } = one.wait;
      await runs.approve(one.run.id, { approvalId, ...permission(answer), ...by });
    } else {
      const { callId, question } = one.wait;
      await runs.decide(one.run.id, { callId, ...decision(answer, question, validator), ...by });
    }
  } catch (error) {
    // It was answered elsewhere meanwhile, or has ended.
    log.info('an answer of a client of the Model Context Protocol came to nothing', { run: rootId, error });
  }
}

function permission(answer: ClientAnswer): {
  readonly outcome: 'approved' | 'rejected';
  readonly reason?: string;
} {
  const { data } = ElicitResultSchema.safeParse(isJSONRPCResultResponse(answer) ? answer.result : undefined);
  const { allow, reason } = data?.content ?? {};
  const told = typeof reason === 'string' && reason !== '' ? { reason: reason.slice(0, 1000) } : {};
  if (data?.action === 'accept' && allow === true) return { outcome: 'approved', ...told };
  return {
    outcome: 'rejected',
    ...(data?.action === 'cancel' ? { reason: 'It was closed without an answer.' } : told),
  };
}

function decision(
  answer: ClientAnswer,
  question: ToolQuestion,
  validator: PluginContext['validator'],
): Pick<DecisionAnswer, 'outcome' | 'output' | 'reason'> {
  const refused = (reason: string): ReturnType<typeof decision> => ({ outcome: 'abandon', reason });
  if (!isJSONRPCResultResponse(answer))
    return refused(`the client says: ${answer.error.message.slice(0, 1000)}`);
  if (question.kind === 'form') {
    const { data } = ElicitResultSchema.safeParse(answer.result);
    if (!data) return refused('the client answered with something else');
    if (data.action !== 'accept') return { outcome: 'done', output: { action: data.action } };
    const content = (data.content ?? {}) as JsonObject; // parsed from JSON
    const [problem] = validator(question.schema)(content);
    if (problem) return refused(`the answer does not fit the form: ${problem.path} ${problem.message}`);
    return { outcome: 'done', output: { action: 'accept', content } };
  }
  const { data } = CreateMessageResultSchema.safeParse(answer.result);
  if (data?.content.type !== 'text') return refused('the client answered with no text');
  return { outcome: 'done', output: { text: data.content.text, model: data.model } };
}
