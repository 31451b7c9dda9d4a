/** What the platform answers to a request. */
interface Brokered {
  readonly status: number;
  readonly url: string;
  readonly headers: Record<string, string>;
  /** Pieces: text where the answer is text, else bytes as the characters 0 to 255. */
  readonly body: AsyncIterable<{ readonly text?: string; readonly bytes?: string }>;
}

/**
 * `fetch` for the guest, over the platform: what a plugin commonly uses of it. It uses nothing from outside itself:
 * its text runs in the guest's realm.
 */
export function guestFetch(
  ask: (request: object) => Promise<unknown>,
  global: {
    TextEncoder: new () => { encode(text: string): Uint8Array };
    TextDecoder: new () => { decode(bytes: Uint8Array): string };
  },
): { fetch: unknown; Headers: unknown; Response: unknown } {
  class Headers {
    #values = new Map<string, string>();
    constructor(init: unknown = {}) {
      const pairs =
        init instanceof Headers
          ? [...init]
          : Array.isArray(init)
            ? (init as [string, string][])
            : Object.entries(Object(init) as Record<string, unknown>);
      for (const [name, value] of pairs) if (value !== undefined) this.append(name, `${value as string}`); // what is no text is made one, as fetch does
    }
    append(name: string, value: string): void {
      const before = this.get(name);
      this.set(name, before === null ? value : `${before}, ${value}`);
    }
    delete(name: string): void {
      this.#values.delete(name.toLowerCase());
    }
    get(name: string): string | null {
      return this.#values.get(name.toLowerCase()) ?? null;
    }
    has(name: string): boolean {
      return this.#values.has(name.toLowerCase());
    }
    set(name: string, value: string): void {
      this.#values.set(name.toLowerCase(), String(value));
    }
    forEach(call: (value: string, name: string) => void): void {
      for (const [name, value] of this.#values) call(value, name);
    }
    entries(): MapIterator<[string, string]> {
      return this.#values.entries();
    }
    [Symbol.iterator](): MapIterator<[string, string]> {
      return this.#values.entries();
    }
  }

  const toBytes = (piece: { text?: string; bytes?: string }): Uint8Array =>
    piece.text === undefined
      ? Uint8Array.from(piece.bytes ?? '', (character) => character.charCodeAt(0))
      : new global.TextEncoder().encode(piece.text);

  class Response {
    readonly status: number;
    readonly url: string;
    readonly headers: Headers;
    readonly statusText = '';
    bodyUsed = false;
    #body: Brokered['body'];
    constructor({ status, url, headers, body }: Brokered) {
      this.status = status;
      this.url = url;
      this.headers = new Headers(headers);
      this.#body = body;
    }
    get ok(): boolean {
      return this.status >= 200 && this.status < 300;
    }
    get body(): object {
      const iterator = this.#body[Symbol.asyncIterator]();
      const next = async (): Promise<{ done: boolean; value: Uint8Array | undefined }> => {
        this.bodyUsed = true;
        const { done, value } = await iterator.next();
        return done ? { done: true, value: undefined } : { done: false, value: toBytes(value) };
      };
      const cancel = async (): Promise<void> => {
        await iterator.return?.();
      };
      return {
        cancel,
        getReader: () => ({ read: next, cancel, releaseLock: () => {} }),
        [Symbol.asyncIterator]: () => ({
          next,
          return: async () => (await cancel(), { done: true, value: undefined }),
        }),
      };
    }
    async #pieces(): Promise<{ text?: string; bytes?: string }[]> {
      if (this.bodyUsed) throw new TypeError('Body has already been read.');
      this.bodyUsed = true;
      const pieces: { text?: string; bytes?: string }[] = [];
      for await (const piece of this.#body) pieces.push(piece);
      return pieces;
    }
    async bytes(): Promise<Uint8Array> {
      const parts = (await this.#pieces()).map(toBytes);
      const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
      let at = 0;
      for (const part of parts) {
        whole.set(part, at);
        at += part.length;
      }
      return whole;
    }
    async arrayBuffer(): Promise<ArrayBufferLike> {
      return (await this.bytes()).buffer;
    }
    async text(): Promise<string> {
      const pieces = await this.#pieces();
      if (pieces.every(({ text }) => text !== undefined)) return pieces.map(({ text }) => text).join('');
      this.bodyUsed = false;
      const bytes = pieces.flatMap((piece) => [...toBytes(piece)]);
      this.bodyUsed = true;
      return new global.TextDecoder().decode(Uint8Array.from(bytes));
    }
    async json(): Promise<unknown> {
      return JSON.parse(await this.text());
    }
  }

  const fetch = async (input: unknown, init: Record<string, unknown> = {}): Promise<Response> => {
    const { method = 'GET', headers, body, signal } = init;
    const text = typeof body === 'string' || body === undefined || body === null;
    const isBytes = body instanceof Uint8Array;
    const request = {
      url: String((input as { url?: unknown } | undefined)?.url ?? input),
      method: String(method).toUpperCase(),
      headers: Object.fromEntries(new Headers(headers)),
      ...(text && typeof body === 'string' && { body }),
      ...(isBytes && { bytes: Array.from(body, (byte) => String.fromCharCode(byte)).join('') }),
      ...(!text && !isBytes && { body: `${body as string}` }), // URLSearchParams and the like know their text
      signal,
    };
    return new Response((await ask(request)) as Brokered); // as the platform answers
  };
  return { fetch, Headers, Response };
}
