/** Vectors of length one, one after another, each with the key of its chunk. */
export interface VectorBlock {
  readonly keys: Float64Array;
  /** When each is over, in milliseconds since the epoch; 0 never. */
  readonly ends: Float64Array;
  readonly values: Float32Array;
  readonly count: number;
}

/** A chunk and its cosine with what was looked for. */
export interface Near {
  readonly key: number;
  readonly likeness: number;
}

/** The nearest so far, at most `most`. */
export class Nearest {
  readonly #most: number;
  /** A heap with the least near on top. */
  readonly #heap: Near[] = [];

  constructor(most: number) {
    this.#most = most;
  }

  /** Looks at vectors `from` to `to` of a block. */
  look(block: VectorBlock, query: Float32Array, from: number, to: number, which: Which): void {
    const { keys, ends, values } = block;
    const { length } = query;
    const { now, allowed, minLikeness } = which;
    for (let row = from; row < to; row++) {
      const likeness = dot(values, row * length, query);
      const least = this.#heap.length < this.#most ? minLikeness : (this.#heap[0]?.likeness ?? minLikeness);
      if (likeness < least) continue;
      const end = ends[row] ?? 0;
      const key = keys[row] ?? 0;
      if ((end !== 0 && end <= now) || (allowed && !allowed.has(key))) continue;
      this.#add({ key, likeness });
    }
  }

  /** Best first; equal ones in order of their keys. */
  sorted(): readonly Near[] {
    return this.#heap.toSorted((a, b) => b.likeness - a.likeness || a.key - b.key);
  }

  #add(near: Near): void {
    const heap = this.#heap;
    if (heap.length < this.#most) {
      heap.push(near);
      for (let at = heap.length - 1; at > 0;) {
        const parent = (at - 1) >> 1;
        if (!isBefore(heap, at, parent)) break;
        swap(heap, at, parent);
        at = parent;
      }
      return;
    }
    if (heap[0] === undefined || !isLess(heap[0], near)) return;
    heap[0] = near;
    for (let at = 0; ;) {
      const left = 2 * at + 1;
      let least = at;
      if (left < heap.length && isBefore(heap, left, least)) least = left;
      if (left + 1 < heap.length && isBefore(heap, left + 1, least)) least = left + 1;
      if (least === at) return;
      swap(heap, at, least);
      at = least;
    }
  }
}

/** Which vectors count. */
export interface Which {
  /** Milliseconds since the epoch. */
  readonly now: number;
  readonly allowed: ReadonlySet<number> | undefined;
  readonly minLikeness: number;
}

/** Four sums at a time, which the processor can make side by side. */
function dot(values: Float32Array, offset: number, query: Float32Array): number {
  const { length } = query;
  const even = length - (length % 4);
  let [a, b, c, d] = [0, 0, 0, 0];
  let at = 0;
  for (; at < even; at += 4) {
    const place = offset + at;
    a += (values[place] ?? 0) * (query[at] ?? 0);
    b += (values[place + 1] ?? 0) * (query[at + 1] ?? 0);
    c += (values[place + 2] ?? 0) * (query[at + 2] ?? 0);
    d += (values[place + 3] ?? 0) * (query[at + 3] ?? 0);
  }
  for (; at < length; at++) a += (values[offset + at] ?? 0) * (query[at] ?? 0);
  return a + b + c + d;
}

function isLess(one: Near, other: Near): boolean {
  return one.likeness < other.likeness || (one.likeness === other.likeness && one.key > other.key);
}

function isBefore(heap: readonly Near[], at: number, other: number): boolean {
  const [one, two] = [heap[at], heap[other]];
  return one !== undefined && two !== undefined && isLess(one, two);
}

function swap(heap: Near[], at: number, other: number): void {
  const [one, two] = [heap[at], heap[other]];
  if (one === undefined || two === undefined) return;
  heap[at] = two;
  heap[other] = one;
}
