import { diffSequences } from './sequence-diff.ts';

/** A piece of two texts laid side by side. */
export interface TextPiece {
  readonly kind: 'same' | 'removed' | 'added';
  readonly text: string;
}

/** Compares two texts word by word. Together the pieces that are not `added` are the first text, those not `removed` the second. */
export function diffText(left: string, right: string): readonly TextPiece[] {
  const pieces: { kind: TextPiece['kind']; text: string }[] = [];
  for (const pair of diffSequences(wordsOf(left), wordsOf(right), (word) => word)) {
    const kind = pair.left === undefined ? 'added' : pair.right === undefined ? 'removed' : 'same';
    const text = pair.left ?? pair.right;
    const last = pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else pieces.push({ kind, text });
  }
  return pieces;
}

/** Two texts in one: what went in `[-…-]`, what came in `{+…+}`. */
export function markedText(pieces: readonly TextPiece[]): string {
  return pieces
    .map(({ kind, text }) => (kind === 'same' ? text : kind === 'removed' ? `[-${text}-]` : `{+${text}+}`))
    .join('');
}

/** Words, spaces and signs. */
function wordsOf(text: string): readonly string[] {
  return text.match(/[\p{L}\p{N}\p{M}_]+|\s+|[^\p{L}\p{N}\p{M}_\s]/gu) ?? [];
}
