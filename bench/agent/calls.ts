import { fork, type ChildProcess } from 'node:child_process';
import { resolve } from 'node:path';

/** What a process of the bench does when it is asked to. */
export type Calls = Readonly<Record<string, (argument: never) => Promise<unknown>>>;

interface Asked {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

interface Answered {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** In the process: answers calls from the one that started it. */
export function serveCalls(calls: Calls): void {
  process.on('message', (message) => {
    const { id, name, argument } = message as Asked; // from `startProcess` alone
    const call = calls[name] ?? (() => Promise.reject(new Error(`there is no ${name}`)));
    call(argument as never).then(
      (value) => process.send?.({ id, value }),
      (error: unknown) =>
        process.send?.({ id, error: error instanceof Error ? (error.stack ?? '') : String(error) }),
    );
  });
  process.send?.({ id: 0 });
}

/** A process of the bench, seen from the one that started it. */
export interface Remote {
  /** Calls it; the caller knows what the answer is. */
  call<T>(name: string, argument?: unknown): Promise<T>;
  stop(): Promise<void>;
}

/** Starts one of the bench's own files as a process and waits until it serves calls. */
export async function startProcess(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<Remote> {
  const child: ChildProcess = fork(resolve(import.meta.dirname, file), args, {
    env: { ...process.env, ...env },
    execArgv: ['--conditions=@agent-factory/source', '--expose-gc', ...extraArguments(args)],
  });
  const open = new Map<number, PromiseWithResolvers<unknown>>();
  const ready = Promise.withResolvers<unknown>();
  open.set(0, ready);
  let last = 0;
  child.on('message', (message) => {
    const { id, value, error } = message as Answered; // from `serveCalls` alone
    const waiting = open.get(id);
    open.delete(id);
    if (error === undefined) waiting?.resolve(value);
    else waiting?.reject(new Error(`${file} ${args.join(' ')}: ${error}`));
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', (code) => {
      for (const one of open.values()) one.reject(new Error(`${file} ${args.join(' ')} ended with ${code}`));
      resolve();
    });
  });
  await ready.promise;
  return {
    call<T>(name: string, argument?: unknown): Promise<T> {
      const waiting = Promise.withResolvers<unknown>();
      open.set(++last, waiting);
      child.send({ id: last, name, argument });
      return waiting.promise as Promise<T>; // as the interface says
    },
    stop: () => {
      child.kill('SIGKILL');
      return gone;
    },
  };
}

/** `PROFILE=<folder>` writes a CPU profile of every measured process that ends by itself. */
function extraArguments(args: readonly string[]): string[] {
  const folder = process.env['PROFILE'];
  return folder === undefined || args.length === 0 ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}
