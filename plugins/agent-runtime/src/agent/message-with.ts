import type { Message } from '@agent-factory/sdk/domain';

/** A message with another text; what is no text stays, but for what a provider wants back, which may hold the old one. */
export function messageWith(message: Message, text: string): Message {
  if (message.role === 'assistant') {
    const { carry: _, ...rest } = message;
    return { ...rest, content: text };
  }
  if (message.role !== 'user' || typeof message.content === 'string') return { ...message, content: text };
  const others = message.content.filter(({ type }) => type !== 'text');
  return { role: 'user', content: others.length === 0 ? text : [{ type: 'text', text }, ...others] };
}
