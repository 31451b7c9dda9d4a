import type { Validator } from '@agent-factory/sdk';
import type { RunRequest } from '@agent-factory/sdk/contracts';
import { messageSchema, type Message, type RunLimits } from '@agent-factory/sdk/domain';
import type { LoadedAgent } from './agent-definitions.ts';
import { errors } from './errors.ts';

const maxMessages = 1000;
const maxInputChars = 1_000_000;
const maxKeyChars = 255;
const maxMetadataChars = 16_384;

/** What a run's input is checked with; compiled once. */
export const conversationSchema: { readonly type: 'array'; readonly items: object } = {
  type: 'array',
  items: messageSchema,
};

/** The conversation a request asks to go on with; AF_RUN_INPUT_INVALID when it is none. */
export function inputOf(request: RunRequest, validate: Validator): readonly Message[] {
  const { input, idempotencyKey: key, metadata } = request;
  if (key !== undefined && (key === '' || key.length > maxKeyChars)) {
    throw refuse(`the idempotency key must have 1 to ${maxKeyChars} characters`);
  }
  if (metadata !== undefined && JSON.stringify(metadata).length > maxMetadataChars) {
    throw refuse(`the metadata is larger than ${maxMetadataChars} characters`);
  }
  if (typeof input === 'string') {
    if (input.trim() === '') throw refuse('the input is empty');
    if (input.length > maxInputChars) throw refuse(`the input is longer than ${maxInputChars} characters`);
    return [{ role: 'user', content: input }];
  }
  if (!Array.isArray(input) || input.length === 0) throw refuse('the input is empty');
  if (input.length > maxMessages) throw refuse(`the input has more than ${maxMessages} messages`);
  const [problem] = validate(input);
  if (problem) throw refuse(`the input is no conversation: ${problem.path.slice(1)} ${problem.message}`);
  const messages: readonly Message[] = input;
  if (messages.some(({ role }) => role === 'system')) {
    throw refuse('the input holds a system message, and the instructions of an agent are its own');
  }
  const last = messages.at(-1);
  if (last?.role !== 'user' || last.content === '') throw refuse('the last message is not one of the user');
  if (JSON.stringify(messages).length > maxInputChars) {
    throw refuse(`the input is longer than ${maxInputChars} characters`);
  }
  return messages;
}

/** The agent's limits, tightened by the request's; AF_RUN_LIMIT_INVALID when one of those is looser. */
export function limitsOf(agent: LoadedAgent, wanted: RunLimits | undefined): RunLimits {
  if (!wanted) return agent.limits;
  const names = ['turns', 'tokens', 'timeMs', 'toolCalls'] as const;
  for (const limit of names) {
    const value = wanted[limit];
    if (value === undefined) continue;
    const least = limit === 'toolCalls' ? 0 : 1;
    const most = agent.limits[limit] ?? Number.MAX_SAFE_INTEGER;
    if (Number.isSafeInteger(value) && value >= least && value <= most) continue;
    const expected = agent.limits[limit] === undefined ? `at least ${least}` : `from ${least} to ${most}`;
    throw errors.AF_RUN_LIMIT_INVALID({ limit, value, expected: `a whole number ${expected}` });
  }
  return { ...agent.limits, ...wanted };
}

function refuse(reason: string): Error {
  return errors.AF_RUN_INPUT_INVALID({ reason });
}
