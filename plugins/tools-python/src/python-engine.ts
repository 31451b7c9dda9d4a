import { isAgentFactoryError } from '@agent-factory/sdk';
import type { ProcessSandbox, SandboxCommand } from '@agent-factory/sdk/contracts';
import { join } from 'node:path';
import type { ToolsPythonConfig } from './config.ts';
import { errors } from './errors.ts';
import { findInterpreters, type Interpreter } from './find-interpreters.ts';
import { PythonWorker } from './python-worker.ts';

/** What an engine starts workers with. */
export interface EngineOptions {
  readonly sandbox: ProcessSandbox;
  readonly config: ToolsPythonConfig;
  /** Folder of the worker's own files. */
  readonly worker: string;
}

/** Something that runs Python. */
export interface PythonEngine {
  /** For people: `/usr/bin/python3 (3.12.1)`. */
  readonly name: string;
  /** A worker that may be asked and reads these folders. */
  start(readable: readonly string[]): Promise<PythonWorker>;
}

/** Milliseconds until a worker has to be ready. */
const startMs = 30_000;
const setting = '"isolation" of tools-python';
const [oldestMajor, oldestMinor] = [3, 9];

/** The longest message of a worker: the longest result, or a piece of a file, and what is around it. */
function longestMessage({ maxResultBytes }: ToolsPythonConfig): number {
  return Math.max(maxResultBytes, 262_144) + 65_536;
}

/** The first interpreter that starts under the level asked for. */
export async function findEngine(options: EngineOptions): Promise<PythonEngine> {
  const { python, isolation } = options.config;
  if (isolation === 'L1')
    throw errors.AF_TOOLS_PYTHON_LEVEL({
      level: isolation,
      reason: 'what holds there is the permission model of Node, which python3 knows nothing of',
    });
  const name = python === 'auto' ? 'python3' : python;
  const tried: string[] = [];
  for (const interpreter of findInterpreters(name)) {
    try {
      const worker = await startWorker(options, interpreter, []);
      const version = await worker.ready;
      worker.kill('it was tried');
      const [major = 0, minor = 0] = version.split('.').map(Number);
      if (major === oldestMajor && minor >= oldestMinor)
        return {
          name: `${interpreter.file} (${version})`,
          start: (readable) => startWorker(options, interpreter, readable),
        };
      tried.push(`${interpreter.file} is ${version}.`);
    } catch (error) {
      if (isAgentFactoryError(error, 'AF_ISOLATION_SANDBOX_UNAVAILABLE')) throw error;
      tried.push(`${interpreter.file}: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }
  throw errors.AF_TOOLS_PYTHON_NOT_STARTED({ reason: tried.join(' ') || `there is no ${name}.` });
}

async function startWorker(
  options: EngineOptions,
  { file, readable }: Interpreter,
  more: readonly string[],
): Promise<PythonWorker> {
  const { config, worker } = options;
  const most = longestMessage(config);
  // -I: no variables, no packages of users, not the working directory. -B: nothing is written beside sources.
  const args = ['-I', '-B', '-u', join(worker, 'main.py'), String(most)];
  return readyWorker(options, { kind: 'program', file, args }, [worker, ...readable, ...more]);
}

async function readyWorker(
  { sandbox, config }: EngineOptions,
  command: SandboxCommand,
  readable: readonly string[],
): Promise<PythonWorker> {
  const { isolation: level, memoryMiB, scratchBytes, maxFileBytes, maxFiles } = config;
  const process = await sandbox.start({
    command,
    level,
    readable,
    memoryMiB,
    // One file more than is kept may be as long as it likes, to be told of.
    scratch: { bytes: scratchBytes, fileBytes: Math.max(maxFileBytes * 2, maxFiles) },
    setting,
  });
  const started = new PythonWorker(process, longestMessage(config));
  const timer = setTimeout(() => started.kill(`it was not ready within ${startMs} ms`), startMs);
  try {
    await started.ready;
    return started;
  } finally {
    clearTimeout(timer);
  }
}
