import type { Logger } from '@agent-factory/sdk';
import type { TextSearch, Tool } from '@agent-factory/sdk/contracts';
import { createCalculate } from './calculate.ts';
import type { ToolsBuiltinConfig } from './config.ts';
import { createCurrentTime } from './current-time.ts';
import { createDocumentIndex } from './document-index.ts';
import { createFetchUrl } from './fetch-url.ts';
import { createSearchDocuments } from './search-documents.ts';

/** What {@link createBuiltinTools} needs. */
export interface BuiltinToolsOptions {
  readonly config: ToolsBuiltinConfig;
  readonly textSearch: TextSearch;
  readonly log: Logger;
}

/** The tools, and what keeps them in order. */
export interface BuiltinTools {
  readonly tools: readonly Tool[];
  /** Rejects when a document folder cannot be read. */
  check(): Promise<void>;
  /** Stops what runs in the background. */
  close(): Promise<void>;
}

/** Builds the tools; `search_documents` is among them only when there are documents to search. */
export function createBuiltinTools({ config, textSearch, log }: BuiltinToolsOptions): BuiltinTools {
  const tools = [
    createCalculate(),
    createCurrentTime(),
    createFetchUrl({
      allowHosts: config.allowHosts,
      timeoutMs: config.fetchTimeoutMs,
      maxBytes: config.fetchMaxBytes,
    }),
  ];
  if (config.documents.length === 0) return { tools, check: async () => {}, close: async () => {} };
  const { documents: folders, extensions, maxFileBytes, refreshMs } = config;
  const index = createDocumentIndex({ textSearch, folders, extensions, maxFileBytes, refreshMs, log });
  return {
    tools: [...tools, createSearchDocuments(index)],
    check: () => index.check(),
    close: () => index.close(),
  };
}
