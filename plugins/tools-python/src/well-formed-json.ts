const mostLevels = 128;

/** Whether a value that was read as JSON is shallow enough to be walked, and holds no half of a character. */
export function isWellFormedJson(value: unknown): boolean {
  const open: (readonly [value: unknown, level: number])[] = [[value, 0]];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const [one, level] = at;
    if (typeof one === 'string' && !one.isWellFormed()) return false;
    if (typeof one !== 'object' || one === null) continue;
    if (level > mostLevels) return false;
    for (const [key, inner] of Object.entries(one)) {
      if (!key.isWellFormed()) return false;
      open.push([inner, level + 1]);
    }
  }
  return true;
}
