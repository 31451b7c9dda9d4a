import { setImmediate as nextTurn } from 'node:timers/promises';
import { documentErrors, type DocumentRequest } from '@agent-factory/sdk/contracts';
import type { DocumentBlock, LoadedDocument } from '@agent-factory/sdk/domain';
import { getDocumentProxy, getMeta } from 'unpdf';

/** A piece of text on a page, as the library gives it. */
interface Piece {
  readonly str: string;
  readonly hasEOL: boolean;
  readonly height: number;
  readonly transform: readonly number[];
}

/** Lines further apart than this many times their height begin a new paragraph. */
const paragraphGap = 1.8;

/** A PDF document page by page. */
export async function readPdf(
  content: Uint8Array,
  { source, signal }: DocumentRequest,
  maxPages: number,
): Promise<LoadedDocument> {
  // The library takes the bytes for itself.
  const document = await getDocumentProxy(new Uint8Array(content), { verbosity: 0 });
  try {
    if (document.numPages > maxPages) {
      const reason = `it has ${document.numPages} pages, and at most ${maxPages} are read.`;
      throw documentErrors.AF_DOCUMENT_UNREADABLE({ source, kind: 'PDF', reason });
    }
    const title = await titleOf(document);
    const blocks: DocumentBlock[] = [];
    for (let number = 1; number <= document.numPages; number++) {
      signal.throwIfAborted();
      const page = await document.getPage(number);
      const { items } = await page.getTextContent();
      const pieces = items.filter((item) => 'str' in item) as unknown as readonly Piece[]; // marks have no text
      for (const text of paragraphsOf(pieces)) blocks.push({ kind: 'text', text, page: number });
      page.cleanup();
      await nextTurn();
    }
    return { ...(title !== undefined && { title }), blocks };
  } finally {
    await document.loadingTask.destroy();
  }
}

async function titleOf(document: Awaited<ReturnType<typeof getDocumentProxy>>): Promise<string | undefined> {
  const { info } = await getMeta(document).catch(() => ({ info: {} }));
  const title: unknown = Object(info)['Title'];
  return typeof title === 'string' && title.trim() !== '' ? title.trim().slice(0, 300) : undefined;
}

function paragraphsOf(pieces: readonly Piece[]): readonly string[] {
  const paragraphs: string[] = [];
  let lines: string[] = [];
  let line = '';
  let lastY: number | undefined;
  const endParagraph = (): void => {
    const text = lines.join('\n').trim();
    if (text !== '') paragraphs.push(text);
    lines = [];
  };
  const endLine = (y: number | undefined, height: number): void => {
    const text = line.replace(/\s+/g, ' ').trim();
    line = '';
    if (text === '') return;
    if (lastY !== undefined && y !== undefined && Math.abs(lastY - y) > height * paragraphGap) endParagraph();
    lastY = y;
    lines.push(text);
  };
  let [y, height]: [number | undefined, number] = [undefined, 10];
  for (const piece of pieces) {
    if (piece.str.trim() !== '') {
      const own = piece.transform[5];
      // Text on another line whose end was not marked.
      if (y !== undefined && own !== undefined && Math.abs(own - y) > height / 2 && line.trim() !== '')
        endLine(y, height);
      [y, height] = [own, piece.height > 0 ? piece.height : height];
    }
    line += piece.str;
    if (piece.hasEOL) endLine(y, height);
  }
  endLine(y, height);
  endParagraph();
  return paragraphs;
}
