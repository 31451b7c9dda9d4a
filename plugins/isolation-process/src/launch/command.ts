import { existsSync, realpathSync } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import type { IsolationLevel } from '@agent-factory/sdk';
import type { SandboxCommand } from '@agent-factory/sdk/contracts';
import { mayChangeUser, unmapped } from './user-ids.ts';

/** What a process is started with. */
export interface LaunchPlan {
  readonly level: IsolationLevel | 'trusted';
  readonly command: SandboxCommand;
  /** The folders and files it may read. */
  readonly readable: readonly string[];
  readonly memoryMiB: number;
  /** Where it may write, and how much; nowhere if not given. The folder has to be there below L3. */
  readonly scratch?: { readonly folder: string; readonly bytes: number; readonly fileBytes: number };
  /** Name or path of bubblewrap. */
  readonly bwrap: string;
  /** The first of the user and group ids for processes at L2 and L3, where this process may give them others. */
  readonly uid: number;
}

/** How a plugin's process, or the probe, is started. */
export interface RunnerPlan extends LaunchPlan {
  readonly level: IsolationLevel;
}

/** A command with its arguments, and what its process is given. */
export interface Launch {
  readonly file: string;
  readonly args: readonly string[];
  /** The first of the user and group ids, of which its process gets one of its own. Default: the user of this process. */
  readonly firstUid?: number;
  /** Whether file descriptor 4 has to hold the filter of system calls. */
  readonly filter: boolean;
}

/** The path of a program; nothing where there is none. */
function programPath(name: string): string | undefined {
  if (isAbsolute(name)) return existsSync(name) ? name : undefined;
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/bin', '/bin', '/usr/sbin', '/sbin'];
  return folders.map((folder) => join(folder, name)).find((path) => path.startsWith('/') && existsSync(path));
}

/** Whether Node's permission model keeps the network closed by itself. */
export const nodeClosesNetwork: boolean = Number(process.versions.node.split('.')[0]) >= 25;

/** How a process is started at a level. Throws a sentence when a program it takes is not there. */
export function launchOf(plan: LaunchPlan): Launch {
  const { command, level } = plan;
  if (level === 'L1' && command.kind === 'program')
    throw new Error('at L1 nothing but the permission model of Node holds, and this is another program');
  const limited = [
    ...limiter(plan),
    ...(command.kind === 'node' ? nodeCommand(plan, command) : [command.file, ...command.args]),
  ];
  if (level === 'L1' || level === 'trusted') return split(limited);
  const missing = mayChangeUser ? unmapped(plan.uid) : 'only root can start a process as another user';
  const user = missing === undefined ? { firstUid: plan.uid } : {};
  if (level === 'L3') return { ...split([...wrapper(plan), ...limited]), ...user, filter: true };
  if (missing !== undefined) throw new Error(missing);
  if (nodeClosesNetwork && command.kind === 'node') return { ...split(limited), ...user };
  const unshare = programPath('unshare');
  if (!unshare) throw new Error('the program unshare (util-linux), which closes the network, is not there');
  // Other programs than Node may start processes: in a namespace of their own they end with the first of them.
  const more = command.kind === 'program' ? ['--pid', '--fork', '--kill-child'] : [];
  return { ...split([unshare, '--user', '--net', '--ipc', ...more, '--', ...limited]), ...user };
}

function split([file = '', ...args]: readonly string[]): Launch {
  return { file, args, filter: false };
}

type NodeCommand = Extract<SandboxCommand, { kind: 'node' }>;

function nodeCommand({ level, readable, scratch }: LaunchPlan, command: NodeCommand): string[] {
  const { script, args = [], heapMiB } = command;
  const permissions = [
    '--permission',
    ...readable.map((path) => `--allow-fs-read=${path}`),
    ...(scratch ? [`--allow-fs-read=${scratch.folder}`, `--allow-fs-write=${scratch.folder}`] : []),
    '--no-experimental-sqlite',
    '--no-addons',
  ];
  return [
    process.execPath,
    ...(level === 'trusted' ? [] : permissions),
    '--no-warnings',
    `--max-old-space-size=${heapMiB}`,
    '--max-semi-space-size=2',
    // Else one that wastes memory takes a processor of its neighbours too.
    '--single-threaded-gc',
    script,
    ...args,
  ];
}

/** Limits the kernel keeps, where the program that sets them is there. */
function limiter({ level, command, memoryMiB, scratch }: LaunchPlan): string[] {
  const prlimit = process.platform === 'linux' ? programPath('prlimit') : undefined;
  if (!prlimit) return [];
  // Node reserves room for code and heap, and does not start with less; what it may use comes on top.
  const data = (command.kind === 'node' ? 768 + memoryMiB : memoryMiB) * 1_048_576;
  const limits = [`--data=${data}`, '--nofile=64', '--core=0', `--fsize=${scratch?.fileBytes ?? 0}`];
  // Threads and processes together. At L3 the filter of system calls knows one from the other.
  if (command.kind === 'program' && level === 'L2') limits.push('--nproc=32');
  return [prlimit, ...limits, '--'];
}

function wrapper({ command, readable, scratch, bwrap: name }: LaunchPlan): string[] {
  const bwrap = programPath(name);
  if (!bwrap) throw new Error(`the program ${name} (bubblewrap) is not there`);
  const binds = new Set<string>();
  const program = command.kind === 'node' ? process.execPath : command.file;
  for (const path of [
    '/usr',
    '/lib',
    '/lib64',
    '/bin',
    '/sbin',
    '/etc/alternatives', // where Debian's libraries lead through
    program,
    realpathSync(program),
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
    ...(scratch ? ['--size', String(scratch.bytes), '--perms', '0700', '--tmpfs', scratch.folder] : []),
    // Both are memory, and nobody counts what is written there.
    '--remount-ro',
    '/dev',
    '--remount-ro',
    '/',
    '--chdir',
    scratch?.folder ?? '/',
    '--seccomp',
    '4',
    '--',
  ];
}
