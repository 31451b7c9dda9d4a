import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '@agent-factory/sdk';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { failureOf } from './mcp-failure.ts';

/** Milliseconds a server gets to end by itself, more than its transport waits before it kills. */
const endMs = 6_000;
/** Between attempts to connect, after the first failure and at most. */
const [firstDelayMs, longestDelayMs] = [1_000, 60_000];

/** A transport and how to take leave. */
export interface McpTransport {
  readonly transport: Transport;
  /** Tells the server that the session is over, where there is one. */
  readonly leave?: () => Promise<void>;
}

/** What {@link McpConnection} needs. */
export interface McpConnectionOptions {
  readonly name: string;
  readonly log: Logger;
  readonly connectMs: number;
  readonly idleMs: number;
  readonly makeTransport: () => Promise<McpTransport>;
  /** Called when the server says that its tools changed. */
  readonly onToolsChanged: () => void;
}

interface Live {
  readonly client: Client;
  readonly leave: (() => Promise<void>) | undefined;
  readonly ended: Promise<void>;
}

/** A connection to a server: made when it is needed, made again when it broke, closed when it is idle. */
export class McpConnection {
  readonly #options: McpConnectionOptions;
  #live: Promise<Live> | undefined;
  #failures = 0;
  #notBefore = 0;
  #lastFailure: unknown;
  #uses = 0;
  #idle: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: McpConnectionOptions) {
    this.#options = options;
  }

  /** Does `work` with a connected client. */
  async use<T>(work: (client: Client) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new Error('the registration was closed');
    clearTimeout(this.#idle);
    this.#uses++;
    try {
      const { client } = await this.#connected();
      return await work(client);
    } finally {
      this.#uses--;
      if (this.#uses === 0 && this.#live && !this.#isClosed) {
        this.#idle = setTimeout(() => void this.drop(), this.#options.idleMs);
        this.#idle.unref();
      }
    }
  }

  /** Ends the connection, so that the next use makes another. */
  async drop(): Promise<void> {
    const live = this.#live;
    this.#live = undefined;
    if (live) await this.#end(live);
  }

  /** Ends it for good; requests in flight fail, and no process and no socket is left. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#idle);
    await this.drop();
  }

  #connected(): Promise<Live> {
    if (this.#live) return this.#live;
    // Not at once again: what fails is not asked to fail faster.
    if (Date.now() < this.#notBefore) return Promise.reject(this.#lastFailure as Error); // see below: it is one
    const live: Promise<Live> = this.#connect(() => {
      if (this.#live === live) this.#live = undefined;
    });
    this.#live = live;
    live.then(
      () => {
        this.#failures = 0;
      },
      (error: unknown) => {
        if (this.#live === live) this.#live = undefined;
        this.#lastFailure = error;
        const delay = Math.min(firstDelayMs * 2 ** this.#failures++, longestDelayMs);
        this.#notBefore = Date.now() + delay / 2 + (Math.random() * delay) / 2;
      },
    );
    return live;
  }

  async #connect(onEnd: () => void): Promise<Live> {
    const { name, log, connectMs, makeTransport, onToolsChanged } = this.#options;
    // Loaded with the first connection: it takes long.
    const [{ Client }, { ToolListChangedNotificationSchema }] = await Promise.all([
      import('@modelcontextprotocol/sdk/client/index.js'),
      import('@modelcontextprotocol/sdk/types.js'),
    ]);
    const { transport, leave } = await makeTransport();
    const client = new Client({ name: 'agent-factory', version: '0.1.0' }, { capabilities: {} });
    const ended = Promise.withResolvers<void>();
    client.onclose = () => {
      ended.resolve();
      onEnd();
    };
    let said: unknown;
    client.onerror = (error) => {
      said = error;
      log.debug('an MCP connection had an error', { server: name, reason: error.message });
    };
    client.setNotificationHandler(ToolListChangedNotificationSchema, () => onToolsChanged());
    try {
      await client.connect(transport, { timeout: connectMs });
    } catch (error) {
      await client.close().catch(() => {});
      throw failureOf(name, error, said);
    }
    if (this.#isClosed) {
      await client.close();
      throw new Error('the registration was closed');
    }
    return { client, leave, ended: ended.promise };
  }

  async #end(live: Promise<Live>): Promise<void> {
    const found = await live.catch(() => undefined);
    if (!found) return;
    const { client, leave, ended } = found;
    const waiting = new AbortController();
    const patience = sleep(endMs, undefined, { signal: waiting.signal }).catch(() => {});
    try {
      await Promise.race([leave?.(), patience]);
      await client.close();
      // The process has ended only when its pipes are closed.
      await Promise.race([ended, patience]);
    } catch (error) {
      const { log, name } = this.#options;
      log.debug('an MCP connection could not be closed well', { server: name, reason: String(error) });
    } finally {
      waiting.abort();
    }
  }
}
