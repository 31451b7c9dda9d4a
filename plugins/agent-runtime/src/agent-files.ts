import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { parse } from 'yaml';
import { reasonOf } from './failure.ts';

/** One definition as it was found, or why it could not be read. */
export interface AgentSource {
  /** Where a person finds it: a file, or a place in the configuration. */
  readonly place: string;
  readonly value?: unknown;
  readonly problem?: string;
}

/** Every agent file of a folder, by name of the file; a folder that is not there holds none. Places are relative to `baseDir`. */
export async function readAgentFiles(folder: string, baseDir: string): Promise<readonly AgentSource[]> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const files = names.filter((name) => /\.(?:ya?ml|json)$/i.test(name) && !name.startsWith('.')).sort();
  return Promise.all(files.map((name) => readAgentFile(join(folder, name), baseDir)));
}

async function readAgentFile(file: string, baseDir: string): Promise<AgentSource> {
  const near = relative(baseDir, file);
  const place = near.startsWith('..') ? file : near;
  try {
    const text = await readFile(file, 'utf8');
    const value: unknown = /\.json$/i.test(file) ? JSON.parse(text) : parse(text, { prettyErrors: true });
    return { place, value };
  } catch (error) {
    return { place, problem: `cannot be read: ${reasonOf(error).split('\n', 1)[0] ?? ''}` };
  }
}
