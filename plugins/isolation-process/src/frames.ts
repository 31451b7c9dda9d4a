// Not the global, which code in the runner could take away.
import { Buffer } from 'node:buffer';
import { messageKinds } from '@agent-factory/sdk/bridge';

/** Bytes of a frame before its text: length of the rest, kind, id, target. */
const headBytes = 13;

/** What passes between the platform and a runner beside the messages of the bridge. */
export const frameKinds: {
  /** To the runner: the plugin's code and what it is told. */
  readonly boot: 20;
  /** To the platform: the runner is ready for a plugin. */
  readonly ready: 21;
  readonly ping: 22;
  readonly pong: 23;
  /** To the platform: a line for the log; `target` is its level. */
  readonly log: 24;
} = { boot: 20, ready: 21, ping: 22, pong: 23, log: 24 };

/** Takes one frame apart. */
export type OnFrame = (kind: number, id: number, target: number, text: string) => void;

/** One frame: `u32 length, u8 kind, u32 id, u32 target, text`, little-endian, the text in UTF-8. */
export function encodeFrame(kind: number, id: number, target: number, text: string): Buffer {
  const size = Buffer.byteLength(text);
  const frame = Buffer.allocUnsafe(headBytes + size);
  frame.writeUInt32LE(headBytes - 4 + size, 0);
  frame[4] = kind;
  frame.writeUInt32LE(id, 5);
  frame.writeUInt32LE(target, 9);
  frame.write(text, headBytes, size, 'utf8');
  return frame;
}

/** Reads frames out of pieces of a stream; never holds more than one frame and one piece. */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #onFrame: OnFrame;
  #pieces: Buffer[] = [];
  #length = 0;
  #paused = false;

  constructor(maxBytes: number, onFrame: OnFrame) {
    this.#maxBytes = maxBytes;
    this.#onFrame = onFrame;
  }

  /** Whether frames are left lying until {@link FrameReader.resume}. */
  pause(): void {
    this.#paused = true;
  }

  /** Goes on with what was left lying. False when a frame is too large: nothing after it can be read. */
  resume(): boolean {
    this.#paused = false;
    return this.#read();
  }

  /** Takes a piece. False when a frame is too large or too short: nothing after it can be read. */
  push(piece: Buffer): boolean {
    this.#pieces.push(piece);
    this.#length += piece.length;
    return this.#read();
  }

  #read(): boolean {
    let whole = this.#pieces[0];
    while (whole && !this.#paused) {
      if (whole.length < headBytes && this.#length >= headBytes) whole = this.#join();
      if (whole.length < headBytes) return true;
      const size = whole.readUInt32LE(0);
      if (size < headBytes - 4 || size > this.#maxBytes) return false;
      if (this.#length < size + 4) return true;
      if (whole.length < size + 4) whole = this.#join();
      const rest = whole.subarray(size + 4);
      this.#length -= size + 4;
      if (rest.length > 0) this.#pieces[0] = rest;
      else this.#pieces.shift();
      const [kind = 0] = whole.subarray(4, 5);
      this.#onFrame(
        kind,
        whole.readUInt32LE(5),
        whole.readUInt32LE(9),
        whole.toString('utf8', headBytes, size + 4),
      );
      whole = this.#pieces[0];
    }
    return true;
  }

  #join(): Buffer {
    const whole = Buffer.concat(this.#pieces, this.#length);
    this.#pieces = [whole];
    return whole;
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
