// Not the global, which code in the runner could take away.
import { Buffer } from 'node:buffer';
import { messageKinds } from '@agent-factory/sdk/bridge';

const lineBreak = 10;

/** What passes between the platform and a runner beside the messages of the bridge. */
export const frameKinds: {
  /** To the runner: the plugin's code and what it is told. */
  readonly boot: 20;
  /** To the platform: the runner is ready for a plugin. */
  readonly ready: 21;
  readonly ping: 22;
  readonly pong: 23;
  /** To the platform: a line for the log; `target` is its level, `id` how many lines were dropped before it. */
  readonly log: 24;
} = { boot: 20, ready: 21, ping: 22, pong: 23, log: 24 };

/** Puts pieces of a stream together to whole lines; never holds more than one line and one piece. */
export class LineJoiner {
  readonly #maxBytes: number;
  #pieces: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Takes the first `bytes` of a piece, which may be written over afterwards; what is whole now, or `undefined` when a
   * line is too long.
   */
  push(piece: Buffer, bytes: number): string | undefined {
    const isWhole = piece[bytes - 1] === lineBreak;
    if (isWhole && this.#bytes === 0) return piece.toString('utf8', 0, bytes);
    const end = isWhole ? bytes : piece.lastIndexOf(lineBreak, bytes - 1) + 1;
    // A piece by itself is shorter than a line may be.
    if (this.#bytes > 0) {
      const first = end === 0 ? bytes : piece.indexOf(lineBreak);
      if (this.#bytes + first > this.#maxBytes) return undefined;
    }
    let text = '';
    if (end > 0) {
      text = Buffer.concat([...this.#pieces, piece.subarray(0, end)]).toString('utf8');
      this.#pieces = [];
      this.#bytes = 0;
    }
    if (end < bytes) {
      this.#pieces.push(Buffer.from(piece.subarray(end, bytes)));
      this.#bytes += bytes - end;
    }
    return text;
  }
}

/** What takes the place of a message that is too long: an error, for the other side or (`back`) for who sent it. */
export function insteadOf(
  kind: number,
  bytes: number,
  limit: number,
): { kind: number; back: boolean; text: string } {
  const message = `A message of ${bytes} bytes is more than the ${limit} it may have.`;
  const fix = 'Send less at once.';
  const text = JSON.stringify({ code: 'AF_ISOLATION_TOO_LARGE', message, fix, status: 413 });
  const { call, item, error, end } = messageKinds;
  return { kind: kind === item ? end : error, back: kind === call, text };
}
