import { createHash } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'rolldown';
import { conditions } from './export-conditions.ts';

/** One folder with all that a runner reads, which other users may read too. */
export interface RunnerKit {
  readonly folder: string;
  readonly runner: string;
  readonly probe: string;
  remove(): void;
}

/** What the runner takes from others: the inner sandbox, and the parser it stands on. */
const packages = ['vm2', 'acorn', 'acorn-walk'];

/** Folders of platforms on this machine, each with its process in its name: containers may share one folder. */
const prefix = `agent-factory-runner-${createHash('sha256').update(hostname()).digest('hex').slice(0, 8)}`;

/** The files processes start with: each calls what is an import like any other elsewhere. */
const starters: Plugin = {
  name: 'agent-factory-starters',
  resolveId: (id) => (id.startsWith('start:') ? id : null),
  load(id) {
    const [, name] = /^start:(\w+)$/.exec(id) ?? [];
    if (name === undefined) return null;
    const file = fileURLToPath(import.meta.resolve(`@agent-factory/plugin-isolation-process/${name}`));
    return `import { run } from ${JSON.stringify(file)};\nawait run();`;
  },
};

/**
 * Lays out a runner's files in a temporary folder: the runner and the probe as one file each, and the packages the
 * runner needs. A runner may read this folder and nothing else.
 */
export async function makeRunnerKit(): Promise<RunnerKit> {
  const { rolldown } = await import('rolldown'); // only where something runs isolated
  removeStale();
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `${prefix}-${process.pid}-`)));
  try {
    const build = await rolldown({
      input: { runner: 'start:runner', probe: 'start:probe' },
      platform: 'node',
      tsconfig: false,
      external: /^(node:|vm2$)/,
      resolve: { conditionNames: [...conditions(), 'node', 'import', 'default'] },
      onLog(_level, { code, message }) {
        // Else it would stay an import that no runner can follow.
        if (code === 'UNRESOLVED_IMPORT') throw new Error(message);
      },
      plugins: [starters],
      treeshake: { moduleSideEffects: (id) => id.startsWith('start:') },
    });
    await build.write({
      dir: folder,
      format: 'esm',
      entryFileNames: '[name].mjs',
      chunkFileNames: '[name].mjs',
    });
    await build.close();
    const require = createRequire(import.meta.url);
    const fromVm2 = createRequire(require.resolve('vm2'));
    for (const name of packages) {
      const from =
        name === 'vm2'
          ? dirname(require.resolve('vm2/package.json'))
          : dirname(fromVm2.resolve(`${name}/package.json`));
      mkdirSync(join(folder, 'node_modules'), { recursive: true });
      cpSync(from, join(folder, 'node_modules', name), { recursive: true, dereference: true });
    }
    openToAll(folder);
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return {
    folder,
    runner: join(folder, 'runner.mjs'),
    probe: join(folder, 'probe.mjs'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
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
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true }))
    chmodSync(join(entry.parentPath, entry.name), entry.isDirectory() ? 0o755 : 0o644);
}
