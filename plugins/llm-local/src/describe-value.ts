import type { Json, JsonObject } from '@agent-factory/sdk';

const mostItems = 12;
const mostCharacters = 1500;

/** Says a tool's result in words, for results that are no passages. */
export function describeValue(value: Json): string {
  if (value === null) return 'It was done; there is nothing to report.';
  if (typeof value === 'string') return cut(value.trim() || 'The result is empty.');
  if (typeof value !== 'object') return `The result is ${scalar(value)}.`;
  if (Array.isArray(value)) return describeList(value as readonly Json[]);
  return describeObject(value as JsonObject); // neither null nor a list
}

function describeObject(value: JsonObject): string {
  const { result, iso, timeZone } = value;
  if (typeof iso === 'string' && typeof timeZone === 'string') return describeTime(value, iso, timeZone);
  if (isScalar(result)) return `The result is ${scalar(result)}.`;
  const entries = Object.entries(value);
  if (entries.length === 0) return 'It was done; there is nothing to report.';
  const only = entries.length === 1 ? entries[0]?.[1] : undefined;
  if (Array.isArray(only)) return describeList(only as readonly Json[]);
  return cut(entries.map(([key, inner]) => `- ${label(key)}: ${inlineValue(inner)}`).join('\n'));
}

function describeTime(value: JsonObject, iso: string, timeZone: string): string {
  const { time, weekday, date, utcOffset } = value;
  const clock = typeof time === 'string' ? time : iso;
  const day = typeof weekday === 'string' ? ` on ${weekday}` : '';
  const on = typeof date === 'string' ? `${day === '' ? ' on' : ','} ${date}` : '';
  const offset = typeof utcOffset === 'string' ? ` (UTC${utcOffset})` : '';
  return `It is ${clock}${day}${on} in ${timeZone}${offset}.`;
}

function describeList(values: readonly Json[]): string {
  if (values.length === 0) return 'Nothing was found.';
  const lines = values.slice(0, mostItems).map((value) => `- ${inlineValue(value)}`);
  if (values.length > mostItems) lines.push(`- … and ${values.length - mostItems} more`);
  return cut(lines.join('\n'));
}

function inlineValue(value: Json): string {
  if (typeof value !== 'object' || value === null) return scalar(value);
  if (Array.isArray(value)) return (value as readonly Json[]).slice(0, mostItems).map(inlineValue).join(', ');
  return Object.entries(value)
    .map(([key, inner]) => `${label(key)} ${inlineValue(inner as Json)}`)
    .join(', ');
}

function isScalar(value: Json | undefined): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function scalar(value: string | number | boolean | null): string {
  if (value === null) return 'nothing';
  return typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
}

/** `utcOffset` and `utc_offset` as "utc offset". */
function label(key: string): string {
  return key
    .replace(/(\p{Ll})(\p{Lu})/gu, '$1 $2')
    .replace(/[_-]+/g, ' ')
    .toLowerCase();
}

function cut(text: string): string {
  return text.length > mostCharacters ? `${text.slice(0, mostCharacters).trimEnd()}…` : text;
}
