const mostCharacters = 240;

/** The sentence or line of a passage that shares most words with a question. */
export function quoteOf(text: string, question: string): string {
  const words = wordsOf(question);
  const sentences = text.split(/\n|(?<=[.!?]) +/).filter((sentence) => sentence.trim() !== '');
  let [best, most] = ['', -1];
  for (const sentence of sentences) {
    let shared = 0;
    for (const word of wordsOf(sentence)) if (words.has(word)) shared++;
    if (shared > most) [best, most] = [sentence.trim(), shared];
  }
  return best.length <= mostCharacters ? best : `${best.slice(0, mostCharacters - 1).trimEnd()}…`;
}

/** Words of three letters or more, cut to their first six so that endings do not matter. */
function wordsOf(text: string): ReadonlySet<string> {
  return new Set((text.toLowerCase().match(/[\p{L}\p{N}]{3,}/gu) ?? []).map((word) => word.slice(0, 6)));
}
