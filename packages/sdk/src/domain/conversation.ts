import type { RunEvent, RunEventData } from './event.ts';
import type { Message } from './message.ts';
import type { Run } from './run.ts';

/** Characters of a tool's result that a model is shown; the journal keeps the whole. */
export const maxToolMessageChars = 65_536;

/**
 * The message that tells a model how a tool call ended: the result as text (JSON for anything but a string),
 * cut with a clear mark when it is longer than {@link maxToolMessageChars}; or what went wrong and what to do.
 * `written`, when given, is the result's JSON, so that it is not made twice.
 */
export function toolMessageOf(finished: RunEventData['tool.finished'], written?: string): Message {
  const { callId, tool, error, output = null } = finished;
  if (error) {
    const content = cut(`${error.message} ${error.fix} (${error.code})`);
    return { role: 'tool', toolCallId: callId, name: tool, content, isError: true };
  }
  const content = typeof output === 'string' ? output : (written ?? JSON.stringify(output));
  return { role: 'tool', toolCallId: callId, name: tool, content: cut(content) };
}

/** The conversation that a run of an agent or a router goes on with; a workflow has none. */
export function conversationOf({ subject, input }: Pick<Run, 'subject' | 'input'>): readonly Message[] {
  return subject.kind === 'workflow' ? [] : (input as readonly Message[]); // checked when the run was accepted
}

/**
 * The conversation as the model must see it next, rebuilt from a run's events: the input, then each answer with
 * the results of its tool calls, in the order of the calls. The agent's instructions (the system message) are
 * not part of it; results of calls still in flight are missing. The input is as it was given, also where a guardrail
 * took something out of it.
 *
 * @example
 * ```ts
 * declare const events: readonly RunEvent[];
 * const messages: Message[] = messagesOf(events);
 * ```
 */
export function messagesOf(events: readonly RunEvent[]): Message[] {
  const messages: Message[] = [];
  let calls: readonly string[] = [];
  let results = new Map<string, Message>();
  const flush = (): void => {
    for (const id of calls) {
      const result = results.get(id);
      if (result) messages.push(result);
    }
    calls = [];
    results = new Map();
  };
  for (const event of events) {
    if (event.type === 'run.created') {
      messages.push(...conversationOf(event.data).filter(({ role }) => role !== 'system'));
    } else if (event.type === 'model.responded') {
      flush();
      messages.push(event.data.message);
      calls = (event.data.message.toolCalls ?? []).map(({ id }) => id);
    } else if (event.type === 'tool.finished') {
      results.set(event.data.callId, toolMessageOf(event.data));
    }
  }
  flush();
  return messages;
}

function cut(text: string): string {
  if (text.length <= maxToolMessageChars) return text;
  // Never between the halves of a surrogate pair.
  const end = maxToolMessageChars - (/[\uD800-\uDBFF]/.test(text.charAt(maxToolMessageChars - 1)) ? 1 : 0);
  return `${text.slice(0, end)}\n[cut here: ${text.length - end} of ${text.length} characters are left out]`;
}
