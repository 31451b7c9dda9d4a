const shown = '[redacted]';

/**
 * A value that must never be printed. `String()`, `JSON.stringify`, template literals, `console.log` and the
 * platform's logger all show `[redacted]`; only {@link Secret.reveal} gives the text.
 *
 * @example
 * ```ts
 * const key = new Secret('sk-123');
 * `${key}`; // '[redacted]'
 * key.reveal(); // 'sk-123'
 * ```
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret text. Call it at the last moment, and keep the result in no object. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }
}

// The well-known symbol by which console.log and util.inspect ask an object for its text.
Object.defineProperty(Secret.prototype, Symbol.for('nodejs.util.inspect.custom'), { value: () => shown });
