import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { makeRunnerKit } from '../src/runner-kit.ts';

describe('the files runners read', () => {
  it('are removed at the next start when the platform was killed, and not while it is alive', async () => {
    const mine = await makeRunnerKit();
    const { pid: dead } = spawnSync(process.execPath, ['--version']);
    const stale = mine.folder.replace(/-\d+-[^-]+$/, `-${dead}-killed`);
    mkdirSync(stale);
    const next = await makeRunnerKit();
    assert.equal(existsSync(stale), false);
    assert.equal(existsSync(mine.runner), true);
    for (const kit of [mine, next]) kit.remove();
    assert.deepEqual([mine.folder, next.folder].filter(existsSync), []);
  });
});
