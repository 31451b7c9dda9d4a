/**
 * At most how many instructions a regular expression compiles to, roughly: one for each character it has, and as many
 * copies of what stands before `{n,m}` as it says. Looks at the text alone, so a pattern is judged before it is
 * compiled; one that cannot be read gets some number.
 */
export function instructionsOf(pattern: string): number {
  const groups: number[] = [];
  let size = 0; // of the group so far
  let last = 0; // of the item that a count would repeat
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] ?? '';
    const count = character === '{' ? /^\{(\d*)(?:,(\d*))?\}/.exec(pattern.slice(at, at + 16)) : null;
    if (count) {
      const times = Math.max(Number(count[1] ?? 0), Number(count[2] ?? 0), 1);
      size += last * (times - 1) + times;
      last *= times;
      at += count[0].length - 1;
      continue;
    }
    if (character === '(') {
      groups.push(size);
      size = 0;
      last = 0;
    } else if (character === ')') {
      last = size + 2;
      size = (groups.pop() ?? 0) + last;
    } else {
      const length =
        character === '[' ? classLength(pattern, at) : character === '\\' ? escapeLength(pattern, at) : 1;
      // Classes of Unicode and of texts that ignore case become many ranges.
      last =
        character === '[' ? 1 + (length >> 2) : 1 + Number(/^\\[pP]/.test(pattern.slice(at, at + 2))) * 8;
      size += last;
      at += length - 1;
    }
  }
  return groups.reduce((sum, each) => sum + each, size) + 2;
}

function classLength(pattern: string, at: number): number {
  let end = at + 1;
  if (pattern[end] === '^') end += 1;
  if (pattern[end] === ']') end += 1;
  while (end < pattern.length && pattern[end] !== ']') end += pattern[end] === '\\' ? 2 : 1;
  return end - at + 1;
}

function escapeLength(pattern: string, at: number): number {
  return /^\\([pP]\{[^}]*\}|x\{[^}]*\}|x..|Q.*?(\\E|$)|[^])/.exec(pattern.slice(at))?.[0].length ?? 1;
}
