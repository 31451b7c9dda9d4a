/** A vector with few entries: place to weight. */
export type SparseVector = ReadonlyMap<string, number>;

/** Words that say little about what a text is about. */
const small = new Set(
  'a an the i you he she it we they me my your our to of in on at for and or is are was be do does did have has had can could would will with this that please'.split(
    ' ',
  ),
);

/**
 * A text as the words it has and the parts of three letters they have; of length 1. Texts with the same words, or forms
 * of them, are near each other. It knows nothing of meaning: "refund" and "money back" are strangers.
 */
export function lexicalVector(text: string): SparseVector {
  const folded = text
    .slice(0, 4000)
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
  const words = folded.match(/[\p{L}\p{N}]+/gu) ?? [];
  const weights = new Map<string, number>();
  const add = (key: string, weight: number): void => void weights.set(key, (weights.get(key) ?? 0) + weight);
  for (const word of words) {
    const weight = small.has(word) ? 0.1 : 1;
    add(word, weight);
    const padded = ` ${word} `;
    for (let at = 0; at + 3 <= padded.length; at++)
      add(`#${padded.slice(at, at + 3)}`, (weight * 0.8) / word.length);
  }
  return scaled(weights);
}

function scaled(weights: ReadonlyMap<string, number>): SparseVector {
  let sum = 0;
  const damped = new Map<string, number>();
  for (const [key, weight] of weights) {
    const each = Math.sqrt(weight);
    damped.set(key, each);
    sum += each * each;
  }
  const length = Math.sqrt(sum);
  for (const [key, weight] of damped) damped.set(key, weight / length);
  return damped;
}

/** How alike two vectors are, from 0 to 1. */
export function alike(a: SparseVector, b: SparseVector): number {
  let sum = 0;
  for (const [key, weight] of a) sum += weight * (b.get(key) ?? 0);
  return Math.min(1, sum);
}
