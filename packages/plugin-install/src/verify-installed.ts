import { existsSync } from 'node:fs';
import { verifyFiles } from '@agent-factory/plugin-package';
import { errors } from './errors.ts';
import { readInstalled, type InstalledSet } from './installed-set.ts';
import { placesIn } from './store-places.ts';
import { filesBelow } from './unpack.ts';

/** What the check of one installed plugin's files found. */
export interface Verdict {
  readonly id: string;
  readonly name: string;
  readonly version: string;
  readonly authorKey: string;
  /** How many files were compared. */
  readonly files: number;
  /** What is wrong, as a sentence. */
  readonly problem?: string;
}

/** Compares every file of every installed plugin with what its author signed. Needs no network. */
export function verifyInstalled(
  dataDir: string,
  { plugins }: InstalledSet = readInstalled(dataDir),
): readonly Verdict[] {
  return Object.entries(plugins).map(([id, { name, version, integrity, authorKey }]) => {
    const folder = placesIn(dataDir).package(id, version, integrity);
    const about = { id, name, version, authorKey };
    if (!existsSync(folder)) return { ...about, files: 0, problem: 'Its folder in the store is missing.' };
    try {
      const files = filesBelow(folder);
      verifyFiles(files, { name, version }, { keyId: authorKey });
      return { ...about, files: files.length };
    } catch (error) {
      return { ...about, files: 0, problem: (error as Error).message };
    }
  });
}

/** Refuses a set whose files are not what was signed. @throws AF_INSTALL_CHANGED */
export function refuseChanged(dataDir: string, set?: InstalledSet): void {
  const bad = verifyInstalled(dataDir, set).filter(({ problem }) => problem !== undefined);
  if (bad.length === 0) return;
  const list = bad.map(({ id, version, problem }) => `- ${id} ${version}: ${problem}`).join('\n');
  throw errors.AF_INSTALL_CHANGED({ list });
}
