import { readList, readObject, readText } from '../protocol/wire-fields.ts';
import type { Wire } from '../protocol/model-protocol.ts';

/** What a fake model answers, in no protocol's words. */
export interface FakeReply {
  readonly text?: string;
  /** What it thinks before. */
  readonly thought?: string;
  readonly refused?: boolean;
  readonly toolCalls?: readonly FakeToolCall[];
  /** The answer was cut. */
  readonly cut?: boolean;
  readonly usage?: FakeUsage;
}

/** One tool call of a {@link FakeReply}; `arguments` is JSON text, or what the model wrote in its place. */
export interface FakeToolCall {
  readonly id?: string;
  readonly name: string;
  readonly arguments: string;
}

/** Tokens a fake model says it used. */
export interface FakeUsage {
  readonly input: number;
  readonly output: number;
  readonly cached?: number;
  readonly thought?: number;
}

/** What a fake model is asked, whatever the protocol. */
export interface FakeQuestion {
  readonly body: Wire;
  /** Names of the tools it may call; none where it must not. */
  readonly tools: readonly string[];
  /** Whether results of tools are there since the last message of the user. */
  readonly hasResults: boolean;
  /** Whether JSON of a schema is wanted. */
  readonly wantsJson: boolean;
}

/** A model that is no model. */
export type FakeModel = (question: FakeQuestion) => FakeReply;

const usage: FakeUsage = { input: 61, output: 14 };

const weatherJson = '{"city":"Oslo","degrees":7}';

/**
 * Calls the first tool once, with Oslo; then says how the weather is there, in words or as JSON: as the text, or
 * as the input of a tool named `answer`.
 */
export const weatherModel: FakeModel = ({ tools, hasResults, wantsJson }) => {
  const name = tools.find((tool) => tool !== 'answer');
  if (name !== undefined && !hasResults)
    return { toolCalls: [{ name, arguments: '{"city":"Oslo"}' }], usage };
  if (tools.includes('answer')) return { toolCalls: [{ name: 'answer', arguments: weatherJson }], usage };
  if (wantsJson) return { text: weatherJson, usage };
  return { text: 'It is 7 degrees with light rain in Oslo, so take a coat.', usage };
};

/** The question in a request of the OpenAI family or of Anthropic. */
export function readQuestion(body: Wire): FakeQuestion {
  const choice = body['tool_choice'];
  const isNone = choice === 'none' || readObject(choice)['type'] === 'none';
  const named = (tool: Wire): string =>
    readText(tool['name']) || readText(readObject(tool['function'])['name']);
  const said = readList(body['messages'] ?? body['input']);
  const format =
    body['response_format'] ??
    readObject(body['text'])['format'] ??
    readObject(body['output_config'])['format'];
  return {
    body,
    tools: isNone ? [] : readList(body['tools']).map(named),
    hasResults: holdsResult(said.at(-1)),
    wantsJson: readText(readObject(format)['type']).startsWith('json'),
  };
}

function holdsResult(message: Wire | undefined): boolean {
  if (!message) return false;
  if (message['role'] === 'tool' || message['type'] === 'function_call_output') return true;
  return readList(message['content']).some((block) => block['type'] === 'tool_result');
}

/** Text in the pieces it is streamed in. */
export function inPieces(text: string): readonly string[] {
  return text.match(/\s*\S+/g) ?? (text === '' ? [] : [text]);
}

/** JSON text cut where nobody would cut it. */
export function inHalves(text: string): readonly string[] {
  const middle = Math.ceil(text.length / 2);
  return [text.slice(0, middle), text.slice(middle)].filter((part) => part !== '');
}

/** The usage of a reply, or a usual one. */
export function usageOf(reply: FakeReply): FakeUsage {
  return reply.usage ?? usage;
}
