import { estimateTokens, type DocumentBlock, type TextPosition } from '@agent-factory/sdk/domain';

/** A part of a block that fits into a chunk. */
export interface Piece extends TextPosition {
  readonly text: string;
  readonly tokens: number;
  readonly block: DocumentBlock;
  /** What stands between it and the piece before it, in the same block. */
  readonly glue: string;
  /** It shares its chunk with no other block. */
  readonly isAlone: boolean;
}

/** A place where a text may be cut, the best first: lines, sentences, words, signs. */
const cuts: readonly { readonly at: RegExp; readonly glue: string }[] = [
  { at: /\n/, glue: '\n' },
  { at: /(?<=[.!?…。！？])\s+/u, glue: ' ' },
  { at: /\s+/, glue: ' ' },
];

/** Cuts a block into pieces of at most so many tokens; `isFine`: into sentences in any case, so that they can be repeated. */
export function cutBlock(block: DocumentBlock, maxTokens: number, isFine: boolean): readonly Piece[] {
  const pieces: Piece[] = [];
  let line = block.line;
  // Only where the text has the lines of its source is it known on which of them a part stands.
  const isSame =
    block.line !== undefined &&
    block.endLine !== undefined &&
    block.text.split('\n').length === block.endLine - block.line + 1;
  const add = (text: string, glue: string): void => {
    const own =
      isSame && line !== undefined ? { line, endLine: line + text.split('\n').length - 1 } : placeOf(block);
    if (text.trim() !== '') {
      const { page } = block;
      const tokens = Math.max(1, estimateTokens(text));
      pieces.push({
        text,
        tokens,
        block,
        glue,
        isAlone: block.kind === 'row',
        ...own,
        ...(page !== undefined && { page }),
      });
    }
    if (line !== undefined) line += text.split('\n').length - 1;
  };
  const cut = (text: string, level: number, glue: string): void => {
    const fits = estimateTokens(text) <= maxTokens;
    if (fits && (!isFine || level >= 2)) return add(text, glue);
    const way = cuts[level];
    if (way === undefined) {
      for (const part of inSigns(text, maxTokens)) add(part, '');
      return;
    }
    for (const [at, part] of text.split(way.at).entries()) {
      if (at > 0 && way.glue === '\n' && line !== undefined) line++;
      cut(part, level + 1, at === 0 ? glue : way.glue);
    }
  };
  cut(block.text, 0, '');
  return pieces;
}

function placeOf({ line, endLine }: DocumentBlock): TextPosition {
  return { ...(line !== undefined && { line }), ...(endLine !== undefined && { endLine }) };
}

/** A word without an end, in parts that fit whatever its signs are: a token for each. */
function inSigns(text: string, maxTokens: number): readonly string[] {
  const signs = Array.from(text);
  const parts: string[] = [];
  for (let at = 0; at < signs.length; at += maxTokens) parts.push(signs.slice(at, at + maxTokens).join(''));
  return parts;
}
