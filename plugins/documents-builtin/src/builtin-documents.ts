import { isAgentFactoryError } from '@agent-factory/sdk';
import { documentErrors, type DocumentLoader, type DocumentRequest } from '@agent-factory/sdk/contracts';
import type { LoadedDocument } from '@agent-factory/sdk/domain';
import type { BuiltinDocumentsConfig } from './config.ts';
import { decodeText } from './decode-text.ts';
import { readCsv } from './read-csv.ts';
import { readHtml } from './read-html.ts';
import { readMarkdown } from './read-markdown.ts';
import { readPdf } from './read-pdf.ts';
import { readText } from './read-text.ts';

type Read = (content: Uint8Array, request: DocumentRequest) => LoadedDocument | Promise<LoadedDocument>;

/** The text of a table may be as many times longer than the document: the names of its columns are in each row. */
const rowGrowth = 16;

/** The loaders of common documents. */
export function createBuiltinDocuments(config: BuiltinDocumentsConfig): readonly DocumentLoader[] {
  const { maxTextBytes, maxPdfBytes, maxPages } = config;
  const ofText =
    (read: (text: string, request: DocumentRequest) => LoadedDocument): Read =>
    (content, request) =>
      read(decodeText(content, request.source), request);
  return [
    {
      name: 'markdown',
      description: 'Markdown, by its headings; front matter gives the title.',
      extensions: ['md', 'mdx', 'markdown'],
      mediaTypes: ['text/markdown'],
      maxBytes: maxTextBytes,
      load: guarded('Markdown', maxTextBytes, ofText(readMarkdown)),
    },
    {
      name: 'text',
      description: 'Plain text, by its paragraphs.',
      extensions: ['txt', 'text', 'rst', 'adoc', 'log', 'json', 'yaml', 'yml'],
      mediaTypes: ['text/plain', 'application/json', 'application/yaml'],
      maxBytes: maxTextBytes,
      load: guarded('text', maxTextBytes, ofText(readText)),
    },
    {
      name: 'html',
      description: 'Web pages, by their headings; scripts and styles are left out.',
      extensions: ['html', 'htm', 'xhtml'],
      mediaTypes: ['text/html', 'application/xhtml+xml'],
      maxBytes: maxTextBytes,
      load: guarded('HTML', maxTextBytes, ofText(readHtml)),
    },
    {
      name: 'csv',
      description: 'Tables of data, row by row, each with the names of its columns.',
      extensions: ['csv', 'tsv'],
      mediaTypes: ['text/csv', 'text/tab-separated-values'],
      maxBytes: maxTextBytes,
      load: guarded(
        'CSV',
        maxTextBytes,
        ofText((text, request) => readCsv(text, request, maxTextBytes * rowGrowth)),
      ),
    },
    {
      name: 'pdf',
      description: 'PDF documents, page by page; text that is a picture is not read.',
      extensions: ['pdf'],
      mediaTypes: ['application/pdf'],
      maxBytes: maxPdfBytes,
      load: guarded('PDF', maxPdfBytes, (content, request) => readPdf(content, request, maxPages)),
    },
  ];
}

/** Whatever a library throws at a bad document becomes an error that names the document. */
function guarded(kind: string, max: number, read: Read): DocumentLoader['load'] {
  return async (content, request) => {
    const { source, signal } = request;
    signal.throwIfAborted();
    if (content.length > max)
      throw documentErrors.AF_DOCUMENT_TOO_LARGE({ source, bytes: content.length, max });
    try {
      return await read(content, request);
    } catch (error) {
      signal.throwIfAborted();
      if (isAgentFactoryError(error)) throw error;
      const reason = error instanceof Error ? error.message : String(error);
      throw documentErrors.AF_DOCUMENT_UNREADABLE({ source, kind, reason }, { cause: error });
    }
  };
}
