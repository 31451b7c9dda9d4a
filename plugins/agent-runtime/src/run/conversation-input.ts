import type { JsonSchema, PluginContext } from '@agent-factory/sdk';
import type { RunRequest } from '@agent-factory/sdk/contracts';
import { messageSchema, type Message } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';

const maxMessages = 1000;

const conversationSchema: JsonSchema = { type: 'array', items: messageSchema };

/** What a provider may fetch by itself, or has in its hands already. */
const imageAddress = /^(?:https?:\/\/|data:image\/[a-z0-9.+-]+;base64,)/i;

/** The conversation an input is; AF_RUN_INPUT_INVALID when it is none. */
export type ConversationReader = (input: RunRequest['input']) => readonly Message[];

/** Makes what reads the conversation that is given to an agent or a router. */
export function createConversationReader(
  validator: PluginContext['validator'],
  maxInputChars: number,
): ConversationReader {
  const validate = validator(conversationSchema);
  const checkLength = (chars: number): void => {
    if (chars > maxInputChars) throw refuse(`the input is longer than ${maxInputChars} characters`);
  };
  return (input) => {
    if (typeof input === 'string') {
      if (input.trim() === '') throw refuse('the input is empty');
      checkLength(input.length);
      return [{ role: 'user', content: input }];
    }
    if (!Array.isArray(input) || input.length === 0) throw refuse('the input is empty');
    if (input.length > maxMessages) throw refuse(`the input has more than ${maxMessages} messages`);
    const [problem] = validate(input);
    if (problem) throw refuse(`the input is no conversation: ${problem.path.slice(1)} ${problem.message}`);
    const messages = input as readonly Message[]; // the schema has just been checked
    if (messages.some(({ role }) => role === 'system')) {
      throw refuse('the input holds a system message, and the instructions of an agent are its own');
    }
    const last = messages.at(-1);
    if (last?.role !== 'user' || last.content === '') throw refuse('the last message is not one of the user');
    checkLength(JSON.stringify(messages).length);
    checkImages(messages);
    return messages;
  };
}

/** A server of one's own may open whatever an address names, files too; it is given nothing but the web. */
function checkImages(messages: readonly Message[]): void {
  for (const { content } of messages) {
    if (typeof content === 'string') continue;
    if (content.every((part) => part.type !== 'image' || imageAddress.test(part.url))) continue;
    throw refuse('the url of an image begins neither with http(s):// nor with data:image/…;base64,');
  }
}

function refuse(reason: string): Error {
  return errors.AF_RUN_INPUT_INVALID({ reason });
}
