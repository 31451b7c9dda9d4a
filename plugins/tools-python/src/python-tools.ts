import type { ArtifactStore, ProcessSandbox, Tool } from '@agent-factory/sdk/contracts';
import type { ToolsPythonConfig } from './config.ts';
import { errors } from './errors.ts';
import { findEngine } from './python-engine.ts';
import { pythonTool } from './python-tool.ts';
import { readFunctions } from './read-functions.ts';
import { stageFiles, type StagedEntry } from './staged-files.ts';
import { WorkerPool } from './worker-pool.ts';

/** What the tools depend on. */
export interface PythonToolsOptions {
  readonly config: ToolsPythonConfig;
  readonly sandbox: ProcessSandbox;
  readonly artifacts: ArtifactStore | undefined;
  /** Where relative files start. */
  readonly baseDir: string;
}

/** Tools out of Python files, until they are closed. */
export interface PythonTools {
  readonly tools: readonly Tool[];
  /** What runs them, for people; none without tools. */
  readonly engine: string | undefined;
  close(): Promise<void>;
}

/** Reads the functions of the configured files, and makes tools of them. */
export async function createPythonTools(options: PythonToolsOptions): Promise<PythonTools> {
  const { config, sandbox, artifacts, baseDir } = options;
  if (config.tools.length === 0) return { tools: [], engine: undefined, close: async () => {} };
  const stage = stageFiles(config.tools, baseDir);
  try {
    const engine = await findEngine({ sandbox, config, worker: stage.worker });
    const pool = new WorkerPool<StagedEntry>({
      most: config.workers,
      idleMs: config.idleMs,
      start: ({ folder }) => engine.start([folder]),
    });
    const tools = new Map<string, Tool>();
    const worker = await engine.start([]);
    try {
      for (const [index, staged] of stage.entries.entries()) {
        const entry = config.tools[index];
        if (!entry) continue;
        for (const { definition, place } of await readFunctions(entry, staged, { engine, worker }, config)) {
          if (tools.has(definition.name))
            throw errors.AF_TOOLS_PYTHON_SOURCE({
              file: entry.file ?? entry.folder ?? '',
              reason: `another tool is named ${definition.name}`,
              mend: 'Give one of them an "id".',
            });
          tools.set(definition.name, pythonTool(definition, place, { pool, config, artifacts }));
        }
      }
    } finally {
      worker.kill('the files are read');
    }
    return {
      tools: [...tools.values()],
      engine: engine.name,
      async close() {
        await pool.close();
        stage.remove();
      },
    };
  } catch (error) {
    stage.remove();
    throw error;
  }
}
