import type { AssistantMessage, ContentPart, Message } from '@agent-factory/sdk/domain';

/** One block of a message. */
interface Block {
  readonly type: string;
  readonly [field: string]: unknown;
}

interface WireMessage {
  readonly role: 'user' | 'assistant';
  readonly content: Block[];
}

/** The conversation as Anthropic wants it: the system apart, and users and models taking turns. */
export function wireConversation(
  conversation: readonly Message[],
  provider: string,
): { readonly system: string; readonly messages: readonly WireMessage[] } {
  const system: string[] = [];
  const messages: WireMessage[] = [];
  const add = (role: WireMessage['role'], blocks: readonly Block[]): void => {
    const last = messages.at(-1);
    if (blocks.length === 0) return;
    if (last?.role === role) last.content.push(...blocks);
    else messages.push({ role, content: [...blocks] });
  };
  for (const message of conversation) {
    switch (message.role) {
      case 'system':
        system.push(message.content);
        break;
      case 'user':
        add('user', userBlocks(message.content));
        break;
      case 'tool':
        add('user', [
          {
            type: 'tool_result',
            tool_use_id: message.toolCallId,
            content: message.content,
            ...(message.isError && { is_error: true }),
          },
        ]);
        break;
      case 'assistant':
        add('assistant', assistantBlocks(message, provider));
        break;
    }
  }
  return { system: system.join('\n\n'), messages };
}

function userBlocks(content: string | readonly ContentPart[]): Block[] {
  if (typeof content === 'string') return textBlocks(content);
  return content.flatMap((part) =>
    part.type === 'text' ? textBlocks(part.text) : [{ type: 'image', source: imageSource(part) }],
  );
}

/** The API takes no empty text. */
function textBlocks(text: string): Block[] {
  return text === '' ? [] : [{ type: 'text', text }];
}

function imageSource({ url, mediaType }: ContentPart & { readonly type: 'image' }): object {
  const data = /^data:([^;,]*)(?:;[^,]*)?;base64,/.exec(url);
  if (!data) return { type: 'url', url };
  return { type: 'base64', media_type: data[1] || mediaType, data: url.slice(data[0].length) };
}

/** What was thought goes before what was said of it: the API refuses a call of a tool without its thoughts. */
function assistantBlocks({ content, toolCalls, carry }: AssistantMessage, provider: string): Block[] {
  const thoughts = carry?.provider === provider && Array.isArray(carry.data) ? carry.data : [];
  return [
    ...(thoughts as Block[]), // what `readMessage` put there
    ...textBlocks(content),
    ...(toolCalls ?? []).map(({ id, name, input }) => ({ type: 'tool_use', id, name, input })),
  ];
}
