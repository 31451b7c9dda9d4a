import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** When anything below a path last changed. */
export interface NewestChange {
  /** Milliseconds since the epoch; 0 where there is nothing. */
  readonly at: number;
  /** How many files there are: one taken away changes nothing else. */
  readonly files: number;
}

/**
 * Looks through a file or folder, without node_modules and what begins with a dot.
 *
 * @param isWhole - the folder was put in place as it is, as in the store, so only when that was counts
 */
export function newestChange(path: string, isWhole = false): NewestChange {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found) return { at: 0, files: 0 };
  // Not mtime, which copying tools set to whatever it was.
  if (isWhole || !found.isDirectory()) return { at: found.ctimeMs, files: 1 };
  let at = 0;
  let files = 0;
  for (const name of readdirSync(path)) {
    if (name === 'node_modules' || name.startsWith('.')) continue;
    const below = newestChange(join(path, name));
    at = Math.max(at, below.at);
    files += below.files;
  }
  return { at, files };
}
