import { createHash } from 'node:crypto';
import { basename } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { unlessAborted, type Logger } from '@agent-factory/sdk';
import type { TextHit, TextIndex, TextPassage, TextSearch } from '@agent-factory/sdk/contracts';
import {
  checkFolder,
  listDocuments,
  readDocumentBytes,
  type DocumentFile,
  type DocumentFilter,
} from './document-folder.ts';
import { decodeText, readDocument } from './read-document.ts';
import { splitPassages, splitterVersion } from './split-passages.ts';

/** What {@link createDocumentIndex} needs. */
export interface DocumentIndexOptions {
  readonly textSearch: TextSearch;
  /** Absolute folders, or single files. */
  readonly folders: readonly string[];
  /** Extensions of documents, without the dot. */
  readonly extensions: readonly string[];
  /** Larger files are left out, in bytes. */
  readonly maxFileBytes: number;
  /** Changed files are looked for at most this often, in milliseconds. */
  readonly refreshMs: number;
  readonly log: Logger;
  /** Milliseconds of a steady clock. Default `performance.now`. */
  readonly now?: () => number;
}

/** What one look at the folders changed. */
interface RefreshReport {
  /** Documents there are now. */
  readonly files: number;
  /** Read again, because they are new or changed. */
  readonly indexed: number;
  /** Taken out of the index. */
  readonly removed: number;
}

/** The documents of some folders, searchable; kept up to date by looking at them before a search. */
export interface DocumentIndex {
  /** Passages that match, best first. `signal` ends the waiting; indexing itself goes on for the next search. */
  search(query: string, limit: number, signal: AbortSignal): Promise<readonly TextHit[]>;
  /** Looks at the folders now. */
  refresh(): Promise<RefreshReport>;
  /** Rejects when a folder cannot be read. */
  check(): Promise<void>;
  /** Stops indexing; resolves when nothing of it runs. */
  close(): Promise<void>;
}

const progressEvery = 500;
/** Milliseconds of indexing after which other work gets its turn. */
const longTurn = 10;

/** Opens the index of `folders`; nothing is read before the first search. */
export function createDocumentIndex(options: DocumentIndexOptions): DocumentIndex {
  const { textSearch, folders, log, now = () => performance.now() } = options;
  const closed = new AbortController();
  const filter: DocumentFilter = {
    extensions: new Set(options.extensions.map((extension) => extension.replace(/^\./, '').toLowerCase())),
    maxBytes: options.maxFileBytes,
  };
  const prefixes = prefixesOf(folders);
  let index: Promise<TextIndex> | undefined;
  let running: Promise<RefreshReport> | undefined;
  let lookedAt = -Infinity;

  const openIndex = async (): Promise<TextIndex> => {
    index ??= textSearch.open(indexName(folders));
    try {
      return await index;
    } catch (error) {
      index = undefined; // the next search tries again
      throw error;
    }
  };

  async function lookAtFolders(): Promise<RefreshReport> {
    const opened = await openIndex();
    const known = await opened.groups();
    const files: DocumentFile[] = [];
    for (const [at, folder] of folders.entries()) {
      for await (const file of listDocuments(folder, prefixes[at] ?? '', filter, closed.signal))
        files.push(file);
    }
    const present = new Set(files.map((file) => file.source));
    const changed = files.filter((file) => known.get(file.source) !== fingerprint(file));
    const gone = [...known.keys()].filter((source) => !present.has(source));
    let turn = performance.now();
    for (const [at, file] of changed.entries()) {
      closed.signal.throwIfAborted();
      const bytes = await readDocumentBytes(file.path, options.maxFileBytes);
      if (bytes) await opened.replace(file.source, fingerprint(file), passagesOf(file, bytes));
      else if (known.has(file.source)) await opened.replace(file.source, '', []);
      if (at > 0 && at % progressEvery === 0)
        log.info(`Indexing documents: ${at} of ${changed.length} files.`);
      if (performance.now() - turn > longTurn) {
        await nextTurn();
        turn = performance.now();
      }
    }
    for (const source of gone) {
      closed.signal.throwIfAborted();
      await opened.replace(source, '', []);
    }
    const report = { files: files.length, indexed: changed.length, removed: gone.length };
    if (report.indexed + report.removed > 0) log.info('The document index is up to date.', { ...report });
    return report;
  }

  /** Searches that come meanwhile share one look. */
  function refresh(): Promise<RefreshReport> {
    running ??= lookAtFolders()
      .then((report) => {
        lookedAt = now();
        return report;
      })
      .finally(() => {
        running = undefined;
      });
    return running;
  }

  return {
    refresh,
    async search(query, limit, signal) {
      signal.throwIfAborted();
      closed.signal.throwIfAborted();
      if (now() - lookedAt >= options.refreshMs) await unlessAborted(refresh(), signal);
      const opened = await openIndex();
      return unlessAborted(opened.search(query, { limit }), signal);
    },
    async check() {
      for (const folder of folders) await checkFolder(folder);
    },
    async close() {
      closed.abort();
      await running?.catch(() => undefined);
    },
  };
}

function passagesOf(file: DocumentFile, bytes: Uint8Array): readonly TextPassage[] {
  const text = decodeText(bytes);
  // A file without text is kept as one empty passage, so that it is not read again at every look.
  const passages = text ? splitPassages(readDocument(file.path, text)) : [];
  const kept = passages.length > 0 ? passages : [{ line: 1, endLine: 1, headings: [], text: '' }];
  return kept.map(({ line, endLine, headings, text: words }, at) => ({
    id: `${file.source}#${at}`,
    group: file.source,
    title: headings.length > 0 ? headings.join(' > ') : words && basename(file.source),
    text: words,
    meta: { source: file.source, line, endLine, heading: headings.join(' > ') },
  }));
}

function fingerprint(file: DocumentFile): string {
  return `${file.stamp}-v${splitterVersion}`;
}

/** With several folders, each source begins with its folder's name; equal names are numbered. */
function prefixesOf(folders: readonly string[]): readonly string[] {
  if (folders.length < 2) return [''];
  const seen = new Map<string, number>();
  return folders.map((folder) => {
    const name = basename(folder);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count === 1 ? `${name}/` : `${name}-${count}/`;
  });
}

function indexName(folders: readonly string[]): string {
  const hash = createHash('sha256').update(JSON.stringify(folders)).digest('hex');
  return `tools_builtin_documents_${hash.slice(0, 12)}`;
}
