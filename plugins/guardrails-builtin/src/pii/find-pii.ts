import { isIPv4, isIPv6 } from 'node:net';
import type { Found } from '../texts-of.ts';
import { isCardNumber } from './card-number.ts';
import { findIbans } from './iban.ts';
import { nationalIds, type NationalIdKind } from './national-id.ts';

/** What can be found. */
export type PiiKind = 'email' | 'phone' | 'credit-card' | 'iban' | 'ip' | NationalIdKind;

type Finder = (text: string) => readonly { readonly start: number; readonly end: number }[];

/** Calling codes of countries and services, by their first digits (ITU-T E.164). */
const callingCode =
  /^(?:1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[12469]|9[0-58]|(?:2[1-689]|35|37|38|42|50|59|67|68|69|80|85|87|88|96|97)\d|99[2-68])/;
const cardRun = /(?<![\p{L}\p{N}])\d(?:[ -]?\d){11,30}(?![\p{L}\p{N}])/gu;
const phoneRun = /(?<![\p{L}\p{N}+])(?:\+|00)[1-9](?:[ ()./-]{0,2}\d){6,14}(?![\p{L}\p{N}])/gu;
const ip4 = /(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)/g;
const ip6 = /(?<![\w:.])(?=[0-9a-f]{0,4}:[0-9a-f]{0,4}:)[0-9a-f:.]{2,45}(?![\w:])/gi;

const general: Readonly<Record<Exclude<PiiKind, NationalIdKind>, Finder>> = {
  email: findEmails,
  phone: (text) =>
    all(text, phoneRun, (found) => {
      const digits = found.replace(/\D/g, '').replace(found.startsWith('+') ? '' : /^00/, '');
      return digits.length >= 8 && digits.length <= 15 && callingCode.test(digits);
    }),
  'credit-card': findCards,
  iban: findIbans,
  ip: (text) => [...all(text, ip4, isIPv4), ...findIp6(text)],
};

/** Every kind there is. */
export const piiKinds: readonly PiiKind[] = [
  ...(Object.keys(general) as (keyof typeof general)[]), // its own keys
  ...(Object.keys(nationalIds) as NationalIdKind[]), // its own keys
];

/** Personal data in a text, of some kinds; each is more than a shape: check digits, ranges or rules hold. */
export function findPii(text: string, kinds: readonly PiiKind[]): readonly Found[] {
  // Nothing that is looked for is without a digit or an at sign.
  if (!/[\d@]/.test(text)) return [];
  const found: Found[] = [];
  for (const kind of kinds) {
    const spans =
      kind in general
        ? general[kind as keyof typeof general](text)
        : findNational(kind as NationalIdKind, text); // one or the other
    for (const span of spans) found.push({ ...span, kind });
  }
  return found.length > 1 ? apart(found) : found;
}

/** From left to right, and of those that overlap the one that begins first, or is longer. */
function apart(found: readonly Found[]): readonly Found[] {
  let end = 0;
  return found
    .toSorted((a, b) => a.start - b.start || b.end - a.end)
    .filter((each) => {
      const isApart = each.start >= end;
      if (isApart) ({ end } = each);
      return isApart;
    });
}

function findNational(kind: NationalIdKind, text: string): ReturnType<Finder> {
  const { pattern, valid } = nationalIds[kind];
  return all(text, pattern, valid);
}

function all(text: string, pattern: RegExp, valid: (found: string) => boolean): ReturnType<Finder> {
  const spans: { start: number; end: number }[] = [];
  // Hardly ever is there one, and looking costs less than walking.
  if (text.search(pattern) < 0) return spans;
  for (const { 0: found, index } of text.matchAll(pattern)) {
    if (valid(found)) spans.push({ start: index, end: index + found.length });
  }
  return spans;
}

/** A run of digits may hold more than a card's number: a date after it, a count before. Its groups are tried. */
function findCards(text: string): ReturnType<Finder> {
  const spans: { start: number; end: number }[] = [];
  if (text.search(cardRun) < 0) return spans;
  for (const { 0: run, index } of text.matchAll(cardRun)) {
    const groups = [...run.matchAll(/\d+/g)].map((group) => ({
      start: group.index,
      end: group.index + group[0].length,
    }));
    for (let from = 0; from < groups.length; from++) {
      const start = groups[from]?.start ?? 0;
      const to = cardEnd(run, groups, from);
      if (to === undefined) continue;
      spans.push({ start: index + start, end: index + (groups[to]?.end ?? 0) });
      from = to;
    }
  }
  return spans;
}

/** The last group of the longest card number that begins with a group. */
function cardEnd(
  run: string,
  groups: readonly { readonly start: number; readonly end: number }[],
  from: number,
): number | undefined {
  const first = groups[from];
  let [digits, found]: [number, number | undefined] = [0, undefined];
  for (let at = from; first && at < groups.length && digits < 19; at++) {
    const group = groups[at];
    if (group === undefined) break;
    digits += group.end - group.start;
    if (digits >= 12 && digits <= 19 && isCardNumber(run.slice(first.start, group.end))) found = at;
  }
  return found;
}

function findIp6(text: string): ReturnType<Finder> {
  const spans: { start: number; end: number }[] = [];
  for (const { 0: found, index } of text.matchAll(ip6)) {
    const plain = found.replace(/\.+$/, '');
    if (plain !== '::' && isIPv6(plain)) spans.push({ start: index, end: index + plain.length });
  }
  return spans;
}

/** Looks to both sides of each at sign, so that the time does not grow with what stands between them. */
function findEmails(text: string): ReturnType<Finder> {
  const spans: { start: number; end: number }[] = [];
  if (!text.includes('@')) return spans;
  const domain = /(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.){1,8}[a-z]{2,24}(?![\p{L}\p{N}_-])/iuy;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    const local =
      /[\p{L}\p{N}!#$%&'*+/=?^_`{|}~.-]{1,64}$/u.exec(text.slice(Math.max(0, at - 64), at))?.[0] ?? '';
    const name = local.replace(/^[^\p{L}\p{N}]+/u, '');
    domain.lastIndex = at + 1;
    const host = domain.exec(text)?.[0];
    if (name === '' || name.endsWith('.') || name.includes('..') || host === undefined) continue;
    spans.push({ start: at - name.length, end: at + 1 + host.length });
  }
  return spans;
}
