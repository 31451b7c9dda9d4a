import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildOptions, ChildReply, ChildRequest } from './child.ts';

const child = fileURLToPath(new URL('./child.ts', import.meta.url));

/** One process of a platform, as long as it lives. */
export class FaultProcess {
  readonly options: ChildOptions;
  /** Rejects when it ends before it is ready. */
  readonly ready: Promise<void>;
  readonly ended: Promise<unknown>;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<string, (reply: ChildReply | undefined) => void>();
  isAlive = true;

  constructor(options: ChildOptions) {
    this.options = options;
    this.#process = fork(child, [JSON.stringify(options)], {
      execArgv: ['--conditions=@agent-factory/source'],
      // Most of a boot is compiling, which the processes before have done.
      env: { ...process.env, NODE_COMPILE_CACHE: join(options.dataDir, 'compiled') },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.ready = promise;
    promise.catch(() => {}); // it may be killed while it boots
    this.#process.on('message', (message) => {
      const reply = message as ChildReply; // it sends nothing else
      if ('ready' in reply) return resolve();
      const key = 'accepted' in reply ? reply.accepted : 'refused' in reply ? reply.refused : reply.echo;
      this.#waiting.get(key)?.(reply);
      this.#waiting.delete(key);
    });
    this.ended = once(this.#process, 'exit').then(() => {
      this.isAlive = false;
      reject(new Error(`A process of the role ${options.role} ended before it was ready.`));
      for (const tell of this.#waiting.values()) tell(undefined);
    });
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  /** Sends a signal to this process alone. */
  signal(signal: NodeJS.Signals): void {
    if (this.isAlive) this.#process.kill(signal);
  }

  /** Starts a run; its id, or `undefined` when the process ended before it answered or refused. */
  async start(key: string, tenant: string): Promise<string | undefined> {
    const reply = await this.#ask(key, { start: key, tenant });
    return reply && 'accepted' in reply ? reply.runId : undefined;
  }

  /** Resolves when the process has gone on with whatever was due before. */
  async echo(): Promise<void> {
    await this.#ask('echo', { echo: 'echo' });
  }

  /** Ends it in good order; by force when that takes longer than 10 s. */
  async close(): Promise<void> {
    if (this.isAlive) this.#process.send({ close: true } satisfies ChildRequest, () => {});
    const timer = setTimeout(() => this.signal('SIGKILL'), 10_000);
    await this.ended;
    clearTimeout(timer);
  }

  #ask(key: string, request: ChildRequest): Promise<ChildReply | undefined> {
    return new Promise((resolve) => {
      if (!this.isAlive || !this.#process.connected) return resolve(undefined);
      this.#waiting.set(key, resolve);
      this.#process.send(request, (error) => {
        if (error) resolve(undefined);
      });
    });
  }
}
