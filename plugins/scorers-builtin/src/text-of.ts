import type { Json } from '@agent-factory/sdk';

/** A value as text: JSON for anything but a text, nothing for nothing. */
export function textOf(value: Json | undefined): string {
  if (value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** A text in quotation marks for people, cut where it is long. */
export function quoted(value: Json | undefined): string {
  const text = textOf(value);
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120).toWellFormed()}…` : text);
}

/** What a text says as JSON; a value that is no text, or no JSON, as it is. */
export function parsed(value: Json | undefined): Json | undefined {
  if (typeof value !== 'string') return value;
  try {
    return JSON.parse(value) as Json; // what JSON.parse gives is JSON
  } catch {
    return value;
  }
}
