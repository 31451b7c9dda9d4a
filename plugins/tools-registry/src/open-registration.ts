import type { JsonObject, Logger } from '@agent-factory/sdk';
import type { OpenTools, Tool, ToolKind } from '@agent-factory/sdk/contracts';

/** What {@link OpenRegistration} needs. */
export interface OpenRegistrationOptions {
  readonly kind: ToolKind;
  readonly name: string;
  readonly tenant: string;
  readonly spec: () => Promise<JsonObject>;
  readonly log: Logger;
  /** Called after its tools changed by themselves. */
  readonly onChange: () => void;
}

/**
 * The tools of one registration, opened when they are first needed. One that was replaced is closed when the last call
 * of its tools has ended, so that a change cuts nobody off.
 */
export class OpenRegistration {
  readonly name: string;
  readonly #options: OpenRegistrationOptions;
  readonly #wrapped = new WeakMap<Tool, Tool>();
  #opened: Promise<OpenTools> | undefined;
  #calls = 0;
  #isRetired = false;

  constructor(options: OpenRegistrationOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Its tools; rejects when they cannot be had now, and tries again the next time. */
  async tools(): Promise<readonly Tool[]> {
    this.#opened ??= this.#open();
    const opened = await this.#opened.catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return (await opened.tools()).map((tool) => this.#wrap(tool));
  }

  /** Closes it as soon as nobody uses it. */
  retire(): void {
    this.#isRetired = true;
    if (this.#calls === 0) this.#closeQuietly();
  }

  /** Closes it; calls in flight are aborted. */
  async close(): Promise<void> {
    this.#isRetired = true;
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.close();
  }

  async #open(): Promise<OpenTools> {
    const { kind, name, tenant, spec, log, onChange } = this.#options;
    const opened = await kind.open(await spec(), { tenant, name, log });
    opened.onChange(() => {
      if (!this.#isRetired) onChange();
    });
    return opened;
  }

  /** The same for the same tool, as sources promise. */
  #wrap(tool: Tool): Tool {
    const known = this.#wrapped.get(tool);
    if (known) return known;
    const wrapped: Tool = {
      ...tool,
      run: async (input, context) => {
        this.#calls++;
        try {
          return await tool.run(input, context);
        } finally {
          this.#calls--;
          if (this.#isRetired && this.#calls === 0) this.#closeQuietly();
        }
      },
    };
    this.#wrapped.set(tool, wrapped);
    return wrapped;
  }

  #closeQuietly(): void {
    this.close().catch((error: unknown) => {
      const { log, name } = this.#options;
      log.warn('the tools of a registration could not be closed', {
        registration: name,
        reason: String(error),
      });
    });
  }
}
