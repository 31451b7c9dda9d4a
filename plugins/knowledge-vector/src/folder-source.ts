import { constants } from 'node:fs';
import { open, readdir, realpath } from 'node:fs/promises';
import { extname, join, posix, relative, sep } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { documentErrors, knowledgeErrors } from '@agent-factory/sdk/contracts';
import type { KnowledgeSource } from '@agent-factory/sdk/domain';
import type { SourceDocument } from './source-document.ts';

type FolderSource = KnowledgeSource & { readonly type: 'folder' };

/**
 * The documents below a folder, in the order of their names. Links are not followed, hidden files and `node_modules`
 * are left out. AF_KNOWLEDGE_INVALID when the folder cannot be listed.
 *
 * @param extensions endings that some loader reads, without the dot
 */
export async function* listFolder(
  base: string,
  { path, include, exclude = [] }: FolderSource,
  extensions: ReadonlySet<string>,
  signal: AbortSignal,
): AsyncGenerator<SourceDocument> {
  const root = await realpath(path).catch((error: unknown) => Promise.reject(unreadable(base, path, error)));
  const matches = (globs: readonly string[], name: string): boolean =>
    globs.some((glob) => posix.matchesGlob(name, glob));
  const waiting = [root];
  for (let current = waiting.shift(); current !== undefined; current = waiting.shift()) {
    signal.throwIfAborted();
    const entries = await readdir(current, { withFileTypes: true }).catch((error: unknown) => {
      // A folder below may vanish or be closed to us meanwhile; the one that is named may not.
      if (current === root) throw unreadable(base, path, error);
      return [];
    });
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue;
      const file = join(current, entry.name);
      if (entry.isDirectory()) waiting.push(file);
      if (!entry.isFile()) continue;
      const source = relative(root, file).split(sep).join('/');
      const isTaken = include
        ? matches(include, source)
        : extensions.has(extname(entry.name).slice(1).toLowerCase());
      if (isTaken && !matches(exclude, source)) yield { source, read: (max) => readFile(file, source, max) };
    }
  }
}

async function readFile(
  file: string,
  source: string,
  max: number,
): Promise<{ readonly content: Uint8Array }> {
  try {
    await using handle = await open(
      file,
      constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0),
    );
    const { size } = await handle.stat();
    if (size > max) throw documentErrors.AF_DOCUMENT_TOO_LARGE({ source, bytes: size, max });
    return { content: await handle.readFile() };
  } catch (error) {
    if (isAgentFactoryError(error)) throw error;
    const reason = `${reasonOf(error)}.`;
    throw documentErrors.AF_DOCUMENT_UNREADABLE({ source, kind: 'a file', reason }, { cause: error });
  }
}

function unreadable(name: string, path: string, error: unknown): Error {
  const reason = `its folder "${path}" cannot be listed: ${reasonOf(error)}`;
  const mend = 'Correct the path, or make the folder readable.';
  return knowledgeErrors.AF_KNOWLEDGE_INVALID({ name, reason, mend }, { cause: error });
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
  return code === 'ENOENT' ? 'it does not exist' : code === 'EACCES' ? 'access is denied' : code;
}
