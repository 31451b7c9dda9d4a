import assert from 'node:assert/strict';
import type { RunLease } from '../contracts/journal.ts';
import { defaultTenant } from '../contracts/tenant-storage.ts';
import type { ConformanceSuite } from './conformance.ts';
import { startRun, type OnJournal } from './journal-case.ts';
import { rejectsWith } from './rejects-with.ts';
import { sampleRun, type SampleRun } from './sample-run.ts';

const long = 60_000;
/** A time that is over before the next call could begin. */
const short = 1;

/** A lease of somebody who stopped working at once. */
async function lapse(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, short + 10));
}

/** What every journal must do about who may advance a run. */
export function leaseCases(on: OnJournal): ConformanceSuite {
  return [
    on('lets one of many claim a run', async (journal, { another }) => {
      const sample = sampleRun();
      await startRun(journal, sample);
      const others = (await another()).tenant(defaultTenant);
      const owners = Array.from({ length: 8 }, (_, index) => `worker-${index}`);
      const leases = await Promise.all(
        owners.map((owner, index) =>
          (index % 2 === 0 ? journal : others).claim(sample.id, { owner, ttlMs: long }),
        ),
      );
      const won = leases.filter((lease) => lease !== undefined);
      assert.deepEqual(
        won.map(({ fence, ttlMs }) => ({ fence, ttlMs })),
        [{ fence: 1, ttlMs: long }],
      );
      assert.equal(won[0]?.owner, owners[leases.findIndex((lease) => lease !== undefined)]);
    }),
    on('gives nobody a run that is owned, final or not there', async (journal) => {
      const [owned, final] = [sampleRun(), sampleRun()];
      await journal.append(owned.events(1, 1), owned.after(1), { owner: 'a', ttlMs: long, fence: 1 });
      await startRun(journal, final, 6);
      for (const id of [owned.id, final.id, 'absent'])
        for (const owner of ['a', 'b'])
          assert.equal(await journal.claim(id, { owner, ttlMs: long }), undefined);
    }),
    on('makes the beginner of a run its owner, and lets the owner advance it', async (journal) => {
      const sample = sampleRun();
      const lease: RunLease = { owner: 'a', ttlMs: long, fence: 1 };
      await journal.append(sample.events(1, 2), sample.after(2), lease);
      await journal.append(sample.events(3, 3), sample.after(3), lease);
      await rejectsWith(journal.append(sample.events(4, 4), sample.after(4)), 'AF_JOURNAL_FENCED');
      await rejectsWith(
        journal.append(sample.events(4, 4), sample.after(4), { ...lease, owner: 'b' }),
        'AF_JOURNAL_FENCED',
      );
      await journal.append(sample.events(4, 6), sample.after(6), lease);
      assert.deepEqual(await journal.read(sample.id), sample.events(1, 6));
    }),
    on(
      'refuses whatever comes under a lease that was lost, and writes nothing of it',
      async (journal, fixture) => {
        const sample = sampleRun();
        const zombie: RunLease = { owner: 'zombie', ttlMs: short, fence: 1 };
        await journal.append(sample.events(1, 2), sample.after(2), zombie);
        await lapse();
        const heir = (await fixture.another()).tenant(defaultTenant);
        const lease = await heir.claim(sample.id, { owner: 'heir', ttlMs: long });
        assert.equal(lease?.fence, 2);
        await rejectsWith(journal.append(sample.events(3, 3), sample.after(3), zombie), 'AF_JOURNAL_FENCED');
        await rejectsWith(journal.append(sample.events(3, 6), sample.after(6), zombie), 'AF_JOURNAL_FENCED');
        assert.deepEqual(await journal.read(sample.id), sample.events(1, 2));
        await heir.append(sample.events(3, 4), sample.after(4), lease);
        await rejectsWith(journal.append(sample.events(5, 5), sample.after(5), zombie), 'AF_JOURNAL_FENCED');
        await heir.append(sample.events(5, 6), sample.after(6), lease);
        await rejectsWith(journal.append(sample.events(3, 3), sample.after(3), zombie), 'AF_JOURNAL_FENCED');
        await rejectsWith(heir.append(sample.events(6, 6), sample.after(6), lease), 'AF_JOURNAL_CONFLICT');
        assert.deepEqual(await journal.read(sample.id), sample.events(1, 6));
      },
    ),
    on('keeps a lost lease from failing those who append at the same time', async (journal) => {
      // More than one statement of each kind, whatever an engine takes together: every other run ends.
      const runs = Array.from({ length: 46 }, () => sampleRun());
      const lost = [4, 25];
      const end = (run: SampleRun, index: number): number => (index % 2 === 0 ? 3 : run.length);
      const lease: RunLease = { owner: 'a', ttlMs: long, fence: 1 };
      await Promise.all(runs.map((run) => journal.append(run.events(1, 1), run.after(1), lease)));
      const results = await Promise.allSettled(
        runs.map((run, index) => {
          const last = end(run, index);
          const own = lost.includes(index) ? { ...lease, fence: 2 } : lease;
          return journal.append(run.events(2, last), run.after(last), own);
        }),
      );
      const failed = results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
      assert.deepEqual(failed, lost);
      for (const [index, run] of runs.entries()) {
        const after = run.after(lost.includes(index) ? 1 : end(run, index));
        assert.deepEqual(await journal.run(run.id), after);
        assert.equal(await journal.verify(run.id), undefined);
      }
    }),
    on('lets an owner go on whose time is over, as long as nobody took the run', async (journal) => {
      const sample = sampleRun();
      const lease: RunLease = { owner: 'a', ttlMs: short, fence: 1 };
      await journal.append(sample.events(1, 1), sample.after(1), lease);
      await lapse();
      await journal.append(sample.events(2, 2), sample.after(2), lease);
      assert.deepEqual(await journal.read(sample.id), sample.events(1, 2));
    }),
    on('begins the time of a lease anew with every append', async (journal) => {
      const sample = sampleRun();
      const begun: RunLease = { owner: 'a', ttlMs: short, fence: 1 };
      await journal.append(sample.events(1, 1), sample.after(1), begun);
      await journal.append(sample.events(2, 2), sample.after(2), { ...begun, ttlMs: long });
      await lapse();
      assert.equal(await journal.claim(sample.id, { owner: 'b', ttlMs: long }), undefined);
    }),
    on('gives a run to the next at once when it is released', async (journal) => {
      const sample = sampleRun();
      const lease: RunLease = { owner: 'a', ttlMs: long, fence: 1 };
      await journal.append(sample.events(1, 1), sample.after(1), lease);
      await journal.release(sample.id, { ...lease, fence: 7 });
      assert.equal(await journal.claim(sample.id, { owner: 'b', ttlMs: long }), undefined, 'not its lease');
      await journal.release(sample.id, lease);
      await rejectsWith(journal.append(sample.events(2, 2), sample.after(2), lease), 'AF_JOURNAL_FENCED');
      const next = await journal.claim(sample.id, { owner: 'b', ttlMs: long });
      assert.deepEqual(next, { owner: 'b', ttlMs: long, fence: 2 });
      await journal.release(sample.id, lease);
      await journal.release('absent', lease);
      await journal.append(sample.events(2, 6), sample.after(6), next);
      await journal.release(sample.id, next);
      assert.deepEqual(await journal.run(sample.id), sample.after(6));
    }),
    on('lets nobody work on a run unowned once somebody has claimed it', async (journal) => {
      const sample = sampleRun();
      await startRun(journal, sample, 2);
      const lease = await journal.claim(sample.id, { owner: 'a', ttlMs: long });
      await rejectsWith(journal.append(sample.events(3, 3), sample.after(3)), 'AF_JOURNAL_FENCED');
      assert.ok(lease);
      await journal.release(sample.id, lease);
      await rejectsWith(journal.append(sample.events(3, 3), sample.after(3)), 'AF_JOURNAL_FENCED');
    }),
    on('refuses leases that are none', async (journal) => {
      const sample = sampleRun();
      const good: RunLease = { owner: 'a', ttlMs: long, fence: 1 };
      for (const bad of [{ fence: 2 }, { fence: 0 }, { owner: '' }, { ttlMs: 0 }, { ttlMs: 1.5 }])
        await rejectsWith(
          journal.append(sample.events(1, 1), sample.after(1), { ...good, ...bad }),
          'AF_JOURNAL_LEASE_INVALID',
        );
      await rejectsWith(journal.claim(sample.id, { owner: '', ttlMs: long }), 'AF_JOURNAL_LEASE_INVALID');
      assert.equal(await journal.run(sample.id), undefined);
    }),
  ];
}
