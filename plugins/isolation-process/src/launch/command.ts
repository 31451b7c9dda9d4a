import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { IsolationLevel } from '@agent-factory/sdk';
import type { Limits } from '../config.ts';

/** What a runner is started with. */
export interface LaunchPlan {
  readonly level: IsolationLevel;
  /** The file to run, and the folders and files it may read. */
  readonly script: string;
  readonly readable: readonly string[];
  readonly limits: Pick<Limits, 'heapMiB' | 'memoryMiB' | 'maxMessageBytes'>;
  /** Name or path of bubblewrap. */
  readonly bwrap: string;
  /** User and group id at L2 and L3, where this process may take another. */
  readonly uid: number;
}

/** A command with its arguments, and what its process is given. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  readonly uid?: number;
  /** Whether file descriptor 4 has to hold the filter of system calls. */
  readonly filter: boolean;
}

/** The path of a program; nothing where there is none. */
function programPath(name: string): string | undefined {
  if (isAbsolute(name)) return existsSync(name) ? name : undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/bin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => path.startsWith('/') && existsSync(path));
}

/** Whether this process may start others as another user. */
export const mayChangeUser: boolean = process.getuid?.() === 0;

/** Why a process of this one cannot take this id, where it is root of a container whose users do not include it. */
export function unmapped(id: number): string | undefined {
  for (const file of ['/proc/self/uid_map', '/proc/self/gid_map']) {
    if (!existsSync(file)) continue;
    const ranges = readFileSync(file, 'utf8').trim().split('\n');
    const holds = (range: string): boolean => {
      const [from = 0, , length = 0] = range.trim().split(/\s+/).map(Number);
      return id >= from && id < from + length;
    };
    if (!ranges.some(holds)) return `this container has no id ${id} (${file})`;
  }
  return undefined;
}

/** Whether Node's permission model keeps the network closed by itself. */
export const nodeClosesNetwork: boolean = Number(process.versions.node.split('.')[0]) >= 25;

/** How a runner is started at a level. Throws a sentence when a program it takes is not there. */
export function launchOf(plan: LaunchPlan): Launch {
  const runner = [process.execPath, ...nodeArguments(plan)];
  const limited = [...limiter(plan), ...runner];
  if (plan.level === 'L1') return split(limited);
  const missing = mayChangeUser ? unmapped(plan.uid) : 'only root can start a process as another user';
  const user = missing === undefined ? { uid: plan.uid } : {};
  if (plan.level === 'L3') return { ...split([...wrapper(plan), ...limited]), ...user, filter: true };
  if (missing !== undefined) throw new Error(missing);
  if (nodeClosesNetwork) return { ...split(limited), ...user };
  const unshare = programPath('unshare');
  if (!unshare) throw new Error('the program unshare (util-linux), which closes the network, is not there');
  return { ...split([unshare, '--user', '--net', '--ipc', '--', ...limited]), ...user };
}

function split([file = '', ...args]: readonly string[]): Launch {
  return { file, args, filter: false };
}

function nodeArguments({ script, readable, limits }: LaunchPlan): string[] {
  return [
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    '--no-experimental-sqlite',
    '--no-addons',
    '--no-warnings',
    `--max-old-space-size=${limits.heapMiB}`,
    '--max-semi-space-size=2',
    script,
    String(limits.maxMessageBytes),
  ];
}

/** Limits the kernel keeps, where the program that sets them is there. */
function limiter({ limits }: LaunchPlan): string[] {
  const prlimit = process.platform === 'linux' ? programPath('prlimit') : undefined;
  if (!prlimit) return [];
  // Less than 768 MiB of data, and Node does not start: it reserves room for code and heap.
  const data = Math.max(768, limits.memoryMiB * 2) * 1_048_576;
  return [prlimit, `--data=${data}`, '--nofile=64', '--core=0', '--fsize=0', '--'];
}

function wrapper({ readable, bwrap: name }: LaunchPlan): string[] {
  const bwrap = programPath(name);
  if (!bwrap) throw new Error(`the program ${name} (bubblewrap) is not there`);
  const binds = new Set<string>();
  for (const path of [
    '/usr',
    '/lib',
    '/lib64',
    '/bin',
    '/sbin',
    process.execPath,
    realpathSync(process.execPath),
    ...readable,
  ])
    if (existsSync(path)) binds.add(path);
  return [
    bwrap,
    '--unshare-all',
    '--die-with-parent',
    '--new-session',
    '--clearenv',
    '--cap-drop',
    'ALL',
    ...[...binds].sort().flatMap((path) => ['--ro-bind', path, path]),
    '--proc',
    '/proc',
    '--dev',
    '/dev',
    '--chdir',
    '/',
    '--seccomp',
    '4',
    '--',
  ];
}
