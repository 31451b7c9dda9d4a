/** English words that say nothing about what is looked for. */
const stopWords: ReadonlySet<string> = new Set(
  (
    'a about after all also am an and any are as at be because been but by can could did do does doing for ' +
    'from had has have having he her here him his how i if in into is it its itself just me more most my no ' +
    'not of on once only or other our out over own please same she should so some such tell than that the ' +
    'their them then there these they this those through to too under until up us very was we were what when ' +
    'where which while who whom whose why will with would you your'
  ).split(' '),
);

/** Words of a query that are looked for; the rest of a longer one adds time, not meaning. */
const mostWords = 256;

/**
 * The words of a query that an engine of text search looks for, in lower case, each once: stop words are left out when
 * other words are there. `longest`: characters of a word an index can hold. Empty when the text holds no word.
 */
export function searchWords(query: string, longest: number = Infinity): readonly string[] {
  const words = new Set<string>();
  for (const [word] of query.toLowerCase().matchAll(/[\p{L}\p{N}\p{M}\p{Co}]+/gu))
    if (word.length <= longest) words.add(word);
  const telling = [...words].filter((word) => !stopWords.has(word));
  return (telling.length > 0 ? telling : [...words]).slice(0, mostWords);
}
