import { isAgentFactoryError } from '@agent-factory/sdk';
import { chmodSync, copyFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { errors } from './errors.ts';
import type { PythonEngine } from './python-engine.ts';
import type { PythonWorker } from './python-worker.ts';
import { longestFile, longestMessage, startWorker, type EngineOptions } from './start-worker.ts';

/** What of the package a process reads. */
const files = [
  'pyodide.mjs',
  'pyodide.asm.mjs',
  'pyodide.asm.wasm',
  'python_stdlib.zip',
  'pyodide-lock.json',
];
/** JavaScript of the process; the memory of Python is not part of it. */
const heapMiB = 96;
/** Its folder for files, in its own memory. */
const scratch = '/scratch';

/**
 * Python as WebAssembly, in processes of Node. What was tried before it, as sentences, is told where it does not start
 * either.
 */
export async function pyodideEngine(options: EngineOptions, tried: readonly string[]): Promise<PythonEngine> {
  try {
    stagePyodide(options.worker);
    const worker = await startPyodide(options, []);
    // It takes long to start: who asks first for one that reads nothing more is given this one.
    const idle = [worker];
    return {
      name: `Pyodide (${await worker.ready})`,
      start: async (readable) =>
        (readable.length === 0 ? idle.pop() : undefined) ?? startPyodide(options, readable),
      mendPackages: (wanted) =>
        `Pyodide has the standard library alone. Install python3 (3.9 or newer) where other users may read it, run: python3 -m pip install ${wanted}; and write "python: python3" for tools-python.`,
    };
  } catch (error) {
    if (isAgentFactoryError(error)) throw error;
    const reason = `Pyodide: ${error instanceof Error ? error.message : String(error)}.`;
    throw errors.AF_TOOLS_PYTHON_NOT_STARTED({ reason: [...tried, reason].join(' ') });
  }
}

/** Copies Pyodide beside the worker's own files: where it is installed, other users may not read it. */
function stagePyodide(worker: string): void {
  for (const file of files) {
    const copy = join(worker, file);
    if (existsSync(copy)) continue;
    copyFileSync(fileURLToPath(new URL(file, import.meta.resolve('pyodide'))), copy);
    chmodSync(copy, 0o644);
  }
}

function startPyodide(options: EngineOptions, more: readonly string[]): Promise<PythonWorker> {
  const { config, worker } = options;
  const limits = [longestMessage(config), config.memoryMiB, config.scratchBytes, longestFile(config)];
  return startWorker(options, {
    command: {
      kind: 'node',
      script: join(worker, 'pyodide-main.mjs'),
      args: [...limits.map(String), ...more],
      heapMiB,
    },
    readable: [worker, ...more],
    inner: scratch,
  });
}
