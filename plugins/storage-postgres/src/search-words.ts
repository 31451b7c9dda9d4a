import { searchWords } from '@agent-factory/sdk/contracts';

const longestWord = 200;

/**
 * The words of any text as a `tsquery`, each quoted, joined by "or"; without accents and in lower case, as the index has
 * them. Stop words are left out when other words are there. `undefined` when the text holds no word.
 */
export function toWordQuery(query: string): string | undefined {
  const plain = query
    .toLowerCase()
    .normalize('NFD')
    .replaceAll(/[\u0300-\u036f]/g, '');
  const words = searchWords(plain, longestWord);
  return words.length > 0 ? words.map((word) => `'${word}'`).join(' | ') : undefined;
}
