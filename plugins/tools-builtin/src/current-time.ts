import type { Tool } from '@agent-factory/sdk/contracts';
import { findTimeZone } from './time-zone.ts';

/** What `current_time` depends on. */
export interface CurrentTimeOptions {
  /** Milliseconds since the epoch. Default `Date.now`. */
  readonly now?: () => number;
}

/** The tool `current_time`: what the clock says, here or in another time zone. */
export function createCurrentTime({ now = Date.now }: CurrentTimeOptions = {}): Tool {
  return {
    name: 'current_time',
    description:
      'Tells the current date and time, in a city or time zone if one is given. Use it for questions about now, ' +
      'today, the weekday or the time somewhere.',
    input: {
      type: 'object',
      properties: {
        timeZone: {
          type: 'string',
          minLength: 1,
          maxLength: 100,
          description:
            'An IANA time zone ("Asia/Tokyo"), a city ("Tokyo") or an offset ("+09:00"). Left out: the time zone ' +
            'of the server.',
          examples: ['Asia/Tokyo', 'New York', 'UTC'],
        },
      },
      additionalProperties: false,
    },
    output: {
      type: 'object',
      properties: {
        iso: { type: 'string', description: 'Date, time and offset (ISO 8601).' },
        timeZone: { type: 'string', description: 'The IANA time zone.' },
        weekday: { type: 'string', description: 'In English.' },
        date: { type: 'string', description: 'Year, month, day: 2026-03-29.' },
        time: { type: 'string', description: 'Hours, minutes, seconds: 14:05:00.' },
        utcOffset: { type: 'string', description: 'Hours and minutes ahead of UTC: +09:00.' },
      },
      required: ['iso', 'timeZone', 'weekday', 'date', 'time', 'utcOffset'],
      additionalProperties: false,
    },
    effect: 'read',
    timeoutMs: 5000,
    async run(input, { signal }) {
      signal.throwIfAborted();
      const wanted = input['timeZone'];
      const timeZone =
        typeof wanted === 'string' ? findTimeZone(wanted) : Intl.DateTimeFormat().resolvedOptions().timeZone;
      return { ...describeTime(now(), timeZone) };
    },
  };
}

interface LocalTime {
  readonly iso: string;
  readonly timeZone: string;
  readonly weekday: string;
  readonly date: string;
  readonly time: string;
  readonly utcOffset: string;
}

function describeTime(at: number, timeZone: string): LocalTime {
  const formatted = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    weekday: 'long',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    timeZoneName: 'longOffset',
  }).formatToParts(at);
  const part = (type: Intl.DateTimeFormatPartTypes): string =>
    formatted.find((each) => each.type === type)?.value ?? '';
  const date = `${part('year')}-${part('month')}-${part('day')}`;
  const time = `${part('hour')}:${part('minute')}:${part('second')}`;
  const utcOffset = part('timeZoneName').replace('GMT', '').replace('−', '-') || '+00:00';
  return { iso: `${date}T${time}${utcOffset}`, timeZone, weekday: part('weekday'), date, time, utcOffset };
}
