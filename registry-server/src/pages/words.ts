import type { Json } from '@agent-factory/sdk';

const monthNames =
  'January February March April May June July August September October November December'.split(' ');

/** A day as it is written: `3 May 2026`. */
export function shownDay(moment: string): string {
  const at = new Date(moment);
  return `${at.getUTCDate()} ${monthNames[at.getUTCMonth()]} ${at.getUTCFullYear()}`;
}

/** A size as it is read: `12 kB`, `1.4 MB`. */
export function shownBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const [value, unit] = bytes < 1e6 ? [bytes / 1000, 'kB'] : [bytes / 1e6, 'MB'];
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${unit}`;
}

/** A number with thin gaps: `12 345`. */
export function shownNumber(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

/** `1 version`, `2 versions`. */
export function counted(count: number, one: string, many: string = `${one}s`): string {
  return `${shownNumber(count)} ${count === 1 ? one : many}`;
}

/** The web address in a field of package.json, which holds a text or an object; `undefined` when it is none. */
export function webAddress(field: Json): string | undefined {
  const object = Object(field) as { readonly url?: unknown };
  const text = typeof field === 'string' ? field : typeof object.url === 'string' ? object.url : '';
  const plain = text.replace(/^git\+/, '').replace(/\.git$/, '');
  return /^https?:\/\/[^\s"'<>]+$/i.test(plain) && URL.canParse(plain) ? plain : undefined;
}

/** The address of a plugin's page. */
export function pluginPath(name: string): string {
  return `/plugins/${name
    .split('/')
    .map((part) => encodeURIComponent(part).replace(/^%40/, '@'))
    .join('/')}`;
}
