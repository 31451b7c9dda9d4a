import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '@agent-factory/sdk/testing';
import { openTestJobs, type TestJobs, type TestProcess } from './open-test-jobs.ts';

const script = join(import.meta.dirname, 'fixtures/work-for-ever.ts');

interface Child {
  readonly process: ChildProcess;
  /** Lines it said that begin with a word, without the word. */
  said(word: string): readonly string[];
  kill(): Promise<void>;
}

function start(dataDir: string, effects: string, ...more: readonly string[]): Child {
  const args = ['--conditions=@agent-factory/source', script, dataDir, effects, ...more];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const ended = once(child, 'exit');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  return {
    process: child,
    said: (word) =>
      output
        .split('\n')
        .slice(0, -1)
        .filter((line) => line.startsWith(`${word} `))
        .map((line) => line.slice(word.length + 1)),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGKILL');
      await ended;
    },
  };
}

describe('jobs-local, when a process is killed', function () {
  this.timeout(60_000);
  let back: TestJobs;
  let here: TestProcess;
  let effects: string;
  const children: Child[] = [];

  beforeEach(async () => {
    back = await openTestJobs('sqlite');
    here = await back.open();
    effects = join(back.dataDir, 'effects');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await child.kill();
    await back.close();
  });
  const run = (...more: readonly string[]): Child => {
    const child = start(back.dataDir, effects, ...more);
    children.push(child);
    return child;
  };

  it('loses nothing that was acknowledged, repeats nothing that had ended, and another process does what was at work', async () => {
    const given = await here.jobs.enqueue(
      Array.from({ length: 5 }, () => ({ queue: 'q', data: { stays: true }, priority: 90 })),
    );
    const accepted: string[] = [];
    for (let time = 0; time < 3; time++) {
      const child = run('adds');
      await waitFor(
        'it to work',
        () => child.said('+').length >= 40 && (time > 0 || child.said('begun').length > 0),
      );
      await sleep(Math.random() * 50);
      await child.kill();
      accepted.push(...child.said('+'));
    }
    const second = new Set<string>();
    await here.jobs.work('q', async ({ job }) => {
      if (job.attempt > 1) second.add(job.id);
      return 'here';
    });
    await waitFor('all to be done', async () => {
      const [stats] = await here.control.stats();
      return stats !== undefined && stats.counts.waiting + stats.counts.active + stats.counts.delayed === 0;
    });
    for (const id of [...given, ...accepted])
      assert.equal((await here.control.get(id))?.state, 'completed', `${id} was acknowledged`);
    for (const id of given) {
      assert.equal((await here.control.get(id))?.result, 'here');
      assert.ok(second.has(id), 'it was at work when its worker was killed');
    }
    // What the killed ones had reported as done was not done again.
    const begun = readFileSync(effects, 'utf8').split('\n');
    let doneThere = 0;
    for (const id of accepted) {
      const job = await here.control.get(id);
      // A second attempt means that a killed one was at work on it.
      if (job?.result !== 'child' || job.attempt !== 1) continue;
      doneThere++;
      assert.equal(begun.filter((each) => each === id).length, 1, id);
    }
    assert.ok(doneThere > 0);
  });

  it('refuses what a process reports that stood still for longer than its lease', async () => {
    const child = run();
    const [id = ''] = await here.jobs.enqueue([{ queue: 'q', data: { stays: true } }]);
    await waitFor('it to begin there', () => child.said('begun').length === 1);
    child.process.kill('SIGSTOP');
    let fence = 0;
    await here.jobs.work('q', async (context) => {
      fence = context.fence;
      return 'here';
    });
    await waitFor('it to be done here', async () => (await here.control.get(id))?.state === 'completed');
    child.process.kill('SIGCONT');
    const [code] = await waitFor(
      'the other to notice',
      () => child.said('aborted').length > 0 && child.said('aborted'),
    );
    assert.equal(code, 'AF_JOB_LOST');
    assert.equal(fence, 2);
    await sleep(100);
    assert.equal((await here.control.get(id))?.result, 'here');
  });
});
