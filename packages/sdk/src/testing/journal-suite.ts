import assert from 'node:assert/strict';
import type { TenantJournal } from '../contracts/journal.ts';
import { defaultTenant } from '../contracts/tenant-storage.ts';
import type { RunEvent } from '../domain/event.ts';
import type { ConformanceSuite } from './conformance.ts';
import { onJournal, startRun as start, type JournalFixture, type OnJournal as On } from './journal-case.ts';
import { chainCases } from './journal-chain-cases.ts';
import { followCases } from './journal-follow-cases.ts';
import { leaseCases } from './journal-lease-cases.ts';
import { renewCases } from './journal-renew-cases.ts';
import { sampleRun } from './sample-run.ts';
import { rejectsWith } from './rejects-with.ts';

export type { JournalFixture } from './journal-case.ts';

/** What every journal must do. `open` gives an empty one each time. */
export function journalSuite(open: () => Promise<JournalFixture>): ConformanceSuite {
  const on = onJournal(open);
  return [
    ...appendCases(on),
    ...listCases(on),
    ...tenantCases(on),
    ...leaseCases(on),
    ...renewCases(on),
    ...chainCases(on),
    ...followCases(on),
  ];
}

const seqs = (events: readonly RunEvent[]): readonly number[] => events.map(({ seq }) => seq);

function appendCases(on: On): ConformanceSuite {
  return [
    on('gives events and the run back as they were appended', async (journal) => {
      const sample = sampleRun({ metadata: { ticket: 7 } });
      await journal.append(sample.events(1, 2), sample.after(2));
      await journal.append(sample.events(3, 3), sample.after(3));
      assert.deepEqual(await journal.read(sample.id), sample.events(1, 3));
      assert.deepEqual(await journal.run(sample.id), sample.after(3));
      await journal.append(sample.events(4, 6), sample.after(6));
      assert.deepEqual(await journal.run(sample.id), sample.after(6));
    }),
    on('knows nothing of a run that never was', async (journal) => {
      assert.equal(await journal.run('absent'), undefined);
      assert.deepEqual(await journal.read('absent'), []);
    }),
    on('reads from any event on, page by page', async (journal) => {
      const sample = sampleRun();
      await start(journal, sample, 6);
      assert.deepEqual(seqs(await journal.read(sample.id, { after: 2 })), [3, 4, 5, 6]);
      assert.deepEqual(seqs(await journal.read(sample.id, { after: 2, limit: 2 })), [3, 4]);
      assert.deepEqual(await journal.read(sample.id, { after: 6 }), []);
    }),
    on('appends nothing when there is nothing to append', async (journal) => {
      const sample = sampleRun();
      await journal.append([], sample.after(1));
      assert.equal(await journal.run(sample.id), undefined);
    }),
    on('refuses a number that is taken', async (journal) => {
      const sample = sampleRun();
      await start(journal, sample, 3);
      for (const first of [1, 2, 3])
        await rejectsWith(journal.append(sample.events(first, 4), sample.after(4)), 'AF_JOURNAL_CONFLICT');
      assert.deepEqual(seqs(await journal.read(sample.id)), [1, 2, 3]);
      assert.deepEqual(await journal.run(sample.id), sample.after(3));
    }),
    on('refuses a gap, before the events and among them', async (journal) => {
      const sample = sampleRun();
      await rejectsWith(journal.append(sample.events(2, 2), sample.after(2)), 'AF_JOURNAL_CONFLICT');
      await start(journal, sample, 1);
      await rejectsWith(journal.append(sample.events(3, 4), sample.after(4)), 'AF_JOURNAL_CONFLICT');
      const holed = [...sample.events(2, 2), ...sample.events(4, 4)];
      await rejectsWith(journal.append(holed, sample.after(4)), 'AF_JOURNAL_CONFLICT');
      assert.deepEqual(seqs(await journal.read(sample.id)), [1]);
    }),
    on('refuses events after the final one', async (journal) => {
      const sample = sampleRun();
      await start(journal, sample, 6);
      const late = { ...sample.after(5), lastSeq: 7 };
      const event: RunEvent = { runId: sample.id, seq: 7, type: 'run.started', at: 7, data: { attempt: 2 } };
      await rejectsWith(journal.append([event], late), 'AF_JOURNAL_CONFLICT');
      assert.deepEqual(await journal.run(sample.id), sample.after(6));
    }),
    on('refuses events of two runs in one, and a run that does not fit them', async (journal) => {
      const [one, two] = [sampleRun(), sampleRun()];
      const mixed = [...one.events(1, 1), ...two.events(2, 2)];
      await rejectsWith(journal.append(mixed, one.after(2)), 'AF_JOURNAL_EVENTS_INVALID');
      await rejectsWith(journal.append(one.events(1, 2), one.after(3)), 'AF_JOURNAL_EVENTS_INVALID');
      await rejectsWith(journal.append(one.events(1, 2), two.after(2)), 'AF_JOURNAL_EVENTS_INVALID');
      assert.deepEqual(await journal.runs(), []);
    }),
    on('lets one of two writers advance a run, and tells the other', async (journal, { another }) => {
      const sample = sampleRun();
      await start(journal, sample, 2);
      const writers = [journal, (await another()).tenant(defaultTenant), journal];
      const results = await Promise.allSettled(
        writers.map((each) => each.append(sample.events(3, 4), sample.after(4))),
      );
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      for (const result of results)
        if (result.status === 'rejected') assert.equal(Object(result.reason).code, 'AF_JOURNAL_CONFLICT');
      assert.deepEqual(seqs(await journal.read(sample.id)), [1, 2, 3, 4]);
    }),
    on('keeps a conflict from failing those who append at the same time', async (journal) => {
      const runs = Array.from({ length: 20 }, () => sampleRun());
      await Promise.all(runs.map((run) => start(journal, run, 2)));
      const results = await Promise.allSettled(
        runs.map((run, index) => journal.append(run.events(index === 7 ? 2 : 3, 4), run.after(4))),
      );
      const failed = results.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []));
      assert.deepEqual(failed, [7]);
      for (const [index, { id }] of runs.entries())
        assert.equal((await journal.read(id)).length, index === 7 ? 2 : 4);
    }),
    on('keeps the order of appends that are not waited for', async (journal) => {
      const sample = sampleRun();
      await Promise.all(
        [1, 2, 3, 4, 5, 6].map((seq) => journal.append(sample.events(seq, seq), sample.after(seq))),
      );
      assert.deepEqual(await journal.read(sample.id), sample.events(1, 6));
      assert.deepEqual(await journal.run(sample.id), sample.after(6));
    }),
    on('is not moved by what the caller does to events afterwards', async (journal) => {
      const sample = sampleRun();
      const events = structuredClone([...sample.events(1, 2)]);
      const appended = journal.append(events, sample.after(2));
      Object.assign(events[1]?.data ?? {}, { attempt: 99 });
      await appended;
      assert.deepEqual(await journal.read(sample.id), sample.events(1, 2));
    }),
    on('finds a run by its idempotency key, and starts one only with it', async (journal, { another }) => {
      const [first, second] = [sampleRun({ key: 'order-7' }), sampleRun({ key: 'order-7' })];
      assert.equal(await journal.runByKey('order-7'), undefined);
      const results = await Promise.allSettled([
        start(journal, first),
        start((await another()).tenant(defaultTenant), second),
      ]);
      assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
      await rejectsWith(start(journal, sampleRun({ key: 'order-7' })), 'AF_JOURNAL_CONFLICT');
      const winner = results[0]?.status === 'fulfilled' ? first : second;
      assert.deepEqual(await journal.runByKey('order-7'), winner.after(1));
      assert.equal((await journal.runs()).length, 1);
    }),
    on('keeps everything for the next process', async (journal, { another }) => {
      const sample = sampleRun({ key: 'k' });
      await start(journal, sample, 5);
      const next = (await another()).tenant(defaultTenant);
      assert.deepEqual(await next.read(sample.id), sample.events(1, 5));
      await next.append(sample.events(6, 6), sample.after(6));
      assert.deepEqual(await journal.run(sample.id), sample.after(6));
    }),
  ];
}

function listCases(on: On): ConformanceSuite {
  return [
    on('lists runs newest first, page by page, also those of the same moment', async (journal) => {
      const runs = [5, 5, 5, 9, 1].map((createdAt, index) => sampleRun({ id: `run-${index}`, createdAt }));
      await Promise.all(runs.map((run) => start(journal, run)));
      const expected = ['run-3', 'run-2', 'run-1', 'run-0', 'run-4'];
      assert.deepEqual(
        (await journal.runs()).map(({ id }) => id),
        expected,
      );
      const paged: string[] = [];
      for (let before: string | undefined; ;) {
        const page = await journal.runs({ limit: 2, ...(before !== undefined && { before }) });
        if (page.length === 0) break;
        paged.push(...page.map(({ id }) => id));
        before = paged.at(-1);
      }
      assert.deepEqual(paged, expected);
    }),
    on('lists runs of one agent and of some states', async (journal) => {
      const counts: readonly (readonly [id: string, agent: string, count: number])[] = [
        ['a', 'one', 1],
        ['b', 'two', 3],
        ['c', 'one', 6],
        ['d', 'two', 6],
      ];
      for (const [id, agent, count] of counts) await start(journal, sampleRun({ id, agent }), count);
      const ids = async (query: Parameters<TenantJournal['runs']>[0]): Promise<string> =>
        (await journal.runs(query))
          .map(({ id }) => id)
          .sort()
          .join('');
      assert.equal(await ids({ subject: { kind: 'agent', name: 'one' } }), 'ac');
      assert.equal(await ids({ status: ['queued'] }), 'a');
      assert.equal(await ids({ status: ['queued', 'running', 'waiting'] }), 'ab');
      assert.equal(
        await ids({ status: ['running', 'succeeded'], subject: { kind: 'agent', name: 'two' } }),
        'bd',
      );
      assert.equal(await ids({ status: ['failed', 'cancelled'] }), '');
      assert.equal(await ids({ status: [] }), '');
      assert.equal(await ids({ subject: { kind: 'workflow', name: 'one' } }), '');
    }),
    on('refuses a query it cannot answer', async (journal) => {
      for (const limit of [0, 201, 1.5, NaN])
        await rejectsWith(journal.runs({ limit }), 'AF_JOURNAL_QUERY_INVALID');
      await rejectsWith(journal.runs({ before: 'absent' }), 'AF_JOURNAL_QUERY_INVALID');
      // What the types forbid is what this case is about.
      const status = ["x' OR 1=1 --" as 'queued'];
      await rejectsWith(journal.runs({ status }), 'AF_JOURNAL_QUERY_INVALID');
    }),
  ];
}

function tenantCases(on: On): ConformanceSuite {
  return [
    on('keeps the runs of tenants apart, also those of one id and key', async (journal, fixture) => {
      await fixture.createTenant('acme');
      const acme = fixture.journal.tenant('acme');
      const [ours, theirs] = [5, 7].map((createdAt) => sampleRun({ id: 'same', key: 'k', createdAt }));
      assert.ok(ours && theirs);
      await start(journal, ours, 2);
      assert.equal(await acme.run('same'), undefined);
      assert.deepEqual(await acme.runs(), []);
      await rejectsWith(acme.append(ours.events(3, 3), ours.after(3)), 'AF_JOURNAL_CONFLICT');
      await start(acme, theirs, 6);
      assert.deepEqual(await journal.read('same'), ours.events(1, 2));
      assert.deepEqual(await acme.read('same'), theirs.events(1, 6));
      assert.deepEqual(await journal.runByKey('k'), ours.after(2));
      assert.equal(await acme.claim('same', { owner: 'w', ttlMs: 1000 }), undefined, 'it has ended');
      assert.equal((await journal.claim('same', { owner: 'w', ttlMs: 1000 }))?.fence, 1);
    }),
    on('writes for many tenants at the same time', async (_, fixture) => {
      const ids = Array.from({ length: 12 }, (__, index) => `tenant-${index}`);
      for (const id of ids) await fixture.createTenant(id);
      const runs = ids.flatMap((tenant) => [1, 2, 3].map(() => ({ tenant, sample: sampleRun() })));
      await Promise.all(
        runs.map(async ({ tenant, sample }) => {
          const own = fixture.journal.tenant(tenant);
          for (let seq = 1; seq <= 6; seq++) await own.append(sample.events(seq, seq), sample.after(seq));
        }),
      );
      for (const { tenant, sample } of runs) {
        const own = fixture.journal.tenant(tenant);
        assert.deepEqual(await own.read(sample.id), sample.events(1, 6));
        assert.equal((await own.runs()).length, 3);
      }
    }),
    on('knows only tenants that were created', async (_, fixture) => {
      const nobody = fixture.journal.tenant('nobody');
      await rejectsWith(start(nobody, sampleRun()), 'AF_TENANT_UNKNOWN');
      await rejectsWith(nobody.runs(), 'AF_TENANT_UNKNOWN');
      await rejectsWith(nobody.claim('r', { owner: 'w', ttlMs: 1000 }), 'AF_TENANT_UNKNOWN');
      await rejectsWith(fixture.journal.tenant('../up').runs(), 'AF_TENANT_ID_INVALID');
    }),
  ];
}
