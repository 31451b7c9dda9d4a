import type { RunEvent } from '@agent-factory/sdk/domain';
import type { Mismatch } from './replay-run.ts';
import { differencesIn } from './same-data.ts';

const mostPlaces = 12;
const mostChars = 240;

/** The first difference between a record and its replay, for people: one line a place, `-` recorded, `+` replayed. */
export function mismatchText({ recorded, type, data }: Mismatch): string {
  const event = recorded?.event;
  if (event && type === event.type) {
    return differencesIn(type, event.data, data)
      .slice(0, mostPlaces)
      .flatMap(({ path, before, after }) => [
        `- ${path || '/'}: ${short(before)}`,
        `+ ${path || '/'}: ${short(after)}`,
      ])
      .join('\n');
  }
  const was = event ? told(event) : 'nothing more';
  const is = type === undefined ? 'nothing more' : `${type} ${short(data)}`;
  return `- ${was}\n+ ${is}`;
}

function told({ type, data }: RunEvent): string {
  return `${type} ${short(data)}`;
}

function short(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > mostChars ? `${text.slice(0, mostChars)}…` : text;
}
