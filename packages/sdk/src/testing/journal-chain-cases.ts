import assert from 'node:assert/strict';
import { defaultTenant } from '../contracts/tenant-storage.ts';
import type { ConformanceSuite } from './conformance.ts';
import { startRun, type OnJournal } from './journal-case.ts';
import { sampleRun } from './sample-run.ts';

/** What every journal must do so that nobody changes it unseen. */
export function chainCases(on: OnJournal): ConformanceSuite {
  return [
    on(
      'finds nothing wrong with runs as they were written, by however many',
      async (journal, { another }) => {
        const runs = Array.from({ length: 10 }, () => sampleRun({ deltas: 3 }));
        await Promise.all(runs.map((run) => startRun(journal, run, 2)));
        const other = (await another()).tenant(defaultTenant);
        for (const run of runs) {
          await Promise.all([3, 4].map((seq) => other.append(run.events(seq, seq), run.after(seq))));
          await journal.append(run.events(5, 5), run.after(5));
          assert.equal(await journal.verify(run.id), undefined);
          await other.append(run.events(6, 8), run.after(8));
        }
        for (const { id } of runs) assert.equal(await other.verify(id), undefined);
      },
    ),
    on('goes on with the chain after an append that was refused', async (journal) => {
      const sample = sampleRun();
      await startRun(journal, sample, 2);
      const results = await Promise.allSettled([
        journal.append(sample.events(4, 4), sample.after(4)),
        journal.append(sample.events(2, 3), sample.after(3)),
        journal.append(sample.events(3, 3), sample.after(3)),
        journal.append(sample.events(4, 5), sample.after(5)),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['rejected', 'rejected', 'fulfilled', 'fulfilled'],
      );
      assert.equal(await journal.verify(sample.id), undefined);
    }),
    on('checks a long run, and one that is being written', async (journal) => {
      const sample = sampleRun({ deltas: 1500 });
      await startRun(journal, sample, 3);
      const checks: Promise<unknown>[] = [];
      for (let seq = 4; seq <= sample.length; seq += 83) {
        const last = Math.min(seq + 82, sample.length);
        const appended = journal.append(sample.events(seq, last), sample.after(last));
        checks.push(journal.verify(sample.id));
        await appended;
      }
      assert.deepEqual(new Set(await Promise.all(checks)), new Set([undefined]));
      assert.equal(await journal.verify(sample.id), undefined);
    }),
    on('says which event was changed, left out, moved or cut off, and why', async (journal, { tamper }) => {
      const kinds = [
        ['change', 3, 3, /hash does not fit/],
        ['remove', 3, 3, /missing: number 4 comes next/],
        ['remove', 1, 1, /missing: number 2 comes next/],
        ['swap', 3, 3, /hash does not fit/],
        ['cut', 5, 5, /missing: the run has 6 events/],
        ['remove', 6, 6, /missing: the run has 6 events/],
        ['cut', 1, 1, /missing: the run has 6 events/],
      ] as const;
      for (const [kind, seq, found, reason] of kinds) {
        const [sample, untouched] = [sampleRun(), sampleRun()];
        await startRun(journal, sample, 6);
        await startRun(journal, untouched, 6);
        await tamper(kind, sample.id, seq);
        const fault = await journal.verify(sample.id);
        assert.equal(fault?.seq, found, `${kind} ${seq}`);
        assert.match(fault?.reason ?? '', reason);
        assert.equal(await journal.verify(untouched.id), undefined);
      }
    }),
    on('says that a run is not there', async (journal) => {
      assert.deepEqual(await journal.verify('absent'), { seq: 1, reason: 'there is no such run' });
    }),
  ];
}
