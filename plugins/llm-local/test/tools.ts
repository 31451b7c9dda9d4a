import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject, JsonSchema } from '@agent-factory/sdk';
import type { LanguageModel, ModelTool } from '@agent-factory/sdk/contracts';
import type { Message } from '@agent-factory/sdk/domain';

/** A tool for a test: what a model is told of it, and what it does. */
export interface TestTool extends ModelTool {
  run(input: JsonObject): Json;
}

/** A tool whose input is an object with these properties. */
export function tool(
  name: string,
  description: string,
  properties: JsonSchema,
  run: (input: JsonObject) => Json = () => null,
  required: readonly string[] = Object.keys(properties),
): TestTool {
  return { name, description, input: { type: 'object', properties, required }, run };
}

const text = (value: Json | undefined): string => (typeof value === 'string' ? value : '');

const folder = join(import.meta.dirname, 'fixtures/docs');

interface Section {
  readonly source: string;
  readonly line: number;
  readonly endLine: number;
  readonly heading: string;
  readonly text: string;
}

/** The sections of a folder of Markdown, each with its lines. */
function sections(): Section[] {
  return readdirSync(folder).flatMap((source) => {
    const lines = readFileSync(join(folder, source), 'utf8').trimEnd().split('\n');
    const starts = lines.flatMap((line, at) => (line.startsWith('#') ? [at] : []));
    return starts.map((start, n) => {
      const end = starts[n + 1] ?? lines.length;
      const body = lines.slice(start + 2, end);
      return {
        source,
        line: start + 3,
        endLine: end,
        heading: (lines[start] ?? '').replace(/^#+ /, ''),
        text: body.join('\n').trimEnd(),
      };
    });
  });
}

/** Searches the fixture documents by shared word beginnings. */
export const searchDocuments: TestTool = tool(
  'search_documents',
  'Searches the documents of this platform and returns the passages that match best.',
  {
    query: { type: 'string', description: 'What to look for.' },
    limit: { type: 'integer', minimum: 1, maximum: 20 },
  },
  ({ query }) => {
    const beginnings = (words: string): string[] =>
      (words.toLowerCase().match(/\w{4,}/g) ?? []).map((word) => word.slice(0, 5));
    const wanted = new Set(beginnings(text(query)));
    const results = sections()
      .map((section) => ({
        ...section,
        score: beginnings(`${section.heading} ${section.text}`).filter((word) => wanted.has(word)).length,
      }))
      .filter(({ score }) => score > 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, 6);
    const citations = results.map(({ source, line, endLine, text }) => ({
      source,
      line,
      endLine,
      quote: text,
    }));
    return { query: text(query), results, citations };
  },
  ['query'],
);

/** A calculator that knows the sums of the tests. */
export const calculate: TestTool = tool(
  'calculate',
  'Calculates an arithmetic expression. Use it for every calculation.',
  { expression: { type: 'string', description: 'Numbers, + - * / and parentheses.' } },
  ({ expression }) => ({ expression: expression ?? null, result: expression === '12 * (3 + 4)' ? 84 : 12 }),
);

/** A clock that stands still. */
const currentTime: TestTool = tool(
  'current_time',
  'Tells the current date and time, in a time zone if one is given.',
  { timeZone: { type: 'string', description: 'IANA name or city.' } },
  ({ timeZone }) => ({
    iso: '2026-03-29T14:05:00+09:00',
    timeZone: timeZone === 'Tokyo' ? 'Asia/Tokyo' : 'UTC',
    weekday: 'Sunday',
    date: '2026-03-29',
    time: '14:05:00',
    utcOffset: '+09:00',
  }),
  [],
);

/** One page. */
export const fetchUrl: TestTool = tool(
  'fetch_url',
  'Fetches a web page and returns its text.',
  {
    url: { type: 'string', description: 'The address.' },
    maxBytes: { type: 'integer', description: 'Read at most this much.' },
  },
  ({ url }) => ({
    url: url ?? null,
    status: 200,
    title: 'Lions',
    text: 'Lions are large cats. They sleep twenty hours a day. A lion eats seven kilograms of meat a day.',
    truncated: false,
  }),
  ['url'],
);

/** What the quickstart agent has. */
export const everyday: readonly TestTool[] = [calculate, currentTime, fetchUrl, searchDocuments];

/** A conversation in which tools are really called. */
export interface Talk {
  readonly calls: { readonly name: string; readonly input: JsonObject }[];
  readonly answer: string;
}

/** Asks one question after another and gives the last answer with the calls that led to it. */
export async function talk(
  model: LanguageModel,
  tools: readonly TestTool[],
  ...questions: string[]
): Promise<Talk> {
  const { signal } = new AbortController();
  const messages: Message[] = [];
  let last: Talk = { calls: [], answer: '' };
  for (const question of questions) {
    const calls: Talk['calls'] = [];
    messages.push({ role: 'user', content: question });
    for (let answered = false; !answered;) {
      if (calls.length > 8) throw new Error('it goes round in circles');
      const { message } = await model.generate({ model: 'tools', messages, tools }, { signal });
      messages.push(message);
      for (const { id, name, input } of message.toolCalls ?? []) {
        calls.push({ name, input });
        const found = tools.find((one) => one.name === name);
        messages.push({ role: 'tool', toolCallId: id, name, ...outcome(found, input) });
      }
      answered = !message.toolCalls;
      last = { calls, answer: message.content };
    }
  }
  return last;
}

function outcome(found: TestTool | undefined, input: JsonObject): { content: string; isError?: boolean } {
  try {
    const output = found?.run(input) ?? null;
    return { content: typeof output === 'string' ? output : JSON.stringify(output) };
  } catch (error) {
    return {
      content: JSON.stringify({ code: 'AF_X', message: (error as Error).message, fix: 'Try later.' }),
      isError: true,
    };
  }
}
