/**
 * The candidate a person most likely meant by `word`, or `undefined` when none is near. Nearness is the
 * Damerau-Levenshtein distance (a swap of neighbours counts once), case, `-` and `_` ignored; at most about
 * a third of the letters may differ.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > 100) return undefined;
  const folded = fold(word);
  let limit = Math.max(1, Math.floor(folded.length / 3)) + 1;
  let best: string | undefined;
  for (const candidate of candidates) {
    const other = fold(candidate);
    if (candidate === word || Math.abs(other.length - folded.length) >= limit) continue;
    const far = distance(folded, other);
    if (far >= limit || far >= Math.max(folded.length, other.length)) continue;
    limit = far;
    best = candidate;
  }
  return best;
}

function fold(word: string): string {
  return word.toLowerCase().replace(/[-_]/g, '');
}

function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
