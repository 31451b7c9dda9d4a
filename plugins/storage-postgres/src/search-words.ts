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
const longestWord = 200;

/**
 * The words of any text as a `tsquery`, each quoted, joined by "or"; without accents and in lower case, as the index has
 * them. Stop words are left out when other words are there. `undefined` when the text holds no word.
 */
export function toWordQuery(query: string): string | undefined {
  const words = new Set<string>();
  const plain = query
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '');
  for (const [word] of plain.matchAll(/[\p{L}\p{N}\p{M}\p{Co}]+/gu))
    if (word.length <= longestWord) words.add(word);
  const telling = [...words].filter((word) => !stopWords.has(word));
  const chosen = (telling.length > 0 ? telling : [...words]).slice(0, mostWords);
  return chosen.length > 0 ? chosen.map((word) => `'${word}'`).join(' | ') : undefined;
}
