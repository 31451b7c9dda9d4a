import { spawn, type ChildProcess } from 'node:child_process';
import { chownSync } from 'node:fs';
import type { Writable } from 'node:stream';
import type { Launch } from './command.ts';
import { seccompFilter } from './seccomp.ts';
import { giveBackUserId, takeUserId } from './user-ids.ts';

/** How the process is held. */
export interface SpawnOptions {
  /** Milliseconds after which it is ended. Default never. */
  readonly timeoutMs?: number;
  /** Whether its standard output can be read. Default false. */
  readonly output?: boolean;
  /** A folder of its own, which it starts in. Default: none, and it starts at `/`. */
  readonly folder?: string;
}

/**
 * Starts a command without environment and input; file descriptor 3 is its channel, 2 can be read. Throws a sentence
 * when no user is left for it.
 */
export function spawnLaunch(launch: Launch, options: SpawnOptions = {}): ChildProcess {
  if (launch.firstUid === undefined) return spawnAs(launch, options, undefined);
  const uid = takeUserId(launch.firstUid);
  try {
    if (options.folder !== undefined) chownSync(options.folder, uid, uid);
    return spawnAs(launch, options, uid).once('close', () => giveBackUserId(uid));
  } catch (error) {
    giveBackUserId(uid);
    throw error;
  }
}

function spawnAs(launch: Launch, options: SpawnOptions, uid: number | undefined): ChildProcess {
  const { timeoutMs, output = false, folder = '/' } = options;
  const child = spawn(launch.file, launch.args, {
    stdio: [
      'ignore',
      output ? 'pipe' : 'ignore',
      'pipe',
      'pipe',
      ...(launch.filter ? ['pipe' as const] : []),
    ],
    env: {},
    cwd: folder,
    detached: process.platform !== 'win32', // Ctrl-C at a terminal is for the platform, which ends it in order
    ...(timeoutMs !== undefined && { timeout: timeoutMs, killSignal: 'SIGKILL' as const }),
    ...(uid !== undefined && { uid, gid: uid }),
  });
  if (launch.filter) {
    const filter = child.stdio[4] as Writable; // a pipe, as asked for
    filter.on('error', () => {});
    filter.end(seccompFilter());
  }
  return child;
}

/** Ends a process, what its wrappers started (`inner`, where known) and the group it leads, at once. */
export function endLaunch(child: ChildProcess, inner = 0): void {
  const { pid = 0 } = child;
  if (pid > 0 && child.exitCode === null && child.signalCode === null) {
    if (inner > 0 && inner !== pid) end(inner);
    endGroup(pid);
  }
  child.kill('SIGKILL');
  // All of them: what runs inside its wrappers may hold the other end for a while yet.
  for (const pipe of child.stdio) pipe?.destroy();
}

/** Ends whatever is in the group that a process leads, or led. */
export function endGroup(leader: number): void {
  if (leader > 0 && process.platform !== 'win32') end(-leader);
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone.
  }
}
