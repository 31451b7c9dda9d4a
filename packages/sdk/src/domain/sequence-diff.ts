/** A place of two sequences laid side by side: in both, in the first alone, or in the second alone. */
export type SequencePair<T> =
  | { readonly left: T; readonly right: T }
  | { readonly left: T; readonly right?: undefined }
  | { readonly left?: undefined; readonly right: T };

/** Cells of the table that is filled; beyond that, what stands between equal ends counts as replaced. */
const mostCells = 4_000_000;

/** Lays two sequences side by side so that as many elements as possible of one key stand opposite each other. */
export function diffSequences<T>(
  left: readonly T[],
  right: readonly T[],
  keyOf: (element: T) => string,
): readonly SequencePair<T>[] {
  const a = left.map(keyOf);
  const b = right.map(keyOf);
  let begin = 0;
  while (begin < a.length && begin < b.length && a[begin] === b[begin]) begin += 1;
  let endA = a.length;
  let endB = b.length;
  while (endA > begin && endB > begin && a[endA - 1] === b[endB - 1]) {
    endA -= 1;
    endB -= 1;
  }
  const both = (from: number, to: number, shift: number): SequencePair<T>[] =>
    left
      .slice(from, to)
      .map((element, index) => ({ left: element, right: right[from + index + shift] as T })); // as long as the left
  const pairs = both(0, begin, 0);
  const rows = endA - begin;
  const columns = endB - begin;
  if (rows * columns > mostCells || rows === 0 || columns === 0) {
    for (const element of left.slice(begin, endA)) pairs.push({ left: element });
    for (const element of right.slice(begin, endB)) pairs.push({ right: element });
  } else {
    pairs.push(...middle(left.slice(begin, endA), right.slice(begin, endB), keyOf));
  }
  return [...pairs, ...both(endA, a.length, endB - endA)];
}

function middle<T>(
  left: readonly T[],
  right: readonly T[],
  keyOf: (element: T) => string,
): readonly SequencePair<T>[] {
  const a = left.map(keyOf);
  const b = right.map(keyOf);
  const width = b.length + 1;
  // How many pairs the rest from here on can have.
  const most = new Uint32Array((a.length + 1) * width);
  const at = (row: number, column: number): number => most[row * width + column] ?? 0;
  for (let row = a.length - 1; row >= 0; row -= 1) {
    for (let column = b.length - 1; column >= 0; column -= 1) {
      most[row * width + column] =
        a[row] === b[column]
          ? at(row + 1, column + 1) + 1
          : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const pairs: SequencePair<T>[] = [];
  let row = 0;
  let column = 0;
  while (row < a.length || column < b.length) {
    const [l, r] = [left[row], right[column]];
    if (row < a.length && column < b.length && a[row] === b[column]) {
      pairs.push({ left: l as T, right: r as T }); // both are there
      row += 1;
      column += 1;
    } else if (column >= b.length || (row < a.length && at(row + 1, column) >= at(row, column + 1))) {
      pairs.push({ left: l as T }); // it is there
      row += 1;
    } else {
      pairs.push({ right: r as T }); // it is there
      column += 1;
    }
  }
  return pairs;
}
