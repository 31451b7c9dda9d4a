import { randomBytes } from 'node:crypto';
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { errors } from './errors.ts';

/** Writes a file in one step: after a crash there is the old one or the new one. @throws AF_INSTALL_STORE */
export function writeDurably(file: string, content: string | Uint8Array): void {
  const draft = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(draft, content, { flag: 'wx', flush: true });
    renameSync(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw storeFailed(error);
  }
}

/** What the file system refused, as an error for people. */
export function storeFailed(error: unknown): Error {
  const { code, path } = error as NodeJS.ErrnoException; // from node:fs
  if (code === undefined || code.startsWith('AF_')) return error as Error; // ours, or a fault
  const mend =
    code === 'ENOSPC'
      ? 'Free some space, then try again. Nothing was changed.'
      : 'Let this user write there. Nothing was changed.';
  return errors.AF_INSTALL_STORE({ reason: `${path ?? 'a file'}: ${code}`, mend }, { cause: error });
}
