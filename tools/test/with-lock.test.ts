import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withLock } from '../with-lock.mjs';

describe('with-lock', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'lock-'));
    file = join(folder, 'nested', 'work.lock');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('holds the lock during the work only, and gives back its result', async () => {
    const result = await withLock(file, async () => readFileSync(file, 'utf8'));
    assert.equal(result, `${process.pid}`);
    assert.deepEqual(readdirSync(join(folder, 'nested')), []);
  });

  it('gives the lock back when the work fails', async () => {
    await assert.rejects(
      withLock(file, () => Promise.reject(new Error('no'))),
      /^Error: no$/,
    );
    assert.equal(existsSync(file), false);
  });

  it('does one piece of work at a time', async () => {
    let inside = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      assert.equal(inside, 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      inside -= 1;
    };
    await Promise.all(Array.from({ length: 5 }, () => withLock(file, work, { pollMs: 1 })));
  });

  it('takes over the lock of a process that has died', async () => {
    const dead = spawnSync(process.execPath, ['--version']).pid;
    await withLock(file, async () => undefined);
    writeFileSync(file, `${dead}`);
    assert.equal(await withLock(file, async () => readFileSync(file, 'utf8')), `${process.pid}`);
  });

  it('says which living process holds the lock when patience ends', async () => {
    await withLock(file, async () => {
      const second = withLock(file, async () => undefined, { pollMs: 1, patienceMs: 0 });
      await assert.rejects(second, new RegExp(`Process ${process.pid} has held`));
    });
  });
});
