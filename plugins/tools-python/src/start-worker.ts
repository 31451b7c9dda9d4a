import type { ProcessSandbox, SandboxRequest } from '@agent-factory/sdk/contracts';
import type { ToolsPythonConfig } from './config.ts';
import { PythonWorker } from './python-worker.ts';

/** What an engine starts workers with. */
export interface EngineOptions {
  readonly sandbox: ProcessSandbox;
  readonly config: ToolsPythonConfig;
  /** Folder of the worker's own files. */
  readonly worker: string;
}

/** What is started, and what of the machine it has. */
export type WorkerStart = Pick<SandboxRequest, 'command' | 'readable' | 'scratch'> & {
  /** Its folder for files where the sandbox gives none: one that only the process itself knows. */
  readonly inner?: string;
};

/** Milliseconds until a worker has to be ready. */
const startMs = 30_000;
const setting = '"isolation" of tools-python';

/** The longest message of a worker: the longest result, or a piece of a file, and what is around it. */
export function longestMessage({ maxResultBytes }: ToolsPythonConfig): number {
  return Math.max(maxResultBytes, 262_144) + 65_536;
}

/** Bytes of the longest file of a worker: one file more than is kept may be longer, to be told of. */
export function longestFile({ maxFileBytes, maxFiles }: ToolsPythonConfig): number {
  return Math.max(maxFileBytes * 2, maxFiles);
}

/** Starts a worker in a sandbox; it may be asked. */
export async function startWorker(
  { sandbox, config }: EngineOptions,
  { inner, ...start }: WorkerStart,
): Promise<PythonWorker> {
  const { isolation: level, memoryMiB } = config;
  const process = await sandbox.start({ ...start, level, memoryMiB, setting });
  const worker = new PythonWorker(process, longestMessage(config), inner ?? process.scratch ?? '/');
  const timer = setTimeout(() => worker.kill(`it was not ready within ${startMs} ms`), startMs);
  try {
    await worker.ready;
    return worker;
  } finally {
    clearTimeout(timer);
  }
}
