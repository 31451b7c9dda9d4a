import type { IsolationLevel, JsonSchema } from '@agent-factory/sdk';
import type { ToolEffect } from '@agent-factory/sdk/domain';

/** Functions of Python files that are to be tools. */
export interface PythonToolEntry {
  /** A file, relative to the configuration's folder. Either this or `folder`. */
  readonly file?: string;
  /** A folder whose `.py` files have the functions; all that is in it is there for them. */
  readonly folder?: string;
  /** The one function of `file`. Default: every one whose name does not begin with `_`. */
  readonly function?: string;
  /** Name of the tool, where `function` is given. Default the function's. */
  readonly id?: string;
  /** What the model is told, where `function` is given. Default the docstring. */
  readonly description?: string;
  /** JSON Schema of the input, where `function` is given. Default from the signature. */
  readonly input?: JsonSchema;
  readonly effect: ToolEffect;
  /** Milliseconds one call may take. Default `timeoutMs` of the plugin. */
  readonly timeoutMs?: number;
  /** Packages that have to be there: `numpy`, `numpy>=1.24,<3`. Default none. */
  readonly packages?: readonly string[];
  /** Files and folders that are there beside `file`: data, modules. Default none. */
  readonly files?: readonly string[];
}

/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface ToolsPythonConfig {
  readonly tools: readonly PythonToolEntry[];
  /** Name or path of the interpreter, `pyodide`, or `auto`: the first `python3` that starts, else Pyodide. */
  readonly python: string;
  /** The least isolation level tools run at. */
  readonly isolation: IsolationLevel | 'trusted';
  /** Milliseconds one call may take, where its tool does not say. */
  readonly timeoutMs: number;
  /** Processes at once. */
  readonly workers: number;
  /** Milliseconds without a call after which a process is ended. */
  readonly idleMs: number;
  /** Resident memory of one process, in MiB. */
  readonly memoryMiB: number;
  /** Bytes of JSON a result may have. */
  readonly maxResultBytes: number;
  /** Values a generator may yield in one call. */
  readonly maxItems: number;
  /** Characters of what a call prints that go to the log. */
  readonly maxOutputChars: number;
  /** Files of one call that are kept. */
  readonly maxFiles: number;
  /** Bytes of one file. */
  readonly maxFileBytes: number;
  /** Bytes of all files of a process together. */
  readonly scratchBytes: number;
}
