import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { getPriority } from 'node:os';
import { waitFor } from '@agent-factory/sdk/testing';
import { giveWay } from '../src/process-priority.ts';
import { besiege, skipWithout, type Besieged } from './attacks/hostile.ts';

/** How far a process gives way: its session's steps where the kernel weighs sessions, or its own. */
function stepsOf(pid: number): number {
  const file = `/proc/${pid}/autogroup`;
  const own = getPriority(pid) - getPriority();
  if (!existsSync(file)) return own;
  return Math.max(own, Number(/nice (-?\d+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? 0));
}

describe('the priority of a plugin', function () {
  this.timeout(60_000);
  let besieged: Besieged;
  before(async function () {
    await skipWithout(this, 'L1');
    besieged = await besiege('L1', 'in the sandbox', { config: { busyMs: 60_000 } });
    const { pid = 0 } = await besieged.state();
    if (process.platform !== 'linux' || !existsSync(`/proc/${pid}/autogroup`)) this.skip();
  });
  after(() => besieged?.kernel.close());

  it('is lowered while it computes, and that of a plugin at rest is not', async () => {
    const { pid = 0 } = await besieged.state();
    await waitFor('its rest', () => stepsOf(pid) === 0);
    const attack = besieged.attack('loop').catch(() => {});
    await waitFor('its giving way', () => stepsOf(pid) === 5);
    await besieged.kernel.close();
    await attack;
  });

  it('is given back, if asked again where the kernel says so', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      stdio: 'ignore',
      detached: true, // a session of its own
    });
    const { pid = 0 } = child;
    try {
      for (const steps of [5, 0]) {
        await waitFor(`its priority to change to ${steps}`, () => giveWay(pid, steps));
        await waitFor(`its priority to be ${steps}`, () => stepsOf(pid) === steps);
      }
    } finally {
      child.kill('SIGKILL');
    }
  });
});
