import { Worker } from 'node:worker_threads';
import { AgentFactoryError } from '@agent-factory/sdk';
import { scanWorker } from '../package-files.ts';
import type { ScanReport, ScanRules } from './scan-package.ts';

/** What the worker says. */
export type ScanMessage =
  | { readonly kind: 'passed'; readonly report: ScanReport }
  | {
      readonly kind: 'refused';
      readonly error: ReturnType<AgentFactoryError['toJSON']> & { readonly status: number };
    }
  | { readonly kind: 'failed'; readonly reason: string };

/** What a scan ends in. One that failed says nothing of the package, so the package is held back. */
type ScanOutcome =
  | { readonly kind: 'passed'; readonly report: ScanReport }
  | { readonly kind: 'refused'; readonly error: AgentFactoryError }
  | { readonly kind: 'failed'; readonly reason: string };

/** Looks through packages, one after another, in a thread that may die without harm. */
export interface Scanner {
  scan(bytes: Uint8Array, rules: ScanRules): Promise<ScanOutcome>;
  /** Ends the thread: what it is looking at fails, what waits is looked at by the next one. */
  interrupt(): Promise<void>;
  close(): Promise<void>;
}

/** How the thread is kept. */
export interface ScannerOptions {
  /** Milliseconds one package may take. Default 30,000. */
  readonly timeoutMs?: number;
  /** Megabytes its heap may take. Default 512. */
  readonly heapMb?: number;
}

/** Makes a scanner; its thread starts with the first package. */
export function createScanner({ timeoutMs = 30_000, heapMb = 512 }: ScannerOptions = {}): Scanner {
  let worker: Worker | undefined;
  let last: Promise<unknown> = Promise.resolve();

  async function scan(bytes: Uint8Array, rules: ScanRules): Promise<ScanOutcome> {
    const thread = (worker ??= start());
    const { promise, resolve } = Promise.withResolvers<ScanMessage>();
    const fail = (reason: string): void => resolve({ kind: 'failed', reason });
    const onError = (error: Error): void => fail(`the scanner broke: ${error.message}`);
    const onExit = (): void => fail('the scanner ended');
    const timer = setTimeout(() => {
      fail(`the scan took longer than ${timeoutMs} ms`);
      void thread.terminate();
    }, timeoutMs);
    thread.once('message', resolve).once('error', onError).once('exit', onExit);
    thread.ref();
    // A copy that is handed over: of a piece of a larger buffer, all of that buffer would be copied.
    const copy = new Uint8Array(bytes);
    thread.postMessage({ bytes: copy, rules }, [copy.buffer]);
    const message = await promise;
    clearTimeout(timer);
    thread.off('message', resolve).off('error', onError).off('exit', onExit);
    thread.unref();
    if (message.kind !== 'refused') return message;
    const { code, message: text, fix, status } = message.error;
    return { kind: 'refused', error: new AgentFactoryError(code, { message: text, fix, status }) };
  }

  function start(): Worker {
    const thread = new Worker(scanWorker, {
      name: 'registry-scanner',
      resourceLimits: { maxOldGenerationSizeMb: heapMb },
      // It needs nothing of what the registry was started with.
      env: {},
    });
    thread.on('error', () => {});
    thread.once('exit', () => {
      if (worker === thread) worker = undefined;
    });
    return thread;
  }

  return {
    scan(bytes, rules) {
      const mine = last.then(() => scan(bytes, rules));
      last = mine;
      return mine;
    },
    async interrupt() {
      await worker?.terminate();
    },
    async close() {
      await worker?.terminate();
      await last;
    },
  };
}
