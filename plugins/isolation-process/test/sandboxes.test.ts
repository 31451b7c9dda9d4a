import assert from 'node:assert/strict';
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SandboxedProcess, SandboxRequest } from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import { RunnerPool } from '../src/runner-pool.ts';
import { Sandboxes } from '../src/sandboxes.ts';
import { settings } from './support/settings.ts';
import { skipUnoffered } from './support/skip-unoffered.ts';

const request = (script: string, more: Partial<SandboxRequest> = {}): SandboxRequest => ({
  command: { kind: 'program', file: '/bin/sh', args: ['-c', script] },
  level: 'L2',
  readable: [],
  memoryMiB: 64,
  scratch: { bytes: 1_048_576, fileBytes: 65_536 },
  setting: '"isolation" of a test',
  ...more,
});

describe('a sandbox for a program', function () {
  this.timeout(60_000);
  const pool = new RunnerPool(settings);
  const atL1 = new RunnerPool({ ...settings, strongest: 'L1' });
  const weaker = new RunnerPool({ ...settings, strongest: 'L2' });
  const sandboxes = {
    L2: new Sandboxes({ ...settings, strongest: 'L2' }, weaker),
    L3: new Sandboxes(settings, pool),
  };
  after(async () => {
    for (const each of [...Object.values(sandboxes), pool, weaker, atL1]) await each.close();
  });

  it('is refused at L1, where only Node would hold it', async () => {
    await assert.rejects(sandboxes.L3.start(request('true', { level: 'L1' })), {
      code: 'AF_ISOLATION_SANDBOX_UNAVAILABLE',
      message: /At L1 nothing but the permission model of Node holds/,
    });
  });

  it('is refused at a level that the operator has forbidden, and says so', async function () {
    await skipUnoffered(this, 'L3', pool, ['L3']);
    await assert.rejects(sandboxes.L2.start(request('true', { level: 'L3' })), {
      code: 'AF_ISOLATION_SANDBOX_UNAVAILABLE',
      message: /L3: "strongest" of isolation-process is L2\./,
      fix: /lower "isolation" of a test, if its code is yours/,
    });
  });

  it('holds a file of JavaScript at L1 to what it may read, and to its folder', async () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'agent-factory-sandbox-test-')));
    const script = join(folder, 'script.mjs');
    writeFileSync(
      script,
      `import { readFileSync, writeFileSync, writeSync } from 'node:fs';
      const tried = [() => readFileSync(import.meta.filename), () => writeFileSync('file', 'x')];
      tried.push(() => readFileSync(${JSON.stringify(import.meta.filename)}));
      tried.push(() => writeFileSync(import.meta.filename, 'x'));
      for (const one of tried) try { one(); writeSync(3, 'yes '); } catch { writeSync(3, 'no '); }`,
    );
    try {
      const command = { kind: 'node', script, heapMiB: 64 } as const;
      const limits = { command, level: 'L1', readable: [folder], memoryMiB: 512 } as const;
      const process = await new Sandboxes({ ...settings, strongest: 'L1' }, atL1).start(request('', limits));
      let told = '';
      process.channel.on('data', (piece: Buffer) => (told += piece.toString()));
      process.output.resume();
      assert.equal(await process.ended, 'it ended with code 0');
      assert.equal(told, 'yes yes no no ');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  for (const level of ['L2', 'L3'] as const) {
    it(`gives a channel, a folder of its own and an empty environment at ${level}`, async function () {
      await skipUnoffered(this, level, pool, [level]);
      const process = await sandboxes[level].start(
        request(
          'echo written > file && read line <&3 && echo "$line $PWD ${HOME-none}" >&3; echo said; exit 3',
        ),
      );
      assert.equal(process.level, level);
      let [told, said] = ['', ''];
      process.channel.on('data', (piece: Buffer) => (told += piece.toString()));
      process.output.on('data', (piece: Buffer) => (said += piece.toString()));
      process.channel.write('asked\n');
      const reason = await process.ended;
      assert.equal(told, `asked ${process.scratch} none\n`);
      assert.equal(said, 'said\n');
      assert.equal(reason, 'it ended with code 3');
    });

    it(`ends with all it has started when it is killed at ${level}`, async function () {
      await skipUnoffered(this, level, pool, [level]);
      const process = await sandboxes[level].start(request('while :; do :; done'));
      process.output.resume();
      process.kill('nobody needs it');
      assert.equal(await process.ended, 'nobody needs it');
    });
  }

  it('reads no memory of another program at L2, and ends none', async function () {
    await skipUnoffered(this, 'L2', weaker, ['L2']);
    const talk = async (script: string): Promise<{ process: SandboxedProcess; said(): string }> => {
      const process = await sandboxes.L2.start(request(script));
      let said = '';
      process.output.on('data', (piece: Buffer) => (said += piece.toString()));
      return { process, said: () => said };
    };
    // Its number outside of its namespace, which /proc is not in.
    const neighbour = await talk('read pid rest < /proc/self/stat; echo $pid; read line <&3; echo $line');
    await waitFor('its number', () => neighbour.said().endsWith('\n'));
    const pid = Number(neighbour.said());
    const reach = `(: < /proc/${pid}/mem) && echo reads; kill -9 ${pid} && echo signals; echo ran`;
    const attacker = await talk(`cat /proc/${pid}/comm; exec 2> /dev/null; ${reach}`);
    assert.equal(await attacker.process.ended, 'it ended with code 0');
    assert.equal(attacker.said(), 'sh\nran\n');
    neighbour.process.channel.write('alive\n');
    assert.equal(await neighbour.process.ended, 'it ended with code 0');
    assert.equal(neighbour.said(), `${pid}\nalive\n`);
  });
});
