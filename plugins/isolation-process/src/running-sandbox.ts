import type { ChildProcess } from 'node:child_process';
import { PassThrough, type Duplex, type Readable } from 'node:stream';
import type { SandboxedProcess } from '@agent-factory/sdk/contracts';
import type { Launch } from './launch/command.ts';
import { endGroup, endLaunch, spawnLaunch } from './launch/spawn-launch.ts';
import { innermost, residentBytes } from './process-usage.ts';
import type { ScratchFolder } from './scratch-folder.ts';

const watchMs = 100;
/** How many looks apart the files are counted. */
const looksPerCount = 5;

/** What a process is held to from outside. */
export interface SandboxLimits {
  readonly level: SandboxedProcess['level'];
  readonly memoryMiB: number;
  /** Its folder, as it sees it. */
  readonly scratch: string | undefined;
  /** The folder where this process sees it, with what it may hold. */
  readonly folder?: ScratchFolder;
  readonly maxBytes?: number;
}

/** A program in its sandbox, watched from outside. */
export class RunningSandbox implements SandboxedProcess {
  readonly level: SandboxedProcess['level'];
  readonly channel: Duplex;
  readonly output: Readable;
  readonly scratch: string | undefined;
  readonly ended: Promise<string>;
  readonly #child: ChildProcess;
  readonly #limits: SandboxLimits;
  readonly #watch: NodeJS.Timeout;
  #reason: string | undefined;
  #looks = 0;

  constructor(launch: Launch, limits: SandboxLimits) {
    const { level, scratch, folder } = limits;
    this.level = level;
    this.scratch = scratch;
    this.#limits = limits;
    this.#child = spawnLaunch(launch, { output: true, ...(folder && { folder: folder.folder }) });
    this.channel = this.#child.stdio[3] as Duplex; // a pipe, as asked for
    this.channel.on('error', () => {});
    this.output = this.#join();
    this.#watch = setInterval(() => this.#look(), watchMs);
    this.#watch.unref();
    this.ended = this.#end();
  }

  kill(reason: string): void {
    this.#reason ??= reason;
    clearInterval(this.#watch);
    endLaunch(this.#child, innermost(this.#child.pid ?? 0));
  }

  #join(): Readable {
    const output = new PassThrough();
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('error', () => {});
      stream?.pipe(output, { end: false });
    }
    return output;
  }

  #end(): Promise<string> {
    const { promise, resolve } = Promise.withResolvers<string>();
    this.#child.on('error', (error) => (this.#reason ??= error.message));
    this.#child.on('exit', (code, signal) => {
      this.#reason ??= `it ended ${signal ? `by ${signal}` : `with code ${code}`}`;
      clearInterval(this.#watch);
      // What it left behind would hold its pipes open.
      endGroup(this.#child.pid ?? 0);
    });
    this.#child.on('close', () => {
      clearInterval(this.#watch);
      this.#limits.folder?.remove();
      this.output.push(null);
      resolve(this.#reason ?? 'it ended');
    });
    return promise;
  }

  #look(): void {
    const { memoryMiB, folder, maxBytes = 0 } = this.#limits;
    if (residentBytes(this.#child.pid ?? 0) > memoryMiB * 1_048_576)
      return this.kill(`it used more than ${memoryMiB} MiB of memory`);
    this.#looks += 1;
    if (folder && this.#looks % looksPerCount === 0 && folder.bytes() > maxBytes)
      this.kill(`its files had more than ${maxBytes} bytes`);
  }
}
