import type { SandboxedProcess } from '@agent-factory/sdk/contracts';
import { encodeMessage, MessageReader } from './message-reader.ts';

/** What a worker sends while it answers. */
export type WorkerMessage = Readonly<Record<string, unknown>>;

/** What a worker answered in place of a result, in its own words. */
export class WorkerRefusal extends Error {}

/** The process has ended; why, as a clause. */
export class WorkerEnded extends Error {}

const mostSaid = 2_000;

interface Open {
  readonly onMessage: (message: WorkerMessage) => void;
  readonly resolve: (done: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** One process that runs Python, asked one thing at a time. */
export class PythonWorker {
  /** Resolves with its version when it can be asked; rejects with {@link WorkerEnded}. */
  readonly ready: Promise<string>;
  /** Its folder for files, as it sees it. */
  readonly scratch: string;
  readonly #process: SandboxedProcess;
  #open: Open | undefined;
  /** The number of the request that is open; 0 until it is ready. */
  #id = 0;
  #isOver = false;
  #said = '';

  constructor(process: SandboxedProcess, maxMessageBytes: number, scratch: string) {
    this.#process = process;
    this.scratch = scratch;
    const reader = new MessageReader(maxMessageBytes, (message) => this.#take(message));
    process.channel.on('data', (piece: Buffer) => {
      const problem = reader.push(piece);
      if (problem !== undefined) this.kill(problem);
    });
    process.output.on('data', (piece: Buffer) => {
      this.#said = `${this.#said}${piece.toString()}`.slice(-mostSaid);
    });
    this.ready = new Promise((resolve, reject) => {
      this.#open = { onMessage() {}, resolve: (version) => resolve(String(version)), reject };
    });
    this.ready.catch(() => {}); // told to whoever waits for it
    void process.ended.then((reason) => {
      this.#isOver = true;
      const said = this.#said.trim().split('\n').at(-1)?.slice(0, 300);
      const open = this.#open;
      this.#open = undefined;
      open?.reject(new WorkerEnded(said ? `${reason} (${said})` : reason));
    });
  }

  /** Whether it has ended or is about to. */
  get isOver(): boolean {
    return this.#isOver;
  }

  get level(): SandboxedProcess['level'] {
    return this.#process.level;
  }

  /** Resolves once it has ended. */
  get ended(): Promise<string> {
    return this.#process.ended;
  }

  /** Asks it; messages before the last come one by one. Rejects with {@link WorkerRefusal} or {@link WorkerEnded}. */
  ask(request: object, onMessage: (message: WorkerMessage) => void = () => {}): Promise<unknown> {
    if (this.#isOver) return Promise.reject(new WorkerEnded('it ended before the call'));
    return new Promise((resolve, reject) => {
      this.#open = { onMessage, resolve, reject };
      this.#id += 1;
      this.#process.channel.write(encodeMessage({ ...request, id: this.#id }));
    });
  }

  /** Ends it at once, for a reason: a clause. */
  kill(reason: string): void {
    this.#isOver = true;
    this.#process.kill(reason);
  }

  #take(message: WorkerMessage): void {
    const open = this.#open;
    if (this.#isOver) return;
    // An answer to a request before this one is the tool's own work.
    if (!open || message['id'] !== this.#id) return this.kill('it sent what nobody asked for');
    if (Object.hasOwn(message, 'done')) this.#close(() => open.resolve(message['done']));
    else if (typeof message['failed'] === 'string') {
      const { failed } = message;
      this.#close(() => open.reject(new WorkerRefusal(failed)));
    } else open.onMessage(message);
  }

  #close(answer: () => void): void {
    this.#open = undefined;
    answer();
  }
}
