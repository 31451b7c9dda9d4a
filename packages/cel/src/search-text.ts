/** Code units of a part up to which the engine's own search is used: it is quickest, and takes that much for each unit at worst. */
const shortPart = 32;

/** `indexOf`, in time that grows with the lengths alone: the engine's takes their product for texts that repeat themselves. */
export function firstPlace(all: string, part: string, from: number): number {
  return part.length <= shortPart ? all.indexOf(part, from) : scan(all, part, from, 1);
}

/** `lastIndexOf`, in such time too. */
export function lastPlace(all: string, part: string, from: number): number {
  if (part.length <= shortPart) return all.lastIndexOf(part, from);
  return scan(all, part, Math.min(from + part.length, all.length) - 1, -1);
}

/** Knuth, Morris and Pratt, Fast Pattern Matching in Strings (1977), forwards or backwards. */
function scan(all: string, part: string, start: number, step: 1 | -1): number {
  const { length } = part;
  if (length > all.length) return -1;
  const unitAt = (place: number): number => part.charCodeAt(step > 0 ? place : length - 1 - place);
  /** For each beginning of the part: how much of it ends the way it begins. */
  const borders = new Int32Array(length);
  const grown = (held: number, unit: number): number => {
    let border = held;
    while (border > 0 && unitAt(border) !== unit) border = borders[border - 1] ?? 0;
    return unitAt(border) === unit ? border + 1 : 0;
  };
  for (let place = 1, border = 0; place < length; place++)
    borders[place] = border = grown(border, unitAt(place));
  for (let at = start, held = 0; at >= 0 && at < all.length; at += step) {
    held = grown(held, all.charCodeAt(at));
    if (held === length) return step > 0 ? at - length + 1 : at;
  }
  return -1;
}
