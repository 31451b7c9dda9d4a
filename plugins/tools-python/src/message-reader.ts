import { isWellFormedJson } from './well-formed-json.ts';

/** Bytes before the text of a message: its length. */
const headBytes = 4;

/** One message: `u32 length`, little-endian, and JSON in UTF-8. */
export function encodeMessage(message: object): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  const head = Buffer.alloc(headBytes);
  head.writeUInt32LE(text.length);
  return Buffer.concat([head, text]);
}

/** Reads messages out of pieces of a stream; never holds more than one message and one piece. */
export class MessageReader {
  readonly #maxBytes: number;
  readonly #onMessage: (message: Readonly<Record<string, unknown>>) => void;
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(maxBytes: number, onMessage: (message: Readonly<Record<string, unknown>>) => void) {
    this.#maxBytes = maxBytes;
    this.#onMessage = onMessage;
  }

  /** Takes a piece. Gives what is wrong with it, as a clause: nothing after it can be read. */
  push(piece: Buffer): string | undefined {
    this.#pieces.push(piece);
    this.#length += piece.length;
    while (this.#length >= headBytes) {
      if ((this.#pieces[0]?.length ?? 0) < headBytes) this.#join();
      const size = this.#pieces[0]?.readUInt32LE(0) ?? 0;
      if (size > this.#maxBytes) return `it sent a message of more than ${this.#maxBytes} bytes`;
      if (this.#length < headBytes + size) return undefined;
      const whole = this.#join();
      const rest = whole.subarray(headBytes + size);
      this.#pieces = rest.length > 0 ? [rest] : [];
      this.#length = rest.length;
      const message = parsed(whole.toString('utf8', headBytes, headBytes + size));
      if (message === undefined) return 'it sent what is no message';
      this.#onMessage(message);
    }
    return undefined;
  }

  #join(): Buffer {
    const whole = this.#pieces.length === 1 ? this.#pieces[0] : undefined;
    const joined = whole ?? Buffer.concat(this.#pieces, this.#length);
    this.#pieces = [joined];
    return joined;
  }
}

function parsed(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    return isWellFormedJson(value) ? (value as Readonly<Record<string, unknown>>) : undefined; // an object, by now
  } catch {
    return undefined;
  }
}
