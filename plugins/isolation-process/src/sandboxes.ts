import type { IsolationOffer } from '@agent-factory/sdk';
import type { ProcessSandbox, SandboxedProcess, SandboxRequest } from '@agent-factory/sdk/contracts';
import type { IsolationProcessConfig } from './config.ts';
import { errors } from './errors.ts';
import { launchOf } from './launch/command.ts';
import { whyRefused } from './refused-levels.ts';
import type { RunnerPool } from './runner-pool.ts';
import { RunningSandbox } from './running-sandbox.ts';
import { makeScratchFolder } from './scratch-folder.ts';

/** Where a process at L3 finds its folder: a file system in memory, that nobody else sees. */
const scratchAtL3 = '/scratch';

/** Starts programs of others behind the same walls as plugins. */
export class Sandboxes implements ProcessSandbox {
  readonly #config: IsolationProcessConfig;
  readonly #pool: RunnerPool;
  readonly #running = new Set<SandboxedProcess>();
  #isClosed = false;

  constructor(config: IsolationProcessConfig, pool: RunnerPool) {
    this.#config = config;
    this.#pool = pool;
  }

  levels(): Promise<readonly IsolationOffer[]> {
    return this.#pool.levels();
  }

  async start(request: SandboxRequest): Promise<SandboxedProcess> {
    const level = await this.#levelFor(request);
    if (this.#isClosed) throw this.#unavailable(request, 'The platform stops.');
    const { command, readable, memoryMiB, scratch } = request;
    const { uid, bwrap } = this.#config;
    const folder = scratch && level !== 'L3' ? makeScratchFolder() : undefined;
    try {
      const where = { ...scratch, folder: folder?.folder ?? scratchAtL3 };
      const launch = launchOf({
        level,
        command,
        readable,
        memoryMiB,
        ...(scratch && { scratch: { ...scratch, folder: where.folder } }),
        bwrap,
        uid,
      });
      const process = new RunningSandbox(launch, {
        level,
        memoryMiB,
        scratch: scratch && where.folder,
        ...(folder && scratch && { folder, maxBytes: scratch.bytes }),
      });
      this.#running.add(process);
      void process.ended.then(() => this.#running.delete(process));
      return process;
    } catch (error) {
      folder?.remove();
      throw this.#unavailable(request, `${error instanceof Error ? error.message : String(error)}.`);
    }
  }

  /** Ends all processes. */
  async close(): Promise<void> {
    this.#isClosed = true;
    const running = [...this.#running];
    for (const process of running) process.kill('the platform stops');
    await Promise.all(running.map(({ ended }) => ended));
  }

  async #levelFor(request: SandboxRequest): Promise<SandboxedProcess['level']> {
    const { command, level } = request;
    if (level === 'trusted') return level;
    if (level === 'L1' && command.kind === 'program')
      throw this.#unavailable(request, 'At L1 nothing but the permission model of Node holds.');
    const found = await this.#pool.strongest(level);
    if (found) return found;
    const why = whyRefused(await this.#pool.levels(), level, this.#config.strongest);
    throw this.#unavailable(request, why);
  }

  #unavailable({ command, level, setting }: SandboxRequest, reason: string): Error {
    const program = command.kind === 'node' ? command.script : command.file;
    return errors.AF_ISOLATION_SANDBOX_UNAVAILABLE({ program, level, reason, setting });
  }
}
