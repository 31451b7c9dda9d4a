/** The name that is most likely meant: one that differs in a letter or two. */
export function nearest(name: string, names: readonly string[]): string | undefined {
  const most = name.length < 4 ? 1 : 2;
  let best: string | undefined;
  let least = most + 1;
  for (const each of names.slice(0, 200)) {
    const found = each.toLowerCase() === name.toLowerCase() ? 0 : distance(name, each, least);
    if (found < least) [best, least] = [each, found];
  }
  return best;
}

/** How many letters must be changed, added or taken out; `enough` where it is that many or more. */
function distance(a: string, b: string, enough: number): number {
  if (Math.abs(a.length - b.length) >= enough || a.length > 64) return enough;
  let before = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const now = [row];
    for (let at = 1; at <= b.length; at++) {
      const change = (before[at - 1] ?? 0) + (a[row - 1] === b[at - 1] ? 0 : 1);
      now.push(Math.min(change, (before[at] ?? 0) + 1, (now[at - 1] ?? 0) + 1));
    }
    before = now;
  }
  return Math.min(before[b.length] ?? enough, enough);
}
