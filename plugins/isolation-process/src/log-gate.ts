import type { Logger } from '@agent-factory/sdk';

const longest = 4000;

/** Lets a plugin's lines through to the log: so many a second, each so long; what is dropped is counted. */
export class LogGate {
  readonly #log: Logger;
  readonly #linesPerSecond: number;
  readonly #now: () => number;
  #second = 0;
  #lines = 0;
  #dropped = 0;

  constructor(log: Logger, linesPerSecond: number, now: () => number) {
    this.#log = log;
    this.#linesPerSecond = linesPerSecond;
    this.#now = now;
  }

  /**
   * A line as the plugin sends it: `[message, fields]`, at level 0 (debug) to 3 (error), and how many its own side
   * dropped before. Whether it was let through.
   */
  write(level: number, text: string, dropped: number): boolean {
    this.#dropped += dropped;
    const second = Math.floor(this.#now() / 1000);
    if (second !== this.#second) {
      if (this.#dropped > 0)
        this.#log.warn('Lines of an isolated plugin were dropped.', { lines: this.#dropped });
      this.#second = second;
      this.#lines = this.#dropped = 0;
    }
    this.#lines += 1;
    if (this.#lines > this.#linesPerSecond) {
      this.#dropped += 1;
      return false;
    }
    const [message, fields] = lineOf(text);
    const write = [this.#log.debug, this.#log.info, this.#log.warn][level] ?? this.#log.error;
    write.call(this.#log, message, fields);
    return true;
  }
}

function lineOf(text: string): [message: string, fields: Record<string, unknown>] {
  try {
    const [message, fields] = JSON.parse(text) as unknown[]; // the plugin's own; looked at below
    // Below a key of their own: a plugin cannot give its lines another's name.
    return [
      String(message)
        .slice(0, longest)
        .replace(/\p{Cc}+/gu, ' '),
      { fields: Object(fields) as unknown },
    ];
  } catch {
    return ['(a line that cannot be read)', { text: text.slice(0, 200) }];
  }
}
