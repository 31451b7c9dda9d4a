import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type IsolationLevel, type IsolationOffer } from '@agent-factory/sdk';
import type { ProbeReport } from '../probe.ts';
import { launchOf, nodeClosesNetwork, type RunnerPlan } from './command.ts';
import { seccompFilter } from './seccomp.ts';
import { endLaunch, spawnLaunch } from './spawn-launch.ts';
import { mayChangeUser, unmapped } from './user-ids.ts';

/** What a level leaves open, as clauses. */
export const notEnforced: Readonly<Record<IsolationLevel, readonly string[]>> = {
  L1: [
    'code that breaks out of the inner sandbox may reach the network and what listens on this machine',
    'such code may send signals to processes of the same user: the platform, and other plugins',
    'such code runs as the user of the platform: Node alone keeps it from files',
  ],
  L2: [
    'code that breaks out of the inner sandbox sees which processes run on this machine',
    'such code may try every system call; what the kernel lets any user do is open to it',
  ],
  L3: [],
};

/** What may not have worked at a level. */
const closed: Readonly<Record<IsolationLevel, readonly (keyof ProbeReport)[]>> = {
  L1: ['files', 'spawn', 'sqlite', 'environment'],
  L2: ['files', 'spawn', 'sqlite', 'environment', 'network', 'signals', 'neighbours'],
  L3: ['files', 'spawn', 'sqlite', 'environment', 'network', 'signals', 'neighbours', 'processes'],
};

/** Finds out whether a machine offers a level: starts a probe at it and looks at what it could do. */
export async function probeLevel(plan: RunnerPlan): Promise<IsolationOffer> {
  const { level } = plan;
  const offer = (available: boolean, why: string): IsolationOffer => ({
    level,
    available,
    why,
    notEnforced: notEnforced[level],
  });
  try {
    const report = await probe(plan);
    const open = closed[level].filter((what) => report[what]);
    if (open.length > 0) return offer(false, `A canary got through: ${open.join(', ')}.`);
    return offer(true, `Tried with canaries: ${closed[level].join(', ')} are closed${by(plan)}.`);
  } catch (error) {
    return offer(false, `It cannot be had: ${error instanceof Error ? error.message : String(error)}.`);
  }
}

function by({ level, uid }: RunnerPlan): string {
  if (level === 'L1') return ' by the permission model of Node';
  if (level === 'L2')
    return nodeClosesNetwork ? ', as a user of its own' : ', as a user of its own in a network of its own';
  const filtered = ' by bubblewrap and a filter of system calls';
  return mayChangeUser && unmapped(uid)
    ? `${filtered}, but as the user of the platform: ${unmapped(uid)}`
    : filtered;
}

async function probe(plan: RunnerPlan): Promise<ProbeReport> {
  if (plan.level === 'L3' && !seccompFilter())
    throw new Error('no filter of system calls is known for this machine');
  const folder = mkdtempSync(join(tmpdir(), 'agent-factory-canary-'));
  const canary = join(folder, 'canary');
  writeFileSync(canary, 'canary', { mode: 0o600 });
  const server = createServer((socket) => socket.destroy());
  try {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
    return await besideNeighbour(plan, (neighbour) =>
      report(plan, [canary, String(port), String(process.pid), String(neighbour)]),
    );
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs a probe beside another process of its level, as plugins run beside each other. */
async function besideNeighbour(
  plan: RunnerPlan,
  run: (neighbour: number) => Promise<ProbeReport>,
): Promise<ProbeReport> {
  const child = spawnProbe(plan, ['wait']);
  child.on('error', () => {}); // a probe that can be started no more says why
  try {
    const told = await run(child.pid ?? 0);
    if (child.exitCode !== null || child.signalCode !== null)
      throw new Error('the process beside the probe ended before it, so that signals to it prove nothing');
    return told;
  } finally {
    endLaunch(child);
  }
}

function spawnProbe(plan: RunnerPlan, args: readonly string[]): ChildProcess {
  const launch = launchOf(plan);
  return spawnLaunch({ ...launch, args: [...launch.args, ...args] }, { timeoutMs: 20_000 });
}

function report(plan: RunnerPlan, args: readonly string[]): Promise<ProbeReport> {
  const child = spawnProbe(plan, args);
  let [told, said] = ['', ''];
  child.stdio[3]?.on('data', (piece: Buffer) => (told += piece.toString()));
  child.stderr?.on('data', (piece: Buffer) => (said += piece.toString().slice(0, 2000)));
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      try {
        resolve(JSON.parse(told) as ProbeReport); // as the probe wrote it
      } catch {
        const line = said
          .trim()
          .split('\n')
          .find((one) => /error|denied|not permitted|cannot|no such/i.test(one));
        reject(new Error((line ?? 'the probe ended without an answer').trim().slice(0, 300)));
      }
    });
  });
}
