import type { ErrorData } from './error-data.ts';

/** Functions and streams found in a value, by the keys that lead to them. */
type Place = readonly [path: readonly string[], number: number];

/** Turns values into text and back, with functions and streams as numbers. */
export interface Packer {
  /** Whether a value holds anything at its top that plain JSON would lose. */
  isRich(value: unknown): boolean;
  /** Any value as text: methods of classes are found, what has a `toJSON` is asked for it. */
  pack(value: unknown): string;
  /**
   * The arguments of a call as text, and the signal among them; of one that has a signal or a logger, the rest goes,
   * and the other side puts in its own.
   */
  packArguments(args: readonly unknown[]): { text: string; signal: AbortSignal | undefined };
  /** What another side may know of an error: {@link ErrorData} as text. */
  packError(error: unknown): string;
  /** The value of {@link Packer.pack}; throws a sentence when the text is no such thing. */
  unpack(text: string): unknown;
  /** JSON without keys or depths that do harm; throws a sentence. */
  parse(text: string): unknown;
}

/** What a {@link Packer} makes numbers from, and of numbers. */
export interface PackerOptions {
  lend(call: (...args: never[]) => unknown): number;
  stream(source: AsyncIterable<unknown>): number;
  borrow(number: number, holder: object): (...args: unknown[]) => unknown;
  follow(number: number): AsyncIterable<unknown>;
}

/**
 * Makes a {@link Packer}. It uses nothing from outside itself, so that its text runs in another realm too.
 */
export function createPacker(options: PackerOptions): Packer {
  const depthLimit = 48;
  const harmful = new Set(['__proto__', 'constructor', 'prototype', 'then', 'toJSON', 'toString', 'valueOf']);
  const isStream = (value: object): value is AsyncIterable<unknown> =>
    typeof (value as { [Symbol.asyncIterator]?: unknown })[Symbol.asyncIterator] === 'function';
  const isPlain = (value: object): boolean => {
    const prototype: unknown = Object.getPrototypeOf(value);
    return prototype === null || prototype === Object.prototype || Object.getPrototypeOf(prototype) === null;
  };

  /** Own keys, and those that classes give: methods and getters. */
  const keysOf = (value: object): string[] => {
    const keys = new Set(Object.keys(value));
    if (isPlain(value)) return [...keys];
    for (
      let at = Object.getPrototypeOf(value);
      at && Object.getPrototypeOf(at);
      at = Object.getPrototypeOf(at)
    )
      for (const key of Object.getOwnPropertyNames(at)) keys.add(key);
    return [...keys];
  };

  const check = (value: unknown, depth: number): void => {
    if (typeof value === 'string' && !value.isWellFormed())
      throw new Error('a text holds half of a character');
    if (typeof value !== 'object' || value === null) return;
    if (depth > depthLimit) throw new Error(`it is nested more than ${depthLimit} deep`);
    if (Array.isArray(value)) for (const item of value) check(item, depth + 1);
    else
      for (const key of Object.keys(value)) {
        if (key === '__proto__') throw new Error('it has a key named __proto__');
        check((value as Record<string, unknown>)[key], depth + 1);
      }
  };

  const checkDepth = (value: object, depth: number): void => {
    if (depth > depthLimit) throw new Error(`it is nested more than ${depthLimit} deep`);
    // Both loops by hand: this runs over all that passes, and for…of costs three times as much.
    if (Array.isArray(value))
      for (let at = 0; at < value.length; at++) {
        const part: unknown = value[at];
        if (typeof part === 'object' && part !== null) checkDepth(part, depth + 1);
      }
    else
      for (const key in value) {
        const part: unknown = (value as Record<string, unknown>)[key];
        if (typeof part === 'object' && part !== null) checkDepth(part, depth + 1);
      }
  };

  const parse = (text: string): unknown => {
    const value: unknown = JSON.parse(text);
    // Keys and characters that do harm are seen in the text; depth costs two characters each.
    if (text.includes('__proto__') || (text.includes('\\u') && /\\u(?:005f|d[89ab])/i.test(text)))
      check(value, 0);
    else if (text.length > 2 * depthLimit && typeof value === 'object' && value !== null)
      checkDepth(value, 0);
    return value;
  };

  const pack = (whole: unknown): string => {
    const functions: Place[] = [];
    const streams: Place[] = [];
    const walk = (given: unknown, path: readonly string[]): unknown => {
      if (typeof given === 'function') {
        functions.push([path, options.lend(given as () => unknown)]);
        return undefined;
      }
      if (typeof given !== 'object' || given === null) return typeof given === 'bigint' ? undefined : given;
      if (path.length > depthLimit) throw new Error(`it is nested more than ${depthLimit} deep`);
      if (isStream(given)) {
        streams.push([path, options.stream(given)]);
        return undefined;
      }
      if (Array.isArray(given)) return given.map((item, index) => walk(item, [...path, String(index)]));
      if (typeof (given as { toJSON?: unknown }).toJSON === 'function')
        return walk((given as { toJSON(): unknown }).toJSON(), path);
      const made: Record<string, unknown> = {};
      for (const key of keysOf(given)) {
        if (harmful.has(key)) continue;
        const value = (given as Record<string, unknown>)[key];
        const bound =
          typeof value === 'function' ? (...args: unknown[]) => Reflect.apply(value, given, args) : value;
        made[key] = walk(bound, [...path, key]);
      }
      return made;
    };
    return JSON.stringify({ v: walk(whole, []), f: functions, i: streams });
  };

  const packArguments = (args: readonly unknown[]): { text: string; signal: AbortSignal | undefined } => {
    let signal: AbortSignal | undefined;
    let marks = '';
    let plain = args as unknown[]; // copied before it is changed
    for (let at = 0; at < args.length; at++) {
      const arg = args[at];
      if (typeof arg !== 'object' || arg === null) continue;
      const { signal: own, log } = arg as { signal?: AbortSignal; log?: unknown };
      const isSignal = typeof own?.addEventListener === 'function';
      if (!isSignal && typeof log !== 'object') continue;
      if (isSignal) signal = own;
      if (marks === '') plain = [...args];
      marks += marks === '' ? at : `,${at}`;
      plain[at] = { ...arg, signal: undefined, log: undefined };
    }
    const list = JSON.stringify(plain);
    return { text: marks === '' ? list : `{"m":[${marks}],"a":${list}}`, signal };
  };

  const packError = (error: unknown): string => {
    const from = Object(error) as Record<string, unknown>;
    const text = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined);
    const { status, retryable, details } = from;
    const message = text(from['message']) ?? text(error) ?? 'it failed without a message';
    const data: ErrorData = {
      message,
      ...(text(from['code']) !== undefined && { code: String(from['code']) }),
      ...(text(from['fix']) !== undefined && { fix: String(from['fix']) }),
      ...(typeof status === 'number' && { status }),
      ...(retryable === true && { retryable }),
    };
    try {
      return JSON.stringify({ ...data, ...(typeof details === 'object' && details !== null && { details }) });
    } catch {
      return JSON.stringify(data);
    }
  };

  const unpack = (text: string): unknown => {
    const { v, f, i } = Object(parse(text)) as { v: unknown; f?: unknown; i?: unknown };
    const holder: { whole: unknown } = { whole: v };
    const places = (list: unknown): readonly Place[] => {
      const fits = (place: unknown): boolean =>
        Array.isArray(place) && Array.isArray(place[0]) && Number.isSafeInteger(place[1]);
      if (Array.isArray(list) && list.every(fits)) return list as Place[]; // checked just above
      throw new Error('its places are no list');
    };
    const put = ([path, number]: Place, make: (number: number, holder: object) => unknown): void => {
      let at = holder as unknown as Record<string, unknown>; // keys are looked up as own ones alone
      let last = 'whole';
      for (const key of path) {
        if (typeof key !== 'string' || harmful.has(key)) throw new Error('a place leads where it may not');
        const below = Object.hasOwn(at, last) ? at[last] : undefined;
        if (typeof below !== 'object' || below === null) throw new Error('a place leads nowhere');
        at = below as Record<string, unknown>;
        last = key;
      }
      at[last] = make(number, at);
    };
    for (const place of places(f)) put(place, options.borrow);
    for (const place of places(i)) put(place, options.follow);
    return holder.whole;
  };

  return {
    isRich(value) {
      if (typeof value === 'function') return true;
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
      if (isStream(value) || !isPlain(value)) return true;
      for (const key in value) {
        const part: unknown = (value as Record<string, unknown>)[key];
        if (typeof part === 'function') return true;
        if (typeof part === 'object' && part !== null && isStream(part)) return true;
      }
      return false;
    },
    pack,
    packArguments,
    packError,
    unpack,
    parse,
  };
}
