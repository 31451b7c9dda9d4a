import type { ModelRequest } from '@agent-factory/sdk/contracts';
import { textOf, type ToolCall } from '@agent-factory/sdk/domain';

/** Characters of a message that are looked at; what is longer is no question. */
const mostRead = 4000;

/** What a tool gave back. */
export interface ToolOutcome {
  readonly call: ToolCall;
  readonly content: string;
  readonly isError: boolean;
}

/** What matters of a conversation. */
export interface Conversation {
  /** The user's last message. */
  readonly question: string;
  /** The one before it, or `''`. */
  readonly questionBefore: string;
  /** What tools gave back since the last message. */
  readonly outcomes: readonly ToolOutcome[];
  /** Answers so far, for ids that are not used twice. */
  readonly answers: number;
}

/** Reads a request. */
export function readConversation(request: ModelRequest): Conversation {
  let question = '';
  let questionBefore = '';
  let answers = 0;
  let outcomes: ToolOutcome[] = [];
  const calls = new Map<string, ToolCall>();
  for (const message of request.messages) {
    if (message.role === 'user') {
      questionBefore = question;
      question = textOf(message).trim().slice(0, mostRead);
      outcomes = [];
    } else if (message.role === 'assistant') {
      answers += 1;
      for (const call of message.toolCalls ?? []) calls.set(call.id, call);
    } else if (message.role === 'tool') {
      const call = calls.get(message.toolCallId) ?? { id: message.toolCallId, name: message.name, input: {} };
      outcomes.push({ call, content: message.content, isError: message.isError === true });
    }
  }
  return { question, questionBefore, outcomes, answers };
}
