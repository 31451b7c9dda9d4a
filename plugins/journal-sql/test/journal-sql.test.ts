import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  defaultTenant,
  Journal,
  MaintenanceTask,
  type Migration,
  type SqlDialect,
  type SqlStatement,
} from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { bootTestKernel, journalSuite, sampleRun, type SampleRun } from '@agent-factory/sdk/testing';
import { openTestJournal } from './open-test-journal.ts';

const dialects: readonly SqlDialect[] = ['sqlite', 'postgres'];

describe('journal-sql', () => {
  for (const dialect of dialects) {
    describe(`as a journal on ${dialect}`, function () {
      this.timeout(60_000);
      for (const { name, run } of journalSuite(() => openTestJournal(dialect))) it(name, run);
    });
  }

  for (const dialect of dialects) {
    it(`writes what comes along in the transaction of the events, all or none, on ${dialect}`, async function () {
      this.timeout(60_000);
      const { journal, tenants, database, close } = await openTestJournal(dialect);
      const note: Migration = {
        version: 1,
        name: 'create-notes',
        up: 'CREATE TABLE af_notes_list ({{tenant.column}} text TEXT NOT NULL, PRIMARY KEY ({{tenant.key}} text))',
        down: 'DROP TABLE af_notes_list',
      };
      await tenants.migrate('notes', [note]);
      const own = journal.tenant(defaultTenant);
      const noting = (text: string): SqlStatement => ({
        sql: 'INSERT INTO af_notes_list (text) VALUES (?)',
        params: [text],
      });
      const notes = async (): Promise<readonly object[]> =>
        (await database()).query('SELECT text FROM af_notes_list ORDER BY text');
      const runs = [sampleRun(), sampleRun(), sampleRun()];
      await Promise.all(
        runs.map((run, at) => own.append(run.events(1, 2), run.after(2), undefined, [noting(`begun ${at}`)])),
      );
      assert.deepEqual(await notes(), [{ text: 'begun 0' }, { text: 'begun 1' }, { text: 'begun 2' }]);
      // Refused for its number, refused for what comes along, and good, all at once.
      const [taken, wrong, good] = runs as [SampleRun, SampleRun, SampleRun];
      const results = await Promise.allSettled([
        own.append(taken.events(2, 3), taken.after(3), undefined, [noting('lost 0')]),
        own.append(wrong.events(3, 3), wrong.after(3), undefined, [noting('lost 1'), noting('begun 1')]),
        own.append(good.events(3, 3), good.after(3), undefined, [noting('gone on 2')]),
      ]);
      const codes = results.map((result) =>
        result.status === 'fulfilled' ? 'written' : String(Object(result.reason).code),
      );
      assert.deepEqual(codes, ['AF_JOURNAL_CONFLICT', 'AF_STORAGE_CONSTRAINT', 'written']);
      assert.deepEqual((await notes()).at(-1), { text: 'gone on 2' });
      assert.equal((await notes()).length, 4);
      assert.equal((await own.run(wrong.id))?.lastSeq, 2);
      for (const { id } of runs) assert.equal(await own.verify(id), undefined);
      await close();
    });
  }

  it('tries nothing alone when the whole disk is full', async () => {
    const { database, journal, close } = await openTestJournal();
    await (await database()).query('PRAGMA max_page_count = 1');
    const own = journal.tenant(defaultTenant);
    const runs = Array.from({ length: 8 }, () => sampleRun({ deltas: 2000 }));
    const results = await Promise.allSettled(
      runs.map((run) => own.append(run.events(1, run.length), run.after(run.length))),
    );
    for (const result of results)
      assert.ok(result.status === 'rejected' && isAgentFactoryError(result.reason, 'AF_STORAGE_FULL'));
    await (await database()).query('PRAGMA max_page_count = 1000000');
    assert.deepEqual(await own.runs(), []);
    await close();
  });

  it('refuses data that is no JSON without failing the others', async () => {
    const { journal, close } = await openTestJournal();
    const own = journal.tenant(defaultTenant);
    const [good, bad] = [sampleRun(), sampleRun({ metadata: { ring: 1 } })];
    const ring: Record<string, unknown> = {};
    ring['ring'] = ring;
    // What the types forbid is what this case is about.
    const events = [{ ...bad.events(1, 1)[0], data: ring } as unknown as RunEvent];
    const results = await Promise.allSettled([
      own.append(events, bad.after(1)),
      own.append(good.events(1, 1), good.after(1)),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    );
    await assert.rejects(own.append(events, bad.after(1)), (error) =>
      isAgentFactoryError(error, 'AF_JOURNAL_EVENTS_INVALID'),
    );
    await close();
  });

  it('says in a conflict where the run stands, and behind a fence whose it is', async () => {
    const { journal, close } = await openTestJournal();
    const own = journal.tenant(defaultTenant);
    const sample = sampleRun({ id: 'r1' });
    await own.append(sample.events(1, 3), sample.after(3));
    await assert.rejects(
      own.append(sample.events(2, 4), sample.after(4)),
      /Event 2 cannot be appended to run r1: the run stands at event 3 \(running\)/,
    );
    await own.claim('r1', { owner: 'w', ttlMs: 1000 });
    await assert.rejects(
      own.append(sample.events(4, 4), sample.after(4)),
      /Event 4 cannot be appended to run r1 under fence 0: it was claimed by another, under fence 1/,
    );
    await close();
  });

  it('ends every follower when it is closed, after what was on its way is written', async () => {
    const { journal, database, close } = await openTestJournal();
    const own = journal.tenant(defaultTenant);
    const sample = sampleRun();
    const follower = own.follow(sample.id)[Symbol.asyncIterator]();
    const next = follower.next();
    const appended = own.append(sample.events(1, 2), sample.after(2));
    await journal.close();
    await appended;
    assert.equal((await next).done, true);
    await assert.rejects(own.append(sample.events(3, 3), sample.after(3)), (error) =>
      isAgentFactoryError(error, 'AF_JOURNAL_CLOSED'),
    );
    assert.equal((await (await database()).query('SELECT seq FROM af_journal_sql_events')).length, 2);
    await close();
  });

  it('finds unfinished and lost runs, and keys, by an index', async () => {
    const { database, close } = await openTestJournal();
    const explain = async (where: string): Promise<string> =>
      JSON.stringify(
        await (
          await database()
        ).query(
          `EXPLAIN QUERY PLAN SELECT run FROM af_journal_sql_runs WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT 5`,
        ),
      );
    assert.match(await explain("outcome IS NULL AND status IN ('running')"), /af_journal_sql_runs_live/);
    assert.match(await explain("outcome IN ('failed', 'cancelled')"), /af_journal_sql_runs_lost/);
    assert.match(
      await explain("subject = 'a' AND (created_at, id) < (5, 'x')"),
      /af_journal_sql_runs_subject /,
    );
    assert.match(
      await explain("subject = 'a' AND outcome IN ('failed', 'cancelled')"),
      /af_journal_sql_runs_subject_lost/,
    );
    assert.match(await explain("idempotency_key = 'k'"), /af_journal_sql_runs_key/);
    await close();
  });

  for (const dialect of dialects) {
    it(`works as a plugin beside a storage on ${dialect}, and goes on after a restart`, async function () {
      this.timeout(60_000);
      const { dataDir, storage, close } = await openTestJournal(dialect);
      const config = { durability: 'group-commit', retention: { days: 30 } };
      const plugins = [storage, { use: dirname(import.meta.dirname), config }];
      const sample = sampleRun();
      const first = await bootTestKernel({ plugins, dataDir });
      assert.deepEqual(
        first.all(MaintenanceTask).map(({ value }) => value.name),
        ['journal-retention'],
      );
      await first.use(Journal).tenant(defaultTenant).append(sample.events(1, 3), sample.after(3));
      await first.close();
      const second = await bootTestKernel({ plugins: [storage, dirname(import.meta.dirname)], dataDir });
      assert.deepEqual(second.all(MaintenanceTask), []);
      const own = second.use(Journal).tenant(defaultTenant);
      await own.append(sample.events(4, 6), sample.after(6));
      assert.deepEqual(await own.read(sample.id), sample.events(1, 6));
      assert.equal(await own.verify(sample.id), undefined);
      await second.close();
      await close();
    });
  }
});
