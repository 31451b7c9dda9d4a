import type { Statement } from './split-statements.ts';
import { contentWords, wordsOf } from './words.ts';

/** What speaks for a statement beside the words it shares with the question; less what speaks against it. */
export function bonus(
  question: string,
  unit: Statement & { rank: number; index: number },
  pairs: ReadonlySet<string>,
): number {
  const { text, kind } = unit;
  let sum = Math.max(0, 0.12 - unit.rank * 0.02) + (unit.index === 0 ? 0.04 : 0);
  for (const pair of pairsOf(text)) if (pairs.has(pair)) sum += 0.06;
  if (
    asksForNumber(question) &&
    /\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|never|always)\b/i.test(text)
  )
    sum += 0.15;
  if (asksFor(question, 'why') && /\b(?:because|so that|since|therefore|otherwise|reason)\b/i.test(text))
    sum += 0.15;
  if (
    asksFor(question, 'where') &&
    /[\w-]+\/|\b\w+\.(?:ya?ml|json|ts|js|md|db)\b|\b(?:under|inside|beside|folder|file)\b/.test(text)
  )
    sum += 0.1;
  const howTo = asksFor(question, 'how (?:do|can|to|should)|(?:which|what) command');
  if (howTo && (kind === 'listing' || /`[^`]+ [^`]+`/.test(text))) sum += 0.15;
  sum += definition(text, question);
  return sum - blemish(text, kind, howTo);
}

/** What makes a statement worse to read, whatever it is about. */
function blemish(text: string, kind: Statement['kind'], howTo: boolean): number {
  const words = wordsOf(text).length;
  let sum = Math.min(0.3, Math.max(0, words - 30) * 0.004);
  if (words < 5) sum += 0.15;
  if (/^(?:it|they|this|these|that|those|he|she|but|however|otherwise|also)\b/i.test(text)) sum += 0.08;
  if (kind === 'listing' && !howTo) sum += 0.25;
  return text.endsWith('?') ? sum + 0.2 : sum;
}

/** "A plugin is …", "Lease: …" when asked what a plugin or a lease is. */
function definition(text: string, question: string): number {
  const asked = /^(?:what|who) (?:is|are|was|were) (?:an? |the )?(.+?)\??$/i.exec(question.trim())?.[1];
  if (asked === undefined) return 0;
  const subject = asked.toLowerCase();
  const begin = text
    .toLowerCase()
    .replace(/^(?:an?|the)\s+/, '')
    .replace(/^[`"]/, '');
  if (
    begin.startsWith(subject) &&
    /^s?\b[`"]?\s*(?:is|are|was|means|:|–|—|\()/.test(begin.slice(subject.length))
  )
    return 0.3;
  return new RegExp(
    `\\b(?:is|are) (?:an? |the )?(?:\\w+ )?${subject.replace(/[^\p{L}\p{N}\s]/gu, '.')}\\b`,
    'u',
  ).test(begin)
    ? 0.15
    : 0;
}

/** Whether the answer is probably a number, a date or a span. */
export function asksForNumber(question: string): boolean {
  return asksFor(
    question,
    'how (?:many|much|long|often|old|big)|(?:which|what) (?:port|version|number)|when',
  );
}

function asksFor(question: string, words: string): boolean {
  return new RegExp(`\\b(?:${words})\\b`, 'i').test(question);
}

/** JSON and the like: not meant to be read. */
export function isData(text: string): boolean {
  return /^[[{]|["'][\w.-]+["']\s*:/.test(text);
}

/** Content words that stand next to each other. */
export function pairsOf(text: string): ReadonlySet<string> {
  const words = contentWords(text);
  return new Set(words.slice(1).map((word, n) => `${words[n]?.stem} ${word.stem}`));
}
