import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { JsonObject } from '@agent-factory/sdk';
import { reasonOf } from '../run/failure.ts';

/** One definition as it was found, or why it could not be read. */
export interface DefinitionSource {
  /** Where a person finds it: a file, or a place in the configuration. */
  readonly place: string;
  readonly value?: unknown;
  readonly problem?: string;
}

/**
 * Every definition file of a folder, by name of the file; a folder that is not there holds none. Places are told
 * relative to `baseDir`.
 */
async function readDefinitionFiles(folder: string, baseDir: string): Promise<readonly DefinitionSource[]> {
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []; // what readdir throws has a code
    return [{ place: folder, problem: `cannot be read: ${reasonOf(error)}` }];
  }
  const files = names.filter((name) => /\.(?:ya?ml|json)$/i.test(name) && !name.startsWith('.')).sort();
  return Promise.all(files.map((name) => readDefinitionFile(join(folder, name), baseDir)));
}

async function readDefinitionFile(file: string, baseDir: string): Promise<DefinitionSource> {
  const near = relative(baseDir, file);
  const place = near.startsWith('..') ? file : near;
  try {
    const text = await readFile(file, 'utf8');
    if (/\.json$/i.test(file)) return { place, value: JSON.parse(text) as unknown };
    // Loaded only when there is such a file: it takes a part of a cold start.
    const { parse } = await import('yaml');
    return { place, value: parse(text) as unknown };
  } catch (error) {
    return { place, problem: `cannot be read: ${reasonOf(error).split('\n', 1)[0] ?? ''}` };
  }
}

/** The definitions of one kind, as they are found: in the configuration, then in files. */
export async function sourcesOf(
  key: string,
  inline: readonly JsonObject[],
  folder: string,
  baseDir: string,
): Promise<readonly DefinitionSource[]> {
  const placed = inline.map((value, index) => ({ place: `config ${key}/${index}`, value }));
  return [...placed, ...(await readDefinitionFiles(folder, baseDir))];
}
