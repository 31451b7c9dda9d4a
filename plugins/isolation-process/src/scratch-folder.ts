import { lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder for the files of one process of another user, or of this one. */
export interface ScratchFolder {
  readonly folder: string;
  /** Bytes of all files in it now; infinite where that cannot be found out. */
  bytes(): number;
  remove(): void;
}

/** More entries than that are as bad as too many bytes. */
const mostEntries = 10_000;

/** Makes a folder that its owner alone may look into. */
export function makeScratchFolder(): ScratchFolder {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'agent-factory-scratch-')));
  return {
    folder,
    bytes() {
      let [bytes, entries] = [0, 0];
      const folders = [folder];
      for (let at = folders.pop(); at !== undefined; at = folders.pop())
        try {
          for (const entry of readdirSync(at, { withFileTypes: true })) {
            entries += 1;
            if (entries > mostEntries) return Infinity;
            const path = join(at, entry.name);
            if (entry.isDirectory()) folders.push(path);
            else bytes += lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
          }
        } catch {
          // It went meanwhile.
        }
      return bytes;
    },
    remove: () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }),
  };
}
