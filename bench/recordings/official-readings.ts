import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import type { Protocol } from './read-recordings.ts';

/** What an answer says. */
export interface Reading {
  readonly text: string;
  /** Name and input of each call, as JSON. */
  readonly calls: readonly string[];
}

const question = [{ role: 'user' as const, content: 'x' }];

/** How the official clients read an answer of the server at `origin`; they throw what they make of an error. */
export function officialReadings(
  origin: string,
): Readonly<Record<Protocol, (isStream: boolean) => Promise<Reading>>> {
  const common = { apiKey: 'not-a-key', maxRetries: 0 };
  const openai = new OpenAI({ ...common, baseURL: `${origin}/v1` });
  const anthropic = new Anthropic({ ...common, baseURL: origin });
  return {
    async chat(isStream) {
      const asked = { model: 'any', messages: question };
      const { choices } = isStream
        ? await openai.chat.completions.stream(asked).finalChatCompletion()
        : await openai.chat.completions.create(asked);
      const message = choices[0]?.message;
      return {
        text: message?.content ?? message?.refusal ?? '',
        calls: (message?.tool_calls ?? []).flatMap((call) =>
          call.type === 'function' ? callText(call.function.name, read(call.function.arguments)) : [],
        ),
      };
    },
    async responses(isStream) {
      const asked = { model: 'any', input: 'x' };
      const { output } = isStream
        ? await openai.responses.stream(asked).finalResponse()
        : await openai.responses.create(asked);
      const contents = output.flatMap((item) => (item.type === 'message' ? item.content : []));
      return {
        text: contents.map((part) => (part.type === 'refusal' ? part.refusal : part.text)).join(''),
        calls: output.flatMap((item) =>
          item.type === 'function_call' ? callText(item.name, read(item.arguments)) : [],
        ),
      };
    },
    async messages(isStream) {
      const asked = { model: 'any', max_tokens: 1, messages: question };
      const { content } = isStream
        ? await anthropic.messages.stream(asked).finalMessage()
        : await anthropic.messages.create(asked);
      return {
        text: content.map((block) => (block.type === 'text' ? block.text : '')).join(''),
        calls: content.flatMap((block) =>
          block.type === 'tool_use' ? callText(block.name, block.input) : [],
        ),
      };
    },
  };
}

/** A call as one text, to be compared. */
export function callText(name: string, input: unknown): string {
  return `${name} ${JSON.stringify(input)}`;
}

function read(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return text;
  }
}
