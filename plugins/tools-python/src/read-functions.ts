import { foreignSchema, isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import type { ToolDefinition } from '@agent-factory/sdk/domain';
import { basename } from 'node:path';
import type { PythonToolEntry, ToolsPythonConfig } from './config.ts';
import { errors } from './errors.ts';
import type { PythonEngine } from './python-engine.ts';
import type { FunctionPlace } from './python-tool.ts';
import { WorkerEnded, WorkerRefusal, type PythonWorker } from './python-worker.ts';
import type { StagedEntry, StagedFile } from './staged-files.ts';

/** A tool as the configuration and the source say it is. */
export interface ReadTool {
  readonly definition: ToolDefinition;
  readonly place: FunctionPlace;
}

/** A worker that is asked about sources, and what started it. */
export interface Reader {
  readonly engine: PythonEngine;
  readonly worker: PythonWorker;
}

interface PythonFunction {
  readonly name: string;
  readonly description: string;
  readonly input: JsonObject;
  readonly positional: boolean;
}

/** Milliseconds for a file to be read. */
const readMs = 30_000;

/** Reads the functions of an entry in a worker, which runs none of it, and sees that its packages are there. */
export async function readFunctions(
  entry: PythonToolEntry,
  staged: StagedEntry,
  { engine, worker }: Reader,
  config: ToolsPythonConfig,
): Promise<readonly ReadTool[]> {
  const timer = setTimeout(() => worker.kill(`it took more than ${readMs} ms`), readMs);
  const limits = { resultBytes: config.maxResultBytes };
  try {
    await checkPackages(worker, entry, engine, limits);
    const tools: ReadTool[] = [];
    for (const file of staged.files) {
      const { shown, source } = file;
      const found = (await asked(worker, shown, {
        op: 'describe',
        source,
        limits,
      })) as readonly PythonFunction[]; // as our worker writes it
      tools.push(...toolsOf(entry, staged, file, found, config));
    }
    return tools;
  } finally {
    clearTimeout(timer);
  }
}

async function checkPackages(
  worker: PythonWorker,
  { packages = [], file, folder }: PythonToolEntry,
  { name, mendPackages }: PythonEngine,
  limits: object,
): Promise<void> {
  if (packages.length === 0) return;
  const shown = file ?? folder ?? '';
  const missing = (await asked(worker, shown, { op: 'packages', packages, limits })) as readonly {
    readonly wanted: string;
    readonly why: string;
  }[]; // as our worker writes it
  if (missing.length === 0) return;
  const wanted = missing.map((one) => `'${one.wanted}'`).join(' ');
  throw errors.AF_TOOLS_PYTHON_PACKAGES({
    file: shown,
    python: name,
    missing: missing.map((one) => `${one.wanted} (${one.why})`).join(', '),
    mend: mendPackages(wanted),
  });
}

async function asked(worker: PythonWorker, file: string, request: object): Promise<unknown> {
  try {
    return await worker.ask(request);
  } catch (error) {
    if (isAgentFactoryError(error) || !(error instanceof WorkerRefusal || error instanceof WorkerEnded))
      throw error;
    throw refused(file, `it cannot be read: ${error.message}`);
  }
}

function toolsOf(
  entry: PythonToolEntry,
  staged: StagedEntry,
  file: StagedFile,
  found: readonly PythonFunction[],
  config: ToolsPythonConfig,
): readonly ReadTool[] {
  const { function: wanted, effect, timeoutMs = config.timeoutMs } = entry;
  const chosen = wanted === undefined ? found : found.filter(({ name }) => name === wanted);
  if (chosen.length === 0)
    throw refused(
      file.shown,
      wanted === undefined ? 'it has no public functions' : `it has no function ${wanted}`,
    );
  return chosen.map((each) => {
    const own: Partial<PythonToolEntry> = wanted === undefined ? {} : entry;
    const stem = basename(file.file, '.py').replace(/[^A-Za-z0-9_-]/g, '_');
    const name = own.id ?? (wanted === undefined ? `${stem}_${each.name}` : each.name);
    if (!/^[A-Za-z0-9_-]{1,64}$/.test(name))
      throw refused(file.shown, `"${name}" is no name for a tool: at most 64 letters, digits, "_" and "-"`);
    if (each.positional)
      throw refused(file.shown, `${each.name} takes any number of arguments (*), which have no names`);
    const description = own.description ?? each.description;
    return {
      definition: {
        name,
        description:
          description.length >= 10
            ? description
            : `Calls the Python function ${each.name}. ${description}`.trim(),
        input: own.input ?? foreignSchema(each.input),
        effect,
        timeoutMs,
      },
      place: { entry: staged, file: file.file, function: each.name },
    };
  });
}

function refused(file: string, reason: string): Error {
  return errors.AF_TOOLS_PYTHON_SOURCE({
    file,
    reason,
    mend: 'Mend the file, or the entry of tools-python.',
  });
}
