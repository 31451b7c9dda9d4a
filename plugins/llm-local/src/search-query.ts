import { contentWords } from './words.ts';

const politeness =
  /^(?:(?:hi|hello|hey|please|ok|okay|so|well|and|also|now)\b[ ,!.]*|(?:can|could|would|will) you (?:please )?|(?:tell|show) me (?:about |how |(?=wh))?|i(?:'d| would) like to know |i want to know |do you know |i wonder |what about |how about |according to the doc\w*,? |in the doc\w*,? |(?:search|look)(?: in| through)?(?: the| my| these)? (?:docs?|documents?|documentation|files?)(?: for)? |search (?:for )?|look up |look for |find (?:out )?)/i;

/** A question without its courtesies, as a search wants it. */
function cleanQuestion(question: string): string {
  let text = question.replace(/\s+/g, ' ').trim();
  for (let shorter = ''; shorter !== text;) {
    shorter = text;
    text = text.replace(politeness, '').trimStart();
  }
  text = text.replace(/[,\s]*\b(?:please|thanks|thank you)[\s.!?]*$/i, '').replace(/[\s?!.:;]+$/, '');
  const quoted = /^["“”'](.+)["“”']$/.exec(text)?.[1];
  return quoted ?? (text || question.trim());
}

/**
 * What to search for: the question, and, where it leans on the one before ("And how long does it take?"), the
 * words that one was about.
 */
export function searchQuery(question: string, questionBefore: string): string {
  const query = cleanQuestion(question).slice(0, 400);
  if (questionBefore === '' || !leansOnBefore(question)) return query;
  const here = new Set(contentWords(query).map((word) => word.stem));
  const words = new Map(contentWords(questionBefore).map((word) => [word.stem, word.text]));
  const added = [...words].filter(([stem]) => !here.has(stem)).slice(0, 6);
  return [query, ...added.map(([, text]) => text)].join(' ');
}

function leansOnBefore(question: string): boolean {
  if (/\b(?:it|its|they|them|their|he|she|his|her|this|these|those|one)\b/i.test(question)) return true;
  if (/^(?:and|but|so|what about|how about|why|really)\b/i.test(question.trim())) return true;
  if (/\b(?:about|of|is|does|do|for|with) that\b/i.test(question)) return true;
  return contentWords(question).length <= 2;
}
