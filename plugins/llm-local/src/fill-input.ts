import type { Json, JsonObject } from '@agent-factory/sdk';
import {
  findCodes,
  findDates,
  findEmails,
  findNumbers,
  findPlaces,
  findQuoted,
  findTimes,
  findUrls,
} from './find-values.ts';
import { findExpression } from './find-expression.ts';
import { overlaps, type Found, type Span } from './found-value.ts';
import { searchQuery } from './search-query.ts';
import type { ParameterSchema, ToolParameter, ToolProfile } from './tool-profile.ts';
import { wordsOf } from './words.ts';

/** What a message gives for a tool's parameters. */
export interface FilledInput {
  readonly input: JsonObject;
  /** Required parameters the message says nothing of. */
  readonly missing: readonly string[];
  /** The places of the message that were used. */
  readonly used: readonly Span[];
  /** A value of a kind that few tools take was found: a sum, an address. */
  readonly telling: boolean;
}

interface Message {
  readonly text: string;
  readonly before: string;
  readonly profile: ToolProfile;
  readonly used: Span[];
}

const passagesWanted = 10;
const tellingKinds = /^(?:expression|formula|calculation)$|url|uri|link|e-?mail/i;

/** Fills a tool's parameters from a message; nothing is guessed that the message does not say. */
export function fillInput(profile: ToolProfile, text: string, before: string): FilledInput {
  const message: Message = { text, before, profile, used: [] };
  const input: Record<string, Json> = {};
  const missing: string[] = [];
  let telling = false;
  for (const parameter of profile.parameters) {
    const value = valueFor(parameter, message);
    if (value !== undefined) {
      input[parameter.name] = value;
      telling ||= tellingKinds.test(parameter.name) || isUrl(parameter.schema);
    } else if (parameter.required && parameter.schema.default === undefined) missing.push(parameter.name);
    else if (parameter.required) input[parameter.name] = parameter.schema.default as Json; // the tool's own, from JSON
  }
  return { input, missing, used: message.used, telling };
}

function valueFor(parameter: ToolParameter, message: Message): Json | undefined {
  const { schema, required } = parameter;
  if (schema.const !== undefined) return required ? (schema.const as Json) : undefined; // JSON, from the schema
  if (schema.enum) return namedValues(schema.enum, message)[0];
  const type = Array.isArray(schema.type) ? schema.type[0] : schema.type;
  switch (type) {
    case 'integer':
    case 'number':
      return numberFor(parameter, type === 'integer', message);
    case 'boolean':
      return booleanFor(parameter, message);
    case 'array':
      return listFor(schema.items ?? {}, message);
    case 'string':
      return stringFor(parameter, message);
    default:
      return undefined; // objects are not pieced together from words
  }
}

function numberFor(parameter: ToolParameter, whole: boolean, message: Message): number | undefined {
  const { minimum = -Infinity, maximum = Infinity } = parameter.schema;
  const free = findNumbers(message.text).filter(
    (found) =>
      isFree(found, message) &&
      found.value >= minimum &&
      found.value <= maximum &&
      (!whole || Number.isInteger(found.value)),
  );
  const names = new Set(wordsOf(parameter.name).map((word) => word.stem));
  const named = wordsOf(message.text).filter((word) => names.has(word.stem));
  const near = free.find((found) =>
    named.some((word) => gap(message.text, word, found) || gap(message.text, found, word)),
  );
  // More passages give a better choice of sentences than the few a model would ask for.
  if (!near && message.profile.isSearch && parameter.name === 'limit' && maximum >= passagesWanted)
    return passagesWanted;
  // A number that stands next to no name is meant for what is needed, not for an option.
  return take(near ?? (parameter.required ? free[0] : undefined), message);
}

/** Whether `a` stands just before `b`: "limit 5", "limit: 5", "20 sides", "20-sided". */
function gap(text: string, a: Span, b: Span): boolean {
  return a.end <= b.start && /^\s*(?:(?:is|of|to|=|:|-)\s*)?$/.test(text.slice(a.end, b.start));
}

function booleanFor(parameter: ToolParameter, message: Message): boolean | undefined {
  const name = wordsOf(parameter.name).map((word) => word.text.toLowerCase());
  const said = new RegExp(
    `(\\b(?:not?|without|don't|dont|skip)\\s+(?:\\w+\\s+)?)?\\b${name.join('[\\s_-]*')}\\b(\\s*[:=]?\\s*(?:false|no|off)\\b)?`,
    'i',
  );
  const match = said.exec(message.text);
  if (!match) return undefined;
  return match[1] === undefined && match[2] === undefined;
}

function listFor(items: ParameterSchema, message: Message): Json | undefined {
  if (items.enum) return nonEmpty(namedValues(items.enum, message));
  if (items.type === 'number' || items.type === 'integer') {
    const free = findNumbers(message.text).filter((found) => isFree(found, message));
    return nonEmpty(free.map((found) => take(found, message)));
  }
  if (items.type !== 'string') return undefined;
  const quoted = findQuoted(message.text).filter((found) => isFree(found, message));
  if (quoted.length > 0) return quoted.map((found) => take(found, message) ?? '');
  const listed = /:\s*(.+)$/.exec(message.text)?.[1];
  return listed === undefined
    ? undefined
    : nonEmpty(listed.split(/\s*,\s*|\s+and\s+/).filter((item) => item !== ''));
}

function nonEmpty(values: readonly (Json | undefined)[]): Json | undefined {
  return values.length > 0 ? (values as Json) : undefined; // callers put no `undefined` in
}

function namedValues(values: readonly unknown[], message: Message): Json[] {
  return values.filter((value): value is string | number | boolean => {
    const name = wordsOf(String(value)).map((word) => word.text.replace(/[^\p{L}\p{N}]/gu, ''));
    if (typeof value === 'object' || name.length === 0) return false;
    const match = new RegExp(`(?<![\\p{L}\\p{N}])${name.join('[\\s_-]*')}(?![\\p{L}\\p{N}])`, 'iu').exec(
      message.text,
    );
    if (match) message.used.push({ start: match.index, end: match.index + match[0].length });
    return match !== null;
  });
}

function stringFor({ name, schema, required }: ToolParameter, message: Message): string | undefined {
  const { text } = message;
  const pick = (found: readonly Found[]): string | undefined =>
    take(
      found.find((one) => isFree(one, message) && fitsPattern(one.value, schema)),
      message,
    );
  if (isUrl(schema) || /^(?:url|uri|link|href|website|address)$/i.test(name)) return pick(findUrls(text));
  if (schema.format === 'email' || /e-?mail|recipient/i.test(name)) return pick(findEmails(text));
  if (schema.format === 'date' || /date$/i.test(name)) return pick(findDates(text));
  if (schema.format === 'time' || /^time$/i.test(name)) return pick(findTimes(text));
  if (/^(?:expression|formula|calculation)$/i.test(name)) {
    const found = findExpression(text);
    return pick(found ? [found] : []);
  }
  if (/^(?:time_?zone|tz|zone|city|location|place|country|town|region)$/i.test(name))
    return pick(findPlaces(text));
  if (/^(?:query|question|keywords|q)$/i.test(name)) return searchQuery(text, message.before);
  const quoted = pick(findQuoted(text)) ?? pick(namedIn(text, name));
  if (quoted !== undefined || !required) return quoted;
  if (/(?:id|number|code|key|sku)$/i.test(name)) return pick(findCodes(text));
  return only(message) ? restOf(message) : undefined;
}

/** "city: Oslo", "the title is Green". */
function namedIn(text: string, name: string): Found[] {
  const words = wordsOf(name).map((word) => word.text);
  const match = new RegExp(
    `\\b${words.join('[\\s_-]*')}\\b\\s*(?:is|=|:|named|called)\\s*([^,.;?!\\n]+)`,
    'i',
  ).exec(text);
  const value = match?.[1]?.trim();
  if (!match || !value) return [];
  return [{ value, start: match.index, end: match.index + match[0].length }];
}

/** Whether there is one required parameter, so that the rest of the message can only be meant for it. */
function only({ profile }: Message): boolean {
  return profile.parameters.filter(({ required }) => required).length === 1;
}

/** What follows the tool's own words: "Translate good morning" gives "good morning". */
function restOf({ text, profile, used }: Message): string | undefined {
  const words = wordsOf(text);
  const first = words.findIndex((word) => profile.name.has(word.stem));
  if (first < 0 || first > 3) return undefined;
  const next = words.slice(first).find((word) => !profile.name.has(word.stem));
  if (!next) return undefined;
  const rest = text
    .slice(next.start)
    .replace(/^(?:the|this|text|of|for|to me)\b[: ]*/i, '')
    .replace(/[\s?!.]+$/, '');
  if (rest === '') return undefined;
  used.push({ start: next.start, end: text.length });
  return rest;
}

function isUrl(schema: ParameterSchema): boolean {
  return schema.format === 'uri' || schema.format === 'url' || schema.format === 'iri';
}

function isFree(span: Span, message: Message): boolean {
  return !message.used.some((used) => overlaps(used, span));
}

function take<T>(found: Found<T> | undefined, message: Message): T | undefined {
  if (found) message.used.push({ start: found.start, end: found.end });
  return found?.value;
}

function fitsPattern(value: string, { pattern }: ParameterSchema): boolean {
  if (pattern === undefined) return true;
  try {
    return value.length <= 200 && new RegExp(pattern, 'u').test(value);
  } catch {
    return true; // a pattern of another dialect is left to the tool's own check
  }
}
