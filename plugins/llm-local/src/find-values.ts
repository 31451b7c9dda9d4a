import type { Found } from './found-value.ts';

const numberWords = 'zero one two three four five six seven eight nine ten eleven twelve'.split(' ');
const months = 'january february march april may june july august september october november december'.split(
  ' ',
);

/** Addresses, with or without `https://`. */
export function findUrls(text: string): Found[] {
  const whole = /\bhttps?:\/\/[^\s<>"'“”`)\]}]*[^\s<>"'“”`)\]}.,;:!?]/gi;
  const bare =
    /(?<![\w@./-])(?:[a-z0-9-]+\.)+(?:com|org|net|io|dev|edu|gov|info|app|ai|co|uk|de|fr|eu)\b(?:\/[^\s<>"')\]]*[^\s<>"')\].,;:!?])?/gi;
  const urls = all(text, whole, (match) => match[0]);
  return urls.length > 0 ? urls : all(text, bare, (match) => `https://${match[0]}`);
}

/** E-mail addresses. */
export function findEmails(text: string): Found[] {
  return all(text, /[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g, (match) => match[0]);
}

/** What stands in quotation marks. */
export function findQuoted(text: string): Found[] {
  const marks = /"([^"]+)"|“([^”]+)”|«([^»]+)»|`([^`]+)`|(?<![\p{L}\p{N}])'([^']+)'(?![\p{L}\p{N}])/gu;
  return all(text, marks, (match) => match.slice(1).find((part) => part !== undefined) ?? '');
}

/** Dates as `2026-01-31`, from that or from words. */
export function findDates(text: string): Found[] {
  const month = `(${months.map((name) => `${name.slice(0, 3)}(?:${name.slice(3)})?`).join('|')})\\.?`;
  const number = (name: string): number =>
    months.findIndex((full) => full.startsWith(name.toLowerCase().slice(0, 3))) + 1;
  return [
    ...all(text, /\b\d{4}-\d{2}-\d{2}\b/g, (match) => match[0]),
    ...all(
      text,
      new RegExp(`\\b(\\d{1,2})(?:st|nd|rd|th)?\\.? (?:of )?${month},? (\\d{4})\\b`, 'gi'),
      (match) => isoDate(match[3], number(match[2] ?? ''), match[1]),
    ),
    ...all(text, new RegExp(`\\b${month} (\\d{1,2})(?:st|nd|rd|th)?,? (\\d{4})\\b`, 'gi'), (match) =>
      isoDate(match[3], number(match[1] ?? ''), match[2]),
    ),
  ];
}

/** Times of day, `14:30`. */
export function findTimes(text: string): Found[] {
  return all(text, /\b(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d)?\b/g, (match) => match[0].padStart(5, '0'));
}

/** Numbers in digits, and those up to twelve in words. */
export function findNumbers(text: string): Found<number>[] {
  const digits =
    /(?<![\w.,/-])[-−]?\d{1,3}(?:,\d{3})+(?:\.\d+)?(?!\d)|(?<![\w.,/])(?:(?<![-\w] ?)[-−])?\d+(?:\.\d+)?(?![\w]*\.\d)/g;
  return [
    ...all(text, digits, (match) => Number(match[0].replaceAll(',', '').replace('−', '-'))),
    ...all(text, new RegExp(`\\b(${numberWords.join('|')})\\b`, 'gi'), (match) =>
      numberWords.indexOf(match[0].toLowerCase()),
    ),
  ].sort((a, b) => a.start - b.start);
}

/** Words with digits in them that look like the number or name of a thing: `A-1042`, `#17`. */
export function findCodes(text: string): Found[] {
  return all(
    text,
    /(?<![\w.-])#?([A-Za-z]*-?\d[\w-]*|[A-Z]{2,}-\w+)(?![\w.]*\.\w)/g,
    (match) => match[1] ?? '',
  );
}

/** Names of places after "in", "at", "for" or "near"; in small letters too where no capital is found. */
export function findPlaces(text: string): Found[] {
  const named =
    /\b(?:in|at|for|near|of|to|from)\s+((?:the\s+)?\p{Lu}[\p{L}.'’-]*(?:\s+\p{Lu}[\p{L}.'’-]*)*)/gu;
  const zone = /\b(?:[A-Z][A-Za-z]+\/[A-Z][A-Za-z_]+(?:\/[A-Z][A-Za-z_]+)?|UTC|GMT)\b/g;
  const places = [...all(text, zone, (match) => match[0]), ...group(text, named)];
  if (places.length > 0) return places;
  const small =
    /\b(?:in|at|near)\s+((?!(?:the|a|an|my|your|this|that|it|total|order|case|words?)\b)\p{L}{3,}(?:\s+(?!(?:right|now|today|please|at|is|and|or|the|on|this|currently)\b)\p{L}+){0,2})/giu;
  return group(text, small).map((place) => ({
    ...place,
    value: place.value.replace(/(?<!\p{L})\p{Ll}/gu, (letter) => letter.toUpperCase()),
  }));
}

function all<T>(text: string, pattern: RegExp, read: (match: RegExpMatchArray) => T): Found<T>[] {
  return [...text.matchAll(pattern)].map((match) => ({
    value: read(match),
    start: match.index,
    end: match.index + match[0].length,
  }));
}

function group(text: string, pattern: RegExp): Found[] {
  return [...text.matchAll(pattern)].map((match) => {
    const value = match[1] ?? '';
    const start = match.index + match[0].length - value.length;
    return { value: value.replace(/[.'’-]+$/, ''), start, end: start + value.length };
  });
}

function isoDate(year: string | undefined, month: number, day: string | undefined): string {
  return `${year}-${String(month).padStart(2, '0')}-${(day ?? '').padStart(2, '0')}`;
}
