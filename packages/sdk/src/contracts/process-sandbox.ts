import type { Duplex, Readable } from 'node:stream';
import { defineContract, type SingleContract } from '../contract.ts';
import type { IsolationLevel, IsolationOffer } from '../isolation.ts';

/** What runs in a sandbox: a file of JavaScript under Node's permission model, or any other program. */
export type SandboxCommand =
  | {
      readonly kind: 'node';
      /** Absolute path of the file. */
      readonly script: string;
      readonly args?: readonly string[];
      /** JavaScript heap, in MiB. */
      readonly heapMiB: number;
    }
  | {
      readonly kind: 'program';
      /** Absolute path of the program. */
      readonly file: string;
      readonly args: readonly string[];
    };

/** What to start, and what it may use. */
export interface SandboxRequest {
  readonly command: SandboxCommand;
  /**
   * The least level it may run at; the strongest there is is taken. `trusted` is no sandbox at all, but limits. At
   * `L1` nothing but Node's permission model keeps a process from anything: programs are refused.
   */
  readonly level: IsolationLevel | 'trusted';
  /** Absolute paths it reads, beside the libraries of the machine. Other users have to be able to read them too. */
  readonly readable: readonly string[];
  /** Resident memory, in MiB. */
  readonly memoryMiB: number;
  /** A folder of its own for files, gone when it ends. Default none: it can write nothing. */
  readonly scratch?: {
    /** Bytes of all files together. At `L2` and below the platform looks at them from time to time. */
    readonly bytes: number;
    /** Bytes of one file. */
    readonly fileBytes: number;
  };
  /** Where the operator set the level, for errors: `"isolation" of tools-python`. */
  readonly setting: string;
}

/** A process in its sandbox: no environment, no input, no network, no processes of its own. */
export interface SandboxedProcess {
  /** What it runs at. */
  readonly level: IsolationLevel | 'trusted';
  /** File descriptor 3 of the process, for what passes between it and the platform. */
  readonly channel: Duplex;
  /** Its standard output and error, as one stream. */
  readonly output: Readable;
  /** Its folder for files, as the process sees it. */
  readonly scratch: string | undefined;
  /** Resolves with the reason, as a clause, once it has ended and its files are gone. */
  readonly ended: Promise<string>;
  /** Ends it, and all it started, at once. The reason, a clause, is what `ended` gives. */
  kill(reason: string): void;
}

/** Starts processes that run code nobody vouches for. */
export interface ProcessSandbox {
  /** What this machine offers, the weakest level first. */
  levels(): Promise<readonly IsolationOffer[]>;
  /** Starts a process. AF_ISOLATION_SANDBOX_UNAVAILABLE when the level is not to be had: nothing weaker is taken. */
  start(request: SandboxRequest): Promise<SandboxedProcess>;
}

/** Token of {@link ProcessSandbox}. */
export const ProcessSandbox: SingleContract<ProcessSandbox> = defineContract<ProcessSandbox>({
  id: 'process-sandbox',
  version: '1.0.0',
  description: 'Starts processes that run code nobody vouches for.',
});
