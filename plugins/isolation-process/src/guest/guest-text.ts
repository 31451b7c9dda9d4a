import type { HostCall, asks as askNumbers } from './host-call.ts';

/**
 * UTF-8, URLs and random bytes for the guest, put on its global object. It uses nothing from outside itself: its text
 * runs in the guest's realm.
 */
export function guestText(host: HostCall, asks: typeof askNumbers, global: Record<string, unknown>): void {
  class TextEncoder {
    readonly encoding = 'utf-8';
    encode(text: unknown = ''): Uint8Array {
      const bytes: number[] = [];
      for (const character of String(text).toWellFormed()) {
        const point = character.codePointAt(0) ?? 0;
        if (point < 0x80) bytes.push(point);
        else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63));
        else if (point < 0x10000)
          bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63));
        else
          bytes.push(
            0xf0 | (point >> 18),
            0x80 | ((point >> 12) & 63),
            0x80 | ((point >> 6) & 63),
            0x80 | (point & 63),
          );
      }
      return new Uint8Array(bytes);
    }
  }
  class TextDecoder {
    readonly encoding = 'utf-8';
    #rest: number[] = [];
    decode(given: ArrayLike<number> | ArrayBuffer = [], options: { stream?: boolean } = {}): string {
      const list = given instanceof ArrayBuffer ? new Uint8Array(given) : given;
      const bytes = [...this.#rest, ...Array.from(list)];
      this.#rest = [];
      let text = '';
      for (let at = 0; at < bytes.length;) {
        const first = bytes[at] ?? 0;
        const size =
          first < 0x80
            ? 1
            : first >= 0xc2 && first < 0xe0
              ? 2
              : first >= 0xe0 && first < 0xf0
                ? 3
                : first >= 0xf0 && first < 0xf5
                  ? 4
                  : 0;
        if (at + size > bytes.length && options.stream === true) {
          this.#rest = bytes.slice(at);
          break;
        }
        const tail = bytes.slice(at + 1, at + size);
        const whole = size > 0 && tail.length === size - 1 && tail.every((byte) => (byte & 0xc0) === 0x80);
        const point = tail.reduce(
          (sum, byte) => (sum << 6) | (byte & 63),
          size === 1 ? first : first & (0x7f >> size),
        );
        const least = [0, 0, 0x80, 0x800, 0x10000][size] ?? 0;
        const fits = whole && point >= least && point < 0x110000 && (point < 0xd800 || point > 0xdfff);
        text += fits ? String.fromCodePoint(point) : '\uFFFD';
        at += fits ? size : 1;
      }
      return text;
    }
  }

  const encode = (text: string): string =>
    encodeURIComponent(text.toWellFormed())
      .replace(/%20/g, '+')
      .replace(/[!'()~]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
  const decode = (text: string): string => {
    const plain = text.replace(/\+/g, ' ');
    try {
      return decodeURIComponent(plain);
    } catch {
      return plain;
    }
  };
  class URLSearchParams {
    #pairs: [string, string][] = [];
    #changed: (() => void) | undefined;
    constructor(init: unknown = '', changed?: () => void) {
      this.#changed = changed;
      if (typeof init === 'string') {
        for (const part of init.replace(/^\?/, '').split('&')) {
          if (part === '') continue;
          const [name = '', ...rest] = part.split('=');
          this.#pairs.push([decode(name), decode(rest.join('='))]);
        }
        return;
      }
      const given =
        Symbol.iterator in Object(init)
          ? [...(init as Iterable<[string, string]>)]
          : Object.entries(Object(init));
      for (const [name, value] of given) this.#pairs.push([String(name), String(value)]);
    }
    get size(): number {
      return this.#pairs.length;
    }
    append(name: string, value: unknown): void {
      this.#pairs.push([name, String(value)]);
      this.#changed?.();
    }
    delete(name: string): void {
      this.#pairs = this.#pairs.filter(([key]) => key !== name);
      this.#changed?.();
    }
    get(name: string): string | null {
      return this.#pairs.find(([key]) => key === name)?.[1] ?? null;
    }
    getAll(name: string): string[] {
      return this.#pairs.filter(([key]) => key === name).map(([, value]) => value);
    }
    has(name: string): boolean {
      return this.#pairs.some(([key]) => key === name);
    }
    set(name: string, value: unknown): void {
      const at = this.#pairs.findIndex(([key]) => key === name);
      this.#pairs = this.#pairs.filter(([key], index) => key !== name || index === at);
      if (at < 0) this.#pairs.push([name, String(value)]);
      else this.#pairs[at] = [name, String(value)];
      this.#changed?.();
    }
    sort(): void {
      this.#pairs.sort(([left], [right]) => (left < right ? -1 : left > right ? 1 : 0));
      this.#changed?.();
    }
    forEach(call: (value: string, name: string) => void): void {
      for (const [name, value] of this.#pairs) call(value, name);
    }
    *keys(): Generator<string> {
      for (const [name] of this.#pairs) yield name;
    }
    *values(): Generator<string> {
      for (const [, value] of this.#pairs) yield value;
    }
    *entries(): Generator<[string, string]> {
      for (const [name, value] of this.#pairs) yield [name, value];
    }
    [Symbol.iterator](): Generator<[string, string]> {
      return this.entries();
    }
    toString(): string {
      return this.#pairs.map(([name, value]) => `${encode(name)}=${encode(value)}`).join('&');
    }
  }

  const parts = [
    'href',
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
    'hash',
  ];
  class URL {
    #parts: Record<string, string>;
    #params: URLSearchParams | undefined;
    constructor(input: string | URL, base?: string | URL) {
      const told = host(
        asks.url,
        0,
        0,
        JSON.stringify(base === undefined ? [String(input)] : [String(input), String(base)]),
      );
      if (told === '') throw new TypeError('Invalid URL');
      this.#parts = JSON.parse(told) as Record<string, string>; // as the runner gives it
    }
    static parse(input: string | URL, base?: string | URL): URL | null {
      try {
        return new URL(input, base);
      } catch {
        return null;
      }
    }
    static canParse(input: string | URL, base?: string | URL): boolean {
      return URL.parse(input, base) !== null;
    }
    get origin(): string {
      return this.#parts['origin'] ?? 'null';
    }
    get searchParams(): URLSearchParams {
      this.#params ??= new URLSearchParams(this.#parts['search'], () => {
        this.change('search', String(this.#params));
      });
      return this.#params;
    }
    /** A part by its name. */
    part(name: string): string {
      return this.#parts[name] ?? '';
    }
    /** Sets a part, as the property of that name does. */
    change(name: string, value: unknown): void {
      const told = host(asks.setUrl, 0, 0, JSON.stringify([this.#parts['href'], name, String(value)]));
      if (told !== '') this.#parts = JSON.parse(told) as Record<string, string>; // as above
    }
    toString(): string {
      return this.part('href');
    }
    toJSON(): string {
      return this.part('href');
    }
  }
  for (const name of parts)
    Object.defineProperty(URL.prototype, name, {
      enumerable: true,
      get(this: URL) {
        return this.part(name);
      },
      set(this: URL, value: unknown) {
        this.change(name, value);
      },
    });

  const random = (count: number): number[] =>
    (host(asks.random, 0, count, '').match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16));
  const crypto = {
    getRandomValues(target: Uint8Array): Uint8Array {
      const bytes = random(target.byteLength);
      new Uint8Array(target.buffer, target.byteOffset, target.byteLength).set(bytes);
      return target;
    },
    randomUUID(): string {
      const bytes = random(16);
      bytes[6] = ((bytes[6] ?? 0) & 15) | 64;
      bytes[8] = ((bytes[8] ?? 0) & 63) | 128;
      const hex = bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('');
      return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
    },
  };
  Object.assign(global, { TextEncoder, TextDecoder, URLSearchParams, URL, crypto });
}
