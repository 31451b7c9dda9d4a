import { createHash } from 'node:crypto';
import { chmodSync, lstatSync, mkdtempSync, readdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

/** One folder with all that a runner reads, which other users may read too. */
export interface RunnerKit {
  readonly folder: string;
  readonly runner: string;
  readonly probe: string;
  remove(): void;
}

/** Folders of platforms on this machine, each with its process in its name: containers may share one folder. */
const prefix = `agent-factory-runner-${createHash('sha256').update(hostname()).digest('hex').slice(0, 8)}`;

/** Lays out a runner's files in a temporary folder. A runner may read this folder and nothing else. */
export async function makeRunnerKit(): Promise<RunnerKit> {
  const { kitScripts } = await import('./kit/scripts.ts'); // it loads the bundler: only where something runs isolated
  removeStale();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${prefix}-${process.pid}-`)));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    for (const [name, text] of Object.entries(await kitScripts())) writeFileSync(join(folder, name), text);
    openToAll(folder);
  } catch (error) {
    remove();
    throw error;
  }
  return { folder, runner: join(folder, 'start.cjs'), probe: join(folder, 'probe.cjs'), remove };
}

/** Removes what platforms left that were killed. */
function removeStale(): void {
  const own = process.getuid?.() ?? 0;
  for (const name of readdirSync(tmpdir())) {
    const [, pid] = new RegExp(`^${prefix}-(\\d+)-`).exec(name) ?? [];
    if (pid === undefined || isAlive(Number(pid))) continue;
    const folder = join(tmpdir(), name);
    try {
      // Even root removes nothing that others may change meanwhile: theirs is for their next platform.
      if (lstatSync(folder).uid === own) rmSync(folder, { recursive: true, force: true });
    } catch {
      // Another platform removed it meanwhile.
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // alive, as another user
  }
}

/** Whatever the mask of this process is: others run what is in here, as another user. */
function openToAll(folder: string): void {
  chmodSync(folder, 0o755);
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o644);
}
