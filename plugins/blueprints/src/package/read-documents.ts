import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, realpath } from 'node:fs/promises';
import { extname, join, posix, relative, sep } from 'node:path';
import type { JsonObject } from '@agent-factory/sdk';
import type { BlueprintProblem } from '@agent-factory/sdk/contracts';
import type { KnowledgeBase, KnowledgeSource } from '@agent-factory/sdk/domain';
import type { BlueprintsConfig } from '../config.ts';
import { reasonOf } from '../json-value.ts';

/** A document that a blueprint brings into a knowledge base. */
export interface BlueprintDocument {
  /** Its name in the base: from the folder that is named. */
  readonly source: string;
  /** Where it lies. */
  readonly path: string;
  /** SHA-256 of its bytes, hex. */
  readonly hash: string;
}

/** What reading documents needs. */
export interface ReadDocumentsContext {
  readonly limits: BlueprintsConfig;
  /** Endings that some loader reads, without the dot; none where nobody reads documents, which is told elsewhere. */
  readonly extensions: ReadonlySet<string>;
}

type FolderSource = KnowledgeSource & { readonly type: 'folder' };

/** The base as a tenant keeps it: documents of folders are given to it, and the folders are the blueprint's own. */
export function withoutFolders(base: JsonObject): JsonObject {
  const { sources } = base as unknown as KnowledgeBase; // fits its schema
  return { ...base, sources: sources.filter(({ type }) => type !== 'folder') } as unknown as JsonObject;
}

/** The documents in the folders that a base names, with what is wrong with them. Links are not followed. */
export async function readDocuments(
  root: string,
  file: string,
  base: JsonObject,
  context: ReadDocumentsContext,
): Promise<{
  readonly documents: readonly BlueprintDocument[];
  readonly problems: readonly BlueprintProblem[];
}> {
  const documents: BlueprintDocument[] = [];
  const problems: BlueprintProblem[] = [];
  const sources = Array.isArray(base['sources']) ? (base['sources'] as readonly unknown[]) : []; // checked later
  for (const [index, each] of sources.entries()) {
    const { type, path } = Object(each) as Partial<FolderSource>;
    if (type !== 'folder' || typeof path !== 'string') continue;
    const problem = (message: string, fix: string): void => {
      problems.push({ file, path: `/sources/${index}/path`, message, fix });
    };
    try {
      const found = await listFolder(root, each as FolderSource, context);
      if (found.length === 0) problem('holds no document', 'Put one there, or mend "include".');
      for (const document of found) {
        if (documents.some(({ source }) => source === document.source))
          problem(`has "${document.source}" again`, 'Names are those within the folder: rename one.');
        else documents.push(document);
      }
    } catch (error) {
      problem(`cannot be read: ${reasonOf(error)}`, 'Name a folder of the blueprint, from its own folder.');
    }
  }
  return { documents, problems };
}

async function listFolder(
  root: string,
  { path, include, exclude = [] }: FolderSource,
  { limits, extensions }: ReadDocumentsContext,
): Promise<readonly BlueprintDocument[]> {
  const own = await realpath(root);
  const folder = await realpath(join(root, path));
  if (folder !== own && !folder.startsWith(own + sep)) throw new Error('it leads out of the blueprint');
  const matches = (globs: readonly string[], name: string): boolean =>
    globs.some((glob) => posix.matchesGlob(name, glob));
  const found: BlueprintDocument[] = [];
  const waiting = [folder];
  for (let current = waiting.shift(); current !== undefined; current = waiting.shift()) {
    for (const { name } of await sorted(current)) {
      const file = join(current, name);
      const source = relative(folder, file).split(sep).join('/');
      const stat = await lstat(file);
      if (stat.isDirectory()) waiting.push(file);
      const isTaken = include
        ? matches(include, source)
        : extensions.size === 0 || extensions.has(extname(name).slice(1).toLowerCase());
      if (!stat.isFile() || !isTaken || matches(exclude, source)) continue;
      if (found.length >= limits.maxFiles) throw new Error(`it has more than ${limits.maxFiles} documents`);
      if (stat.size > limits.maxDocumentBytes)
        throw new Error(`${source} has more than ${limits.maxDocumentBytes} bytes`);
      const hash = createHash('sha256')
        .update(await readFile(file))
        .digest('hex');
      found.push({ source, path: file, hash });
    }
  }
  return found;
}

async function sorted(folder: string): Promise<readonly { readonly name: string }[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
