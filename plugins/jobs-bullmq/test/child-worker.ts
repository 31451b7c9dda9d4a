import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** A worker in a process of its own. */
export interface ChildWorker {
  readonly pid: number;
  /** What it said so far. */
  readonly lines: readonly string[];
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Starts a worker with these plugins whose jobs take `workMs`. */
export async function startWorker(plugins: readonly unknown[], workMs: number): Promise<ChildWorker> {
  const file = fileURLToPath(new URL('fixtures/worker.ts', import.meta.url));
  const child = spawn(
    process.execPath,
    ['--conditions=@agent-factory/source', file, JSON.stringify(plugins), String(workMs)],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  const lines: string[] = [];
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    createInterface(child.stdout).on('line', (line) => {
      lines.push(line);
      if (line === 'ready') resolve();
    });
    child.once('exit', () => reject(new Error(`the worker ended: ${lines.join('\n')}`)));
  });
  return {
    pid: child.pid ?? 0,
    lines,
    async kill(signal) {
      child.kill(signal);
      if (signal === 'SIGKILL') await ended;
    },
  };
}
