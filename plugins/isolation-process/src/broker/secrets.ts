import { randomBytes } from 'node:crypto';

/** A secret a plugin knows by its handle alone. */
export interface HeldSecret {
  readonly name: string;
  readonly text: string;
  /** Aborted when it may not be used any more. Default: never. */
  readonly signal?: AbortSignal;
  /** Whether it may go to this host. */
  goesTo(url: URL): boolean;
}

const pattern = /af-secret-[0-9a-f]{32}/g;

/** The handles of one plugin's process, and what stands behind them. */
export class SecretHandles {
  readonly #held = new Map<string, HeldSecret>();

  /** A handle for a secret. */
  give(secret: HeldSecret): string {
    const known = [...this.#held].find(
      ([, one]) => one.name === secret.name && one.text === secret.text,
    )?.[0];
    const handle = known ?? `af-secret-${randomBytes(16).toString('hex')}`;
    this.#held.set(handle, secret);
    return handle;
  }

  /**
   * Puts secrets where their handles are, and gives those it put; `refuse` makes the error for one that is not meant
   * for the host.
   */
  fill(
    text: string,
    url: URL,
    refuse: (secret: HeldSecret) => Error,
  ): { text: string; filled: readonly HeldSecret[] } {
    const filled: HeldSecret[] = [];
    const whole = text.replace(pattern, (handle) => {
      const secret = this.#held.get(handle);
      if (!secret) return handle;
      if (!secret.goesTo(url)) throw refuse(secret);
      filled.push(secret);
      return secret.text;
    });
    return { text: whole, filled };
  }

  /** Takes out secrets that a server sends back. */
  hide(text: string): string {
    let shown = text;
    for (const [handle, { text: secret }] of this.#held)
      if (secret.length >= 4) shown = shown.replaceAll(secret, handle);
    return shown;
  }

  /** The same for a text that comes in pieces: what a secret may begin with waits for the next piece. */
  hideAcross(): { write(piece: string): string; end(): string } {
    let held = '';
    return {
      write: (piece) => {
        const shown = this.hide(held + piece);
        const at = shown.length - this.#begun(shown);
        held = shown.slice(at);
        return shown.slice(0, at);
      },
      end: () => held,
    };
  }

  /** Length of the longest end of a text that a secret begins with. */
  #begun(text: string): number {
    let longest = 0;
    for (const { text: secret } of this.#held.values()) {
      let length = secret.length < 4 ? 0 : Math.min(secret.length - 1, text.length);
      while (length > longest && !text.endsWith(secret.slice(0, length))) length--;
      longest = Math.max(longest, length);
    }
    return longest;
  }

  /** A configuration without its secrets: each by its path, with its handle. */
  takeOut(
    config: unknown,
    goesTo: HeldSecret['goesTo'],
  ): { config: Record<string, unknown>; secrets: [string[], string][] } {
    const secrets: [string[], string][] = [];
    const walk = (value: unknown, path: string[]): unknown => {
      if (typeof value !== 'object' || value === null) return value;
      const { reveal } = value as { reveal?: unknown };
      if (typeof reveal === 'function') {
        const text = String(Reflect.apply(reveal, value, []));
        secrets.push([path, this.give({ name: path.join('.'), text, goesTo })]);
        return null;
      }
      if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, String(index)]));
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, walk(item, [...path, key])]),
      );
    };
    return { config: Object(walk(config, [])) as Record<string, unknown>, secrets };
  }
}
