import assert from 'node:assert/strict';
import type { RunLease } from '../contracts/journal.ts';
import { defaultTenant } from '../contracts/tenant-storage.ts';
import type { ConformanceSuite } from './conformance.ts';
import { startRun, type OnJournal } from './journal-case.ts';
import { rejectsWith } from './rejects-with.ts';
import { sampleRun, type SampleRun } from './sample-run.ts';

const long = 60_000;
const short = 1;

async function lapse(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, short + 10));
}

/** What every journal must do about leases that are kept, lost and forgotten. */
export function renewCases(on: OnJournal): ConformanceSuite {
  return [
    on('renews leases of several tenants, and tells which are lost', async (journal, fixture) => {
      await fixture.createTenant('acme');
      const acme = fixture.journal.tenant('acme');
      const begun: RunLease = { owner: 'a', ttlMs: short, fence: 1 };
      const lease: RunLease = { ...begun, ttlMs: long };
      const [kept, taken, ended, other] = [sampleRun(), sampleRun(), sampleRun(), sampleRun()];
      for (const run of [kept, taken, ended]) await journal.append(run.events(1, 1), run.after(1), begun);
      await acme.append(other.events(1, 1), other.after(1), begun);
      await lapse();
      await journal.claim(taken.id, { owner: 'b', ttlMs: long });
      await journal.append(ended.events(2, 6), ended.after(6), begun);
      const addressed = (tenant: string, { id }: Pick<SampleRun, 'id'>) => ({ tenant, runId: id, ...lease });
      const found = await fixture.journal.renew([
        addressed(defaultTenant, kept),
        addressed(defaultTenant, taken),
        addressed(defaultTenant, ended),
        addressed(defaultTenant, { id: 'absent' }),
        addressed('acme', other),
      ]);
      assert.deepEqual(found.lost.map(({ runId }) => runId).sort(), [taken.id, ended.id, 'absent'].sort());
      assert.deepEqual(found.wishes, []);
      assert.equal(await journal.claim(kept.id, { owner: 'b', ttlMs: long }), undefined);
      assert.equal(await acme.claim(other.id, { owner: 'b', ttlMs: long }), undefined);
      assert.deepEqual(await fixture.journal.renew([]), { lost: [], wishes: [] });
    }),
    on('renews many leases while their runs advance', async (journal, fixture) => {
      const lease: RunLease = { owner: 'a', ttlMs: long, fence: 1 };
      const runs = Array.from({ length: 60 }, () => sampleRun());
      await Promise.all(runs.map((run) => journal.append(run.events(1, 1), run.after(1), lease)));
      const held = runs.map(({ id }) => ({ tenant: defaultTenant, runId: id, ...lease }));
      const work = runs.map(async (run) => {
        for (let seq = 2; seq <= 5; seq++) await journal.append(run.events(seq, seq), run.after(seq), lease);
      });
      for (let turn = 0; turn < 5; turn++)
        assert.deepEqual(await fixture.journal.renew(held.toReversed()), { lost: [], wishes: [] });
      await Promise.all(work);
    }),
    on('passes on what is wished of a run, each once, to whoever owns it', async (journal, fixture) => {
      const [sample, ended] = [sampleRun(), sampleRun()];
      const lease: RunLease = { owner: 'a', ttlMs: long, fence: 1 };
      const address = { tenant: defaultTenant, runId: sample.id };
      await journal.append(sample.events(1, 1), sample.after(1), lease);
      const other = (await fixture.another()).tenant(defaultTenant);
      const cancel = { kind: 'cancel', reason: 'no longer\nneeded \u0000' };
      const approve = { kind: 'approval', approvalId: 'a' };
      for (const wish of [cancel, approve, cancel]) await other.leaveWish(sample.id, wish);
      const wish = {
        lost: [],
        wishes: [
          { ...address, wish: cancel },
          { ...address, wish: approve },
        ],
      };
      assert.deepEqual(await fixture.journal.renew([{ ...address, ...lease }]), wish);
      await journal.release(sample.id, lease);
      const next = await other.claim(sample.id, { owner: 'b', ttlMs: long });
      assert.ok(next);
      assert.deepEqual(await fixture.journal.renew([{ ...address, ...next }]), wish);
      await startRun(journal, ended, 6);
      await other.leaveWish(ended.id, cancel);
      await other.leaveWish('absent', cancel);
    }),
    on('lists runs that nobody works on, of every tenant', async (journal, fixture) => {
      await fixture.createTenant('acme');
      const acme = fixture.journal.tenant('acme');
      const held: RunLease = { owner: 'a', ttlMs: long, fence: 1 };
      const [queued, owned, lost, released, waiting, ended, theirs] = Array.from({ length: 7 }, () =>
        sampleRun(),
      );
      assert.ok(queued && owned && lost && released && waiting && ended && theirs);
      const abandoned = async (): Promise<readonly string[]> =>
        (await fixture.journal.abandoned()).map(({ tenant, runId }) => `${tenant}/${runId}`).sort();
      assert.deepEqual(await abandoned(), []);
      await startRun(journal, queued);
      await journal.append(owned.events(1, 1), owned.after(1), held);
      await journal.append(lost.events(1, 2), lost.after(2), { ...held, ttlMs: short });
      await journal.append(released.events(1, 2), released.after(2), held);
      await journal.release(released.id, held);
      await journal.append(waiting.events(1, 2), { ...waiting.after(2), status: 'waiting' });
      await startRun(journal, ended, 6);
      await startRun(acme, theirs, 2);
      await lapse();
      const expected = [queued, lost, released].map(({ id }) => `${defaultTenant}/${id}`);
      assert.deepEqual(await abandoned(), [...expected, `acme/${theirs.id}`].sort());
      assert.equal((await fixture.journal.abandoned({ limit: 2 })).length, 2);
      const other = await fixture.another();
      assert.deepEqual((await other.abandoned()).length, 4, 'another process sees them too');
      await journal.claim(queued.id, { owner: 'b', ttlMs: long });
      await acme.claim(theirs.id, { owner: 'b', ttlMs: long });
      assert.equal((await abandoned()).length, 2);
    }),
    on('lists a run that was on its way while somebody looked', async (journal, fixture) => {
      const run = sampleRun();
      await fixture.journal.abandoned();
      const written = journal.append(run.events(1, 2), run.after(2));
      await fixture.journal.abandoned();
      await written;
      assert.deepEqual(
        (await fixture.journal.abandoned()).map(({ runId }) => runId),
        [run.id],
      );
    }),
    on(
      'lists waiting runs whose time has come, until somebody owns them or they wait anew',
      async (journal, fixture) => {
        const [past, future, never] = Array.from({ length: 3 }, () => sampleRun());
        assert.ok(past && future && never);
        const waitFor = async (run: SampleRun, wakeAt?: number): Promise<void> => {
          const waiting = { ...run.after(2), status: 'waiting' as const };
          await journal.append(run.events(1, 2), wakeAt === undefined ? waiting : { ...waiting, wakeAt });
        };
        await waitFor(past, 1000);
        await waitFor(future, 8_640_000_000_000);
        await waitFor(never);
        const abandoned = async (): Promise<readonly string[]> =>
          (await fixture.journal.abandoned()).map(({ runId, due }) => `${runId} ${due}`);
        assert.deepEqual(await abandoned(), [`${past.id} true`]);
        const lease = await journal.claim(past.id, { owner: 'a', ttlMs: long });
        assert.deepEqual(await abandoned(), []);
        const later = { ...past.after(3), status: 'waiting' as const, wakeAt: 8_640_000_000_000 };
        await journal.append(past.events(3, 3), later, lease);
        if (lease) await journal.release(past.id, lease);
        assert.deepEqual(await abandoned(), []);
      },
    ),
    on('lets a waiting run be claimed', async (journal) => {
      const sample = sampleRun();
      await journal.append(sample.events(1, 2), { ...sample.after(2), status: 'waiting' });
      const lease = await journal.claim(sample.id, { owner: 'a', ttlMs: long });
      await journal.append(sample.events(3, 3), sample.after(3), lease);
      await rejectsWith(journal.append(sample.events(4, 4), sample.after(4)), 'AF_JOURNAL_FENCED');
    }),
  ];
}
