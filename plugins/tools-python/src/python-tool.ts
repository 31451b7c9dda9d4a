import type { Json, JsonObject } from '@agent-factory/sdk';
import type { ArtifactStore, Tool, ToolCallContext } from '@agent-factory/sdk/contracts';
import type { ToolDefinition } from '@agent-factory/sdk/domain';
import type { ToolsPythonConfig } from './config.ts';
import { errors } from './errors.ts';
import { CallFiles } from './kept-files.ts';
import { WorkerEnded, WorkerRefusal, type PythonWorker, type WorkerMessage } from './python-worker.ts';
import type { StagedEntry } from './staged-files.ts';
import type { WorkerPool } from './worker-pool.ts';

/** What calls need. */
export interface CallParts {
  readonly pool: WorkerPool<StagedEntry>;
  readonly config: ToolsPythonConfig;
  readonly artifacts: ArtifactStore | undefined;
}

/** Where a function is. */
export interface FunctionPlace {
  readonly entry: StagedEntry;
  readonly file: string;
  readonly function: string;
}

/** Milliseconds a call may wait for a process before its own time begins. */
const waitMs = 30_000;

/** A function of a Python file as a tool. */
export function pythonTool(definition: ToolDefinition, place: FunctionPlace, parts: CallParts): Tool {
  const timeoutMs = definition.timeoutMs ?? parts.config.timeoutMs;
  return {
    ...definition,
    timeoutMs: timeoutMs + waitMs, // the call's own time-out says more than the runtime's
    async run(input, context) {
      context.signal.throwIfAborted();
      // One tenant's process never serves another: modules remember.
      const key = JSON.stringify([place.entry.folder, context.tenant]);
      try {
        return await parts.pool.use(key, place.entry, context.signal, (worker) =>
          callOn(worker, { name: definition.name, place, input, timeoutMs }, context, parts),
        );
      } catch (error) {
        const tool = definition.name;
        if (error instanceof WorkerRefusal)
          throw errors.AF_TOOLS_PYTHON_FAILED({ tool, reason: error.message.slice(0, 2_000) });
        if (error instanceof WorkerEnded)
          throw errors.AF_TOOLS_PYTHON_CRASHED({ tool, reason: error.message });
        throw error;
      }
    },
  };
}

interface Call {
  readonly name: string;
  readonly place: FunctionPlace;
  readonly input: JsonObject;
  readonly timeoutMs: number;
}

let calls = 0;

async function callOn(
  worker: PythonWorker,
  { name, place, input, timeoutMs }: Call,
  context: ToolCallContext,
  { config, artifacts }: CallParts,
): Promise<Json> {
  const { signal } = context;
  signal.throwIfAborted();
  const files = new CallFiles(config);
  const seen = new CallMessages(config, files, context, (reason) => worker.kill(reason));
  let isLate = false;
  const late = (): void => {
    isLate = true;
    worker.kill('it took too long');
  };
  const timer = setTimeout(late, timeoutMs);
  const abort = (): void => worker.kill('the call was cancelled');
  signal.addEventListener('abort', abort, { once: true });
  try {
    const request = {
      op: 'call',
      file: place.file,
      function: place.function,
      input,
      folder: `${worker.scratch}/call-${++calls}`,
      limits: {
        resultBytes: config.maxResultBytes,
        items: config.maxItems,
        outputChars: config.maxOutputChars,
        files: config.maxFiles,
        fileBytes: config.maxFileBytes,
      },
    };
    const result = ((await worker.ask(request, (message) => seen.take(message))) ?? null) as Json; // it came as JSON
    clearTimeout(timer);
    const kept = await files.keep(context, artifacts);
    return kept.length > 0 ? { result, files: kept } : result;
  } catch (error) {
    if (error instanceof WorkerEnded) {
      if (isLate) throw errors.AF_TOOLS_PYTHON_TIMEOUT({ tool: name, ms: timeoutMs });
      signal.throwIfAborted();
    }
    throw error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abort);
  }
}

/** What comes during a call: prints for the log, values of generators, files. More than was agreed ends the process. */
class CallMessages {
  readonly #config: ToolsPythonConfig;
  readonly #files: CallFiles;
  readonly #context: ToolCallContext;
  readonly #kill: (reason: string) => void;
  #items = 0;
  #chars = 0;

  constructor(
    config: ToolsPythonConfig,
    files: CallFiles,
    context: ToolCallContext,
    kill: (reason: string) => void,
  ) {
    this.#config = config;
    this.#files = files;
    this.#context = context;
    this.#kill = kill;
  }

  take(message: WorkerMessage): void {
    const { output, stream } = message;
    if (typeof output === 'string') {
      this.#chars += output.length;
      // Python counts characters, this counts their halves.
      if (this.#chars > this.#config.maxOutputChars * 2)
        return this.#kill('it printed more than was let through');
      this.#context.log.info('A Python tool printed.', {
        stream: stream === 'stderr' ? stream : 'stdout',
        output,
      });
    } else if (Object.hasOwn(message, 'item')) {
      this.#items += 1;
      if (this.#items > this.#config.maxItems)
        this.#kill(`it yielded more than ${this.#config.maxItems} values`);
    } else {
      const problem = this.#files.take(message);
      if (problem !== undefined) this.#kill(problem);
    }
  }
}
