import type { Json, JsonObject } from '@agent-factory/sdk';
import { bestStatements, type Passage, type QuotedStatement } from './best-statements.ts';
import type { Conversation, ToolOutcome } from './conversation.ts';
import { describeValue } from './describe-value.ts';
import { splitStatements } from './split-statements.ts';
import { contentWords } from './words.ts';

/** The last line of every answer made from results: nobody shall take it for a model's. */
const note = '(llm-local, no language model: put together from the results of tools.)';

/** Characters of a page that are looked at. */
const mostRead = 100_000;

/** Makes an answer of what tools gave back. */
export function composeAnswer({ question, outcomes }: Conversation): string {
  const parts = outcomes.map((outcome) => describeOutcome(outcome, question));
  return [...new Set(parts), note].join('\n\n');
}

function describeOutcome(outcome: ToolOutcome, question: string): string {
  const value = parse(outcome.content);
  if (outcome.isError) return `The tool ${outcome.call.name} failed: ${describeFailure(value)}`;
  const asked = typeof outcome.call.input['query'] === 'string' ? outcome.call.input['query'] : question;
  const passages = passagesIn(value);
  if (passages) return fromPassages(asked, passages);
  const page = pageIn(value);
  if (page) return fromPage(question, page);
  return describeValue(value);
}

function fromPassages(question: string, passages: readonly Passage[]): string {
  const quoted = bestStatements(question, passages);
  if (quoted.length > 0) return quote(quoted);
  const words = [...new Set(contentWords(question).map((word) => word.text))].slice(0, 8).join(', ');
  return `I found nothing in the documents that answers this${words ? ` (looked for: ${words})` : ''}. Try other words.`;
}

function fromPage(question: string, page: Passage): string {
  const quoted = bestStatements(withoutUrls(question), [page]);
  if (quoted.length > 0) return quote(quoted);
  const opening = splitStatements(page.text).slice(0, 3);
  if (opening.length === 0) return `The page has no text. [${page.source}]`;
  const title = page.heading ? `"${page.heading}" begins: ` : 'It begins: ';
  return `${title}${opening.map(({ text }) => text).join(' ')} [${page.source}]`;
}

/** Prose for one or two sentences, a list for more; each with the place it stands at. */
function quote(statements: readonly QuotedStatement[]): string {
  const asList = statements.length > 2 || statements.some(({ kind }) => kind !== 'sentence');
  const texts = statements.map((statement) => {
    const place = citation(statement);
    if (statement.kind === 'listing') return `${statement.text}\n${place}`;
    const text = statement.text.length > 600 ? `${statement.text.slice(0, 600).trimEnd()}…` : statement.text;
    return `${asList && statements.length > 1 ? '- ' : ''}${text} ${place}`;
  });
  return texts.join(asList ? '\n' : ' ');
}

/** `[source:line]`: the line the statement itself stands on. */
function citation({ passage, line }: QuotedStatement): string {
  if (passage.line === undefined) return `[${passage.source}]`;
  return `[${passage.source}:${Math.min(passage.line + line, passage.endLine ?? Infinity)}]`;
}

function parse(content: string): Json {
  try {
    return JSON.parse(content) as Json; // JSON.parse makes nothing else
  } catch {
    return content;
  }
}

function describeFailure(value: Json): string {
  const said = asObject(value);
  const inner = asObject(said?.['error'] ?? null) ?? said;
  if (typeof inner?.['message'] !== 'string') return typeof value === 'string' ? value : describeValue(value);
  const fix = inner['fix'];
  return typeof fix === 'string' && fix !== '' ? `${inner['message']} ${fix}` : inner['message'];
}

function passagesIn(value: Json): Passage[] | undefined {
  const results = asObject(value)?.['results'];
  if (!Array.isArray(results)) return undefined;
  const passages = (results as readonly Json[]).flatMap((result) => {
    const one = asObject(result);
    return typeof one?.['text'] === 'string' ? [toPassage(one, one['text'])] : [];
  });
  return passages.length === results.length ? passages : undefined;
}

function pageIn(value: Json): Passage | undefined {
  const page = asObject(value);
  const { url, text, title } = page ?? {};
  if (typeof url !== 'string' || typeof text !== 'string') return undefined;
  return {
    source: url,
    text: text.slice(0, mostRead),
    ...(typeof title === 'string' && title !== '' && { heading: title }),
  };
}

function toPassage(result: JsonObject, text: string): Passage {
  const { source, url, line, endLine, heading, title } = result;
  const name = typeof source === 'string' ? source : typeof url === 'string' ? url : 'result';
  const above = typeof heading === 'string' ? heading : title;
  return {
    text,
    source: name,
    ...(typeof line === 'number' && { line }),
    ...(typeof endLine === 'number' && { endLine }),
    ...(typeof above === 'string' && { heading: above }),
  };
}

function asObject(value: Json): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined;
}

function withoutUrls(text: string): string {
  return text.replace(/https?:\/\/\S+/g, ' ');
}
