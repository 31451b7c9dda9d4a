import { searchWords } from '@agent-factory/sdk/contracts';

const mostChars = 65_536;
const mostWords = 256;
/** Longer ones are no words that somebody looks for. */
const longestWord = 64;

/** The words by which an entry is found: each once, of the first 65,536 characters at most 256. */
export function entryWords(text: string): readonly string[] {
  return searchWords(text.slice(0, mostChars), longestWord).slice(0, mostWords);
}

/** The words of a query. */
export function queryWords(text: string): readonly string[] {
  return searchWords(text, longestWord);
}
