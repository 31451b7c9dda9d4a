import { errors } from './errors.ts';
import type { PythonWorker } from './python-worker.ts';

/** How many workers there may be, and how they are started. */
export interface WorkerPoolOptions<Place> {
  readonly most: number;
  readonly idleMs: number;
  /** Starts a worker that may be asked. */
  start(place: Place): Promise<PythonWorker>;
}

/** Calls that wait for each worker there may be. */
const waitingEach = 100;

interface Idle {
  readonly worker: PythonWorker;
  readonly timer: NodeJS.Timeout;
}

/**
 * Workers by key: what shares a key may share a process, one call after the other. Where there are as many as there
 * may be, the longest idle one of another key goes, and else calls wait in the order they came.
 */
export class WorkerPool<Place> {
  readonly #options: WorkerPoolOptions<Place>;
  readonly #idle = new Map<string, Idle[]>();
  readonly #running = new Set<PythonWorker>();
  readonly #waiting: (() => void)[] = [];
  #starting = 0;
  #isClosed = false;

  constructor(options: WorkerPoolOptions<Place>) {
    this.#options = options;
  }

  /** Gives `work` a worker nobody else uses meanwhile. One that ended, or was ended, is not used again. */
  async use<T>(
    key: string,
    place: Place,
    signal: AbortSignal,
    work: (worker: PythonWorker) => Promise<T>,
  ): Promise<T> {
    const worker = await this.#take(key, place, signal);
    try {
      return await work(worker);
    } finally {
      this.#give(key, worker);
    }
  }

  /** Ends all workers. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { timer } of [...this.#idle.values()].flat()) clearTimeout(timer);
    const running = [...this.#running];
    for (const worker of running) worker.kill('the platform stops');
    for (const wake of this.#waiting.splice(0)) wake();
    await Promise.all(running.map(({ ended }) => ended));
  }

  async #take(key: string, place: Place, signal: AbortSignal): Promise<PythonWorker> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#isClosed) throw errors.AF_TOOLS_PYTHON_BUSY({ waiting: this.#waiting.length });
      const idle = this.#idleOf(key);
      if (idle) return idle;
      if (this.#running.size + this.#starting < this.#options.most) return this.#start(place);
      this.#evict();
      await this.#wait(signal);
      if (signal.aborted) this.#waiting.shift()?.(); // its turn is another's
    }
  }

  #idleOf(key: string): PythonWorker | undefined {
    const idle = this.#idle.get(key) ?? [];
    for (let found = idle.pop(); found; found = idle.pop()) {
      clearTimeout(found.timer);
      if (!found.worker.isOver) return found.worker;
    }
    this.#idle.delete(key);
    return undefined;
  }

  async #start(place: Place): Promise<PythonWorker> {
    this.#starting += 1;
    try {
      const worker = await this.#options.start(place);
      if (this.#isClosed) worker.kill('the platform stops');
      this.#running.add(worker);
      void worker.ended.then(() => {
        this.#running.delete(worker);
        this.#waiting.shift()?.();
      });
      return worker;
    } catch (error) {
      this.#waiting.shift()?.();
      throw error;
    } finally {
      this.#starting -= 1;
    }
  }

  #give(key: string, worker: PythonWorker): void {
    if (worker.isOver) return; // the next one is woken when it has ended
    const timer = setTimeout(() => worker.kill('nobody needs it'), this.#options.idleMs);
    timer.unref();
    const idle = this.#idle.get(key) ?? [];
    idle.push({ worker, timer });
    // Last in the order of keys: the first is the longest idle one.
    this.#idle.delete(key);
    this.#idle.set(key, idle);
    this.#waiting.shift()?.();
  }

  /** Ends the longest idle worker, if there is one; who waits is woken when it has ended. */
  #evict(): void {
    for (const [key, idle] of this.#idle) {
      const oldest = idle.shift();
      if (idle.length === 0) this.#idle.delete(key);
      if (!oldest) continue;
      clearTimeout(oldest.timer);
      if (!oldest.worker.isOver) return oldest.worker.kill('another tool needs its place');
    }
  }

  async #wait(signal: AbortSignal): Promise<void> {
    if (this.#waiting.length >= this.#options.most * waitingEach)
      throw errors.AF_TOOLS_PYTHON_BUSY({ waiting: this.#waiting.length });
    await new Promise<void>((resolve, reject) => {
      const wake = (): void => {
        signal.removeEventListener('abort', abort);
        resolve();
      };
      const abort = (): void => {
        const at = this.#waiting.indexOf(wake);
        if (at >= 0) this.#waiting.splice(at, 1);
        reject(signal.reason as Error); // as whoever aborted gave it
      };
      this.#waiting.push(wake);
      signal.addEventListener('abort', abort, { once: true });
    });
  }
}
