import {
  estimateTokens,
  type Chunking,
  type DocumentBlock,
  type DocumentChunk,
  type LoadedDocument,
  type TextPosition,
} from '@agent-factory/sdk/domain';
import { cutBlock, type Piece } from './cut-block.ts';

/** Changes when the same document would be cut otherwise; part of what a document is known by. */
export const chunkerVersion = 1;

const usualTokens = 300;

/** Pieces that stand under the same headings, on the same page. */
interface Section {
  readonly heading: string;
  readonly pieces: Piece[];
}

/** Cuts a document into chunks, by its structure first and by length where that is not enough; the same each time. */
export function chunkDocument(document: LoadedDocument, chunking: Chunking = {}): readonly DocumentChunk[] {
  const { by = 'heading', maxTokens = usualTokens, overlapTokens = 0 } = chunking;
  const overlap = Math.min(overlapTokens, Math.floor(maxTokens / 2));
  const chunks: DocumentChunk[] = [];
  for (const { heading, pieces } of sectionsOf(document, by, maxTokens, overlap > 0))
    for (const taken of packed(pieces, by, maxTokens, overlap))
      chunks.push({ ordinal: chunks.length, heading, ...joined(taken) });
  return chunks;
}

function sectionsOf(
  { title, blocks }: LoadedDocument,
  by: NonNullable<Chunking['by']>,
  maxTokens: number,
  isFine: boolean,
): readonly Section[] {
  const sections: Section[] = [];
  const above: string[] = [];
  let current: Section | undefined;
  let page: number | undefined;
  let lone: DocumentBlock | undefined;
  const begin = (): Section => {
    const headings = above.filter((each) => each !== '');
    const heading = headings.length > 0 ? headings.join(' > ') : (title ?? '');
    const section = { heading, pieces: [] };
    sections.push(section);
    return section;
  };
  /** A heading with nothing below it is text itself. */
  const keepLone = (): void => {
    if (lone) (current ??= begin()).pieces.push(...cutBlock(lone, maxTokens, isFine));
    lone = undefined;
  };
  for (const block of blocks) {
    if (block.kind === 'heading') {
      const level = block.level ?? 1;
      if (lone && level <= (lone.level ?? 1)) keepLone();
      above.length = Math.min(above.length, level - 1);
      while (above.length < level - 1) above.push('');
      above.push(block.text);
      // Cut by length alone, headings are text like any other.
      if (by === 'fixed') (current ??= begin()).pieces.push(...cutBlock(block, maxTokens, isFine));
      else [current, lone] = [undefined, block];
      continue;
    }
    lone = undefined;
    if (block.page !== page) current = undefined;
    page = block.page;
    current ??= begin();
    current.pieces.push(...cutBlock(block, maxTokens, isFine));
  }
  keepLone();
  return sections;
}

/** Takes pieces together as long as they fit; each chunk may begin with the last pieces of the one before. */
function* packed(
  pieces: readonly Piece[],
  by: NonNullable<Chunking['by']>,
  maxTokens: number,
  overlap: number,
): Generator<readonly Piece[]> {
  let taken: Piece[] = [];
  let tokens = 0;
  let isNew = false;
  const isEnd = (piece: Piece): boolean => {
    const last = taken.at(-1);
    if (last === undefined) return false;
    if (tokens + piece.tokens > maxTokens) return true;
    if (by === 'fixed') return false;
    return piece.block !== last.block && (by === 'paragraph' || piece.isAlone || last.isAlone);
  };
  for (const piece of pieces) {
    if (isNew && isEnd(piece)) {
      yield taken;
      const isTorn =
        by === 'fixed' || piece.block === taken.at(-1)?.block || (by === 'heading' && !piece.isAlone);
      taken = isTorn ? repeated(taken, Math.min(overlap, maxTokens - piece.tokens)) : [];
      tokens = taken.reduce((sum, each) => sum + each.tokens, 0);
    }
    taken.push(piece);
    tokens += piece.tokens;
    isNew = true;
  }
  if (isNew && taken.length > 0) yield taken;
}

function repeated(pieces: readonly Piece[], most: number): Piece[] {
  let from = pieces.length;
  for (let left = most; from > 1; from--) {
    left -= pieces[from - 1]?.tokens ?? 0;
    if (left < 0) break;
  }
  return pieces.slice(from);
}

function joined(pieces: readonly Piece[]): Pick<DocumentChunk, 'text' | 'tokens'> & TextPosition {
  let text = '';
  for (const [at, { text: own, glue, block }] of pieces.entries())
    text += (at === 0 ? '' : block === pieces[at - 1]?.block ? glue : '\n\n') + own;
  const lines = pieces.flatMap(({ line }) => line ?? []);
  const ends = pieces.flatMap(({ endLine }) => endLine ?? []);
  const page = pieces[0]?.page;
  return {
    text,
    tokens: Math.max(1, estimateTokens(text)),
    ...(lines.length > 0 && { line: Math.min(...lines) }),
    ...(ends.length > 0 && { endLine: Math.max(...ends) }),
    ...(page !== undefined && { page }),
  };
}
