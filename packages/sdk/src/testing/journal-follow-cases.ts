import assert from 'node:assert/strict';
import { defaultTenant } from '../contracts/tenant-storage.ts';
import type { RunEvent } from '../domain/event.ts';
import type { ConformanceSuite } from './conformance.ts';
import type { OnJournal } from './journal-case.ts';
import { sampleRun } from './sample-run.ts';

const seqs = (events: readonly RunEvent[]): readonly number[] => events.map(({ seq }) => seq);

/** What every journal must do for those who follow a run. */
export function followCases(on: OnJournal): ConformanceSuite {
  const collect = async (events: AsyncIterable<RunEvent>): Promise<readonly RunEvent[]> => {
    const found: RunEvent[] = [];
    for await (const event of events) found.push(event);
    return found;
  };

  return [
    on('follows a run from any event to its end', async (journal) => {
      const sample = sampleRun();
      await journal.append(sample.events(1, 6), sample.after(6));
      assert.deepEqual(await collect(journal.follow(sample.id)), sample.events(1, 6));
      assert.deepEqual(await collect(journal.follow(sample.id, { after: 4 })), sample.events(5, 6));
    }),
    on('ends at once when followed from the end of a finished run', async (journal) => {
      const sample = sampleRun();
      await journal.append(sample.events(1, 6), sample.after(6));
      assert.deepEqual(await collect(journal.follow(sample.id, { after: 6 })), []);
    }),
    on('passes on what is written while it is followed, to all who follow', async (journal) => {
      const sample = sampleRun();
      const early = collect(journal.follow(sample.id));
      await journal.append(sample.events(1, 1), sample.after(1));
      const late = collect(journal.follow(sample.id, { after: 1 }));
      for (let seq = 2; seq <= 6; seq++) await journal.append(sample.events(seq, seq), sample.after(seq));
      assert.deepEqual(await early, sample.events(1, 6));
      assert.deepEqual(await late, sample.events(2, 6));
    }),
    on('misses nothing however reading and writing interleave', async (journal) => {
      const runs = Array.from({ length: 30 }, () => sampleRun());
      const followed = runs.map(async (run, index) => {
        const found: RunEvent[] = [];
        for await (const event of journal.follow(run.id)) {
          found.push(event);
          for (let turn = 0; turn < index % 4; turn++) await new Promise((resolve) => setImmediate(resolve));
        }
        return found;
      });
      const written = runs.map(async (run, index) => {
        for (let seq = 1; seq <= 6; seq++) {
          await journal.append(run.events(seq, seq), run.after(seq));
          for (let turn = 0; turn < index % 3; turn++) await new Promise((resolve) => setImmediate(resolve));
        }
      });
      await Promise.all(written);
      for (const [index, found] of (await Promise.all(followed)).entries())
        assert.deepEqual(found, runs[index]?.events(1, 6));
    }),
    on('stops when told, before, between and while it waits', async (journal) => {
      const sample = sampleRun();
      await journal.append(sample.events(1, 3), sample.after(3));
      assert.deepEqual(await collect(journal.follow(sample.id, { signal: AbortSignal.abort() })), []);
      const between = new AbortController();
      const found: number[] = [];
      for await (const { seq } of journal.follow(sample.id, { signal: between.signal })) {
        found.push(seq);
        if (seq === 2) between.abort();
      }
      assert.deepEqual(found, [1, 2]);
      const waiting = new AbortController();
      const rest = collect(journal.follow(sample.id, { after: 3, signal: waiting.signal }));
      setImmediate(() => waiting.abort());
      assert.deepEqual(await rest, []);
    }),
    on('lets go of a follower that leaves while it waits', async (journal) => {
      const sample = sampleRun();
      await journal.append(sample.events(1, 3), sample.after(3));
      const events = journal.follow(sample.id, { after: 3 })[Symbol.asyncIterator]();
      const next = events.next();
      await events.return?.();
      assert.equal((await next).done, true);
    }),
    on('reads a long run in pages', async (journal) => {
      const sample = sampleRun({ deltas: 1500 });
      await journal.append(sample.events(1, sample.length), sample.after(sample.length));
      const found = await collect(journal.follow(sample.id));
      assert.equal(found.length, sample.length);
      assert.deepEqual(
        seqs(await journal.read(sample.id)),
        seqs(sample.events(1, 1000)),
        '1,000 unless told',
      );
    }),
    on('passes on what another process writes', async (journal, { another }) => {
      const sample = sampleRun();
      await journal.append(sample.events(1, 2), sample.after(2));
      const followed = collect(journal.follow(sample.id));
      await (await another()).tenant(defaultTenant).append(sample.events(3, 6), sample.after(6));
      assert.deepEqual(await followed, sample.events(1, 6));
    }),
  ];
}
