import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { errors } from './errors.ts';

/** How files are written. */
export interface WriteOptions {
  /** Write over files that exist. Default false. */
  readonly force?: boolean;
}

/**
 * Writes files into a folder that need not exist, all or none: nothing is written if one is in the way.
 *
 * @param files - path below the folder to content
 * @returns the paths written, relative to the working directory
 * @throws AF_CREATE_FILE_EXISTS or AF_CREATE_FOLDER_UNUSABLE
 */
export function writeFiles(
  folder: string,
  files: Readonly<Record<string, string>>,
  { force = false }: WriteOptions = {},
): readonly string[] {
  const target = resolve(folder);
  const placed = Object.entries(files).map(([name, text]) => ({ file: join(target, name), text }));
  for (const { file } of placed) checkPlace(file, force);
  for (const { file, text } of placed) {
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      throw errors.AF_CREATE_FOLDER_UNUSABLE({ folder: dirname(file), reason }, { cause: error });
    }
  }
  return placed.map(({ file }) => relative('.', file));
}

/** Refuses a file that exists, and one whose folder cannot be made because a file has its name. */
function checkPlace(file: string, force: boolean): void {
  if (existsSync(file) && (!force || statSync(file).isDirectory())) {
    throw errors.AF_CREATE_FILE_EXISTS({ file: relative('.', file) });
  }
  let folder = dirname(file);
  while (!existsSync(folder)) folder = dirname(folder);
  if (!statSync(folder).isDirectory()) {
    throw errors.AF_CREATE_FOLDER_UNUSABLE({ folder: dirname(file), reason: `${folder} is a file` });
  }
}
