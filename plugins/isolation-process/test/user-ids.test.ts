import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@agent-factory/sdk/testing';
import { endLaunch, spawnLaunch } from '../src/launch/spawn-launch.ts';
import { giveBackUserId, mayChangeUser, takeUserId, unmapped, userIdCount } from '../src/launch/user-ids.ts';

const first = 600_000;
const take = (count: number, from = first): number[] => Array.from({ length: count }, () => takeUserId(from));

describe('the users of processes', function () {
  this.timeout(60_000);
  const children: ChildProcess[] = [];
  afterEach(() => children.splice(0).forEach((child) => child.kill('SIGKILL')));

  it('are others for each, none is left when all are taken, and one given back is free again', () => {
    const ids = take(userIdCount);
    try {
      assert.equal(new Set(ids).size, userIdCount);
      assert.ok(ids.every((id) => id >= first && id < first + userIdCount));
      assert.throws(() => takeUserId(first), /processes have all user ids from 600000 to 600399/);
      giveBackUserId(first + 7);
      assert.equal(takeUserId(first), first + 7);
    } finally {
      ids.forEach(giveBackUserId);
    }
  });

  describe('on a machine that has them', () => {
    before(function () {
      if (mayChangeUser && process.platform === 'linux' && !unmapped(first)) return;
      console.log(`      skipped: ${unmapped(first) ?? 'only root on Linux starts processes as others.'}`);
      this.skip(); // as said above
    });
    const running = async (uid: number): Promise<ChildProcess & { pid: number }> => {
      const child = spawn('/bin/sh', ['-c', 'echo; exec sleep 60'], { uid, gid: uid });
      children.push(child);
      await once(child.stdout, 'data');
      return child as ChildProcess & { pid: number }; // it runs
    };

    it('are not those of processes that somebody else has started', async () => {
      await running(first + 3);
      await sleep(1100); // until it is looked again
      const ids = take(userIdCount - 1);
      ids.forEach(giveBackUserId);
      assert.ok(!ids.includes(first + 3));
    });

    it('are free again when a process has ended and nobody has asked how', async () => {
      const [from, script] = [first + 2000, `setpriv --reuid=${first + 2000} true & echo $!; exec sleep 60`];
      const parent = spawn('/bin/sh', ['-c', script]);
      children.push(parent);
      const [pid] = await once(parent.stdout, 'data');
      const stat = `/proc/${String(pid).trim()}/stat`;
      await waitFor('its end', () => readFileSync(stat, 'utf8').includes(') Z '));
      assert.equal(statSync(join(stat, '..')).uid, from);
      await sleep(1100); // as above
      assert.ok(take(userIdCount, from).map(giveBack).includes(from));
    });

    it('keep processes from ending each other and from the memory of each other, as one user does not', async () => {
      const reach = (uid: number, pid: number): string =>
        spawnSync(
          '/bin/sh',
          [
            '-c',
            `(: < /proc/${pid}/mem) && echo reads; kill -0 ${pid} && echo signals; kill ${pid}; echo ran`,
          ],
          { uid, gid: uid, encoding: 'utf8' },
        ).stdout;
      const one = await running(first + 1);
      assert.equal(reach(first + 2, one.pid), 'ran\n');
      assert.equal(one.signalCode, null);
      assert.equal(reach(first + 1, one.pid), 'reads\nsignals\nran\n');
      await waitFor('its end', () => one.signalCode === 'SIGTERM');
    });

    it('own the folders of their processes, and are given back when these end or cannot be started', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'agent-factory-user-ids-'));
      const from = first + 1000;
      const launch = { file: '/bin/sh', args: ['-c', 'read line <&3'], firstUid: from, filter: false };
      try {
        const child = spawnLaunch(launch, { folder });
        children.push(child);
        const { uid, gid } = statSync(folder);
        assert.equal(statSync(`/proc/${child.pid}`).uid, uid);
        assert.equal(gid, uid);
        assert.equal(
          take(userIdCount - 1, from)
            .map(giveBack)
            .includes(uid),
          false,
        );
        endLaunch(child);
        await once(child, 'close');
        const lost = spawnLaunch({ ...launch, file: '/nonexistent' });
        await Promise.all([once(lost, 'error'), new Promise((resolve) => lost.once('close', resolve))]);
        assert.throws(() => spawnLaunch({ ...launch, args: ['\0'] }), { code: 'ERR_INVALID_ARG_VALUE' });
        await sleep(1100); // as above
        assert.equal(new Set(take(userIdCount, from).map(giveBack)).size, userIdCount);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  });
});

function giveBack(id: number): number {
  giveBackUserId(id);
  return id;
}
