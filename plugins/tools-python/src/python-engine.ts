import { isAgentFactoryError } from '@agent-factory/sdk';
import { join } from 'node:path';
import { errors } from './errors.ts';
import { findInterpreters, type Interpreter } from './find-interpreters.ts';
import { pyodideEngine } from './pyodide-engine.ts';
import type { PythonWorker } from './python-worker.ts';
import { longestFile, longestMessage, startWorker, type EngineOptions } from './start-worker.ts';

/** Something that runs Python. */
export interface PythonEngine {
  /** For people: `/usr/bin/python3 (3.12.1)`. */
  readonly name: string;
  /** A worker that may be asked and reads these folders. */
  start(readable: readonly string[]): Promise<PythonWorker>;
  /** What the operator does to have these packages, quoted for a shell: a sentence. */
  mendPackages(wanted: string): string;
}

const [oldestMajor, oldestMinor] = [3, 9];

/**
 * What runs Python at the level asked for: the first interpreter of the machine that starts, or Pyodide where the
 * configuration names it, and where it leaves the choice and no interpreter starts.
 */
export async function findEngine(
  options: EngineOptions,
  interpreters: (name: string) => readonly Interpreter[] = findInterpreters,
): Promise<PythonEngine> {
  const { python, isolation } = options.config;
  if (python === 'pyodide') return pyodideEngine(options, []);
  const isChosen = python !== 'auto';
  if (isolation === 'L1') {
    // What holds there is the permission model of Node, which Pyodide runs under.
    if (!isChosen) return pyodideEngine(options, []);
    throw errors.AF_TOOLS_PYTHON_LEVEL({
      level: isolation,
      reason: `what holds there is the permission model of Node, which ${python} knows nothing of`,
    });
  }
  const name = isChosen ? python : 'python3';
  const tried: string[] = [];
  for (const interpreter of interpreters(name)) {
    try {
      return await interpreterEngine(options, interpreter);
    } catch (error) {
      if (isAgentFactoryError(error, 'AF_ISOLATION_SANDBOX_UNAVAILABLE')) throw error;
      tried.push(`${interpreter.file}: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }
  if (tried.length === 0) tried.push(`There is no ${name}.`);
  if (!isChosen) return pyodideEngine(options, tried);
  throw errors.AF_TOOLS_PYTHON_NOT_STARTED({ reason: tried.join(' ') });
}

async function interpreterEngine(options: EngineOptions, interpreter: Interpreter): Promise<PythonEngine> {
  const { file } = interpreter;
  const worker = await startInterpreter(options, interpreter, []);
  const version = await worker.ready;
  worker.kill('it was tried');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major !== oldestMajor || minor < oldestMinor) throw new Error(`it is ${version}`);
  return {
    name: `${file} (${version})`,
    start: (readable) => startInterpreter(options, interpreter, readable),
    mendPackages: (wanted) =>
      `Run: ${file} -m pip install ${wanted}; or name the interpreter that has them with "python" of tools-python.`,
  };
}

function startInterpreter(
  options: EngineOptions,
  { file, readable }: Interpreter,
  more: readonly string[],
): Promise<PythonWorker> {
  const { config, worker } = options;
  // -I: no variables, no packages of users, not the working directory. -B: nothing is written beside sources.
  const args = ['-I', '-B', '-u', join(worker, 'main.py'), String(longestMessage(config))];
  return startWorker(options, {
    command: { kind: 'program', file, args },
    readable: [worker, ...readable, ...more],
    scratch: { bytes: config.scratchBytes, fileBytes: longestFile(config) },
  });
}
