import { defineCollection, type CollectionContract } from '../contract.ts';
import type { LoadedDocument } from '../domain/document.ts';

/** What goes with a document to be loaded. */
export interface DocumentRequest {
  /** Its name, for messages. */
  readonly source: string;
  /** Abort it to end the work; then it rejects with the signal's reason. */
  readonly signal: AbortSignal;
}

/** Reads documents of one kind. Gives the same blocks for the same bytes. */
export interface DocumentLoader {
  /** `markdown`: lower-case words with hyphens, unique. */
  readonly name: string;
  /** One sentence, for people. */
  readonly description: string;
  /** Of file names, in lower case, without the dot. */
  readonly extensions: readonly string[];
  /** Without parameters, in lower case. */
  readonly mediaTypes: readonly string[];
  /** Most bytes it takes. */
  readonly maxBytes: number;
  /**
   * Reads a document. A bad one rejects and harms nothing else: AF_DOCUMENT_TOO_LARGE, AF_DOCUMENT_BINARY,
   * AF_DOCUMENT_UNREADABLE.
   */
  load(content: Uint8Array, request: DocumentRequest): Promise<LoadedDocument>;
}

/** Collection of {@link DocumentLoader}. */
export const DocumentLoader: CollectionContract<DocumentLoader> = defineCollection<DocumentLoader>({
  id: 'document-loader',
  version: '1.0.0',
  description: 'Ways to read documents: Markdown, PDF and so on.',
});
