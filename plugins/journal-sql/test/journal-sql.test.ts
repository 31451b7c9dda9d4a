import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { Journal, type SqlStatement, type Storage } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { bootTestKernel, journalSuite, sampleRun } from '@agent-factory/sdk/testing';
import { createGroupCommit } from '../src/group-commit.ts';
import { migrationsFor } from '../src/migrations.ts';
import { createSqlJournal } from '../src/sql-journal.ts';
import { openTestJournal } from './open-test-journal.ts';

describe('journal-sql', () => {
  describe('as a journal', () => {
    for (const { name, run } of journalSuite(openTestJournal)) it(name, run);
  });

  it('commits what comes together in one transaction', async () => {
    const { storage, close } = await openTestJournal();
    const sizes: number[] = [];
    const counting: Storage = {
      ...storage,
      batch(statements) {
        sizes.push(statements.length);
        return storage.batch(statements);
      },
    };
    const journal = await createSqlJournal(counting, { pollMs: 0 });
    const runs = Array.from({ length: 32 }, () => sampleRun());
    await Promise.all(runs.map((run) => journal.append(run.events(1, 2), run.after(2))));
    assert.deepEqual(sizes, [32 * 3]);
    await close();
  });

  it('tries nothing alone when the whole disk is full', async () => {
    const { storage, journal, close } = await openTestJournal();
    await storage.query('PRAGMA max_page_count = 1');
    const runs = Array.from({ length: 8 }, () => sampleRun({ deltas: 2000 }));
    const results = await Promise.allSettled(
      runs.map((run) => journal.append(run.events(1, run.length), run.after(run.length))),
    );
    for (const result of results)
      assert.ok(result.status === 'rejected' && isAgentFactoryError(result.reason, 'AF_STORAGE_FULL'));
    await storage.query('PRAGMA max_page_count = 1000000');
    assert.deepEqual(await journal.runs(), []);
    await close();
  });

  it('keeps one transaction short, however much comes at once', async () => {
    const sizes: number[] = [];
    const batch = async (statements: readonly SqlStatement[]): Promise<void> =>
      void sizes.push(statements.length);
    const { storage, close } = await openTestJournal();
    const commits = createGroupCommit({ ...storage, batch });
    await Promise.all(Array.from({ length: 600 }, () => commits.add([{ sql: 'SELECT 1' }])));
    assert.deepEqual(sizes, [256, 256, 88]);
    await commits.drain();
    await close();
  });

  it('refuses data that is no JSON without failing the others', async () => {
    const { journal, close } = await openTestJournal();
    const [good, bad] = [sampleRun(), sampleRun({ metadata: { ring: 1 } })];
    const ring: Record<string, unknown> = {};
    ring['ring'] = ring;
    // What the types forbid is what this case is about.
    const events = [{ ...bad.events(1, 1)[0], data: ring } as unknown as RunEvent];
    const results = await Promise.allSettled([
      journal.append(events, bad.after(1)),
      journal.append(good.events(1, 1), good.after(1)),
    ]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    );
    await assert.rejects(journal.append(events, bad.after(1)), (error) =>
      isAgentFactoryError(error, 'AF_JOURNAL_EVENTS_INVALID'),
    );
    await close();
  });

  it('says in a conflict where the run stands', async () => {
    const { journal, close } = await openTestJournal();
    const sample = sampleRun({ id: 'r1' });
    await journal.append(sample.events(1, 3), sample.after(3));
    await assert.rejects(
      journal.append(sample.events(2, 4), sample.after(4)),
      /Event 2 cannot be appended to run r1: the run stands at event 3 \(running\)/,
    );
    await close();
  });

  it('ends every follower when it is closed, after what was on its way is written', async () => {
    const { journal, storage, close } = await openTestJournal();
    const sample = sampleRun();
    const follower = journal.follow(sample.id)[Symbol.asyncIterator]();
    const next = follower.next();
    const appended = journal.append(sample.events(1, 2), sample.after(2));
    await journal.close();
    await appended;
    assert.equal((await next).done, true);
    await assert.rejects(journal.append(sample.events(3, 3), sample.after(3)), (error) =>
      isAgentFactoryError(error, 'AF_JOURNAL_CLOSED'),
    );
    assert.equal((await storage.query('SELECT seq FROM af_journal_sql_events')).length, 2);
    await close();
  });

  it('wakes only those who follow the run that was written', async () => {
    const { storage, close } = await openTestJournal();
    let queries = 0;
    const counting: Storage = {
      ...storage,
      query(sql, params) {
        queries++;
        return storage.query(sql, params);
      },
    };
    const journal = await createSqlJournal(counting, { pollMs: 0 });
    const waiting = new AbortController();
    const drain = async (id: string): Promise<number> => {
      let count = 0;
      for await (const event of journal.follow(id, { signal: waiting.signal })) count += event.seq && 1;
      return count;
    };
    const others = Array.from({ length: 2000 }, (_, index) => drain(`other-${index}`));
    const sample = sampleRun();
    const followed = drain(sample.id);
    await new Promise((resolve) => setImmediate(resolve));
    queries = 0;
    await journal.append(sample.events(1, 6), sample.after(6));
    assert.equal(await followed, 6);
    assert.ok(queries <= 2, `${queries} queries`);
    waiting.abort();
    assert.deepEqual(new Set(await Promise.all(others)), new Set([0]));
    await close();
  });

  it('goes back the way it came: every step has a step down', async () => {
    const { storage, close } = await openTestJournal();
    const tables = (): Promise<readonly object[]> =>
      storage.query("SELECT name FROM sqlite_master WHERE name LIKE 'af_journal_sql%'");
    const before = await tables();
    assert.ok(before.length > 0);
    const migrations = migrationsFor('sqlite');
    const statements = (text: string): readonly SqlStatement[] => text.split(';').map((sql) => ({ sql }));
    await storage.batch(migrations.toReversed().flatMap(({ down }) => statements(down)));
    assert.deepEqual(await tables(), []);
    await storage.batch(migrations.flatMap(({ up }) => statements(up)));
    assert.deepEqual(await tables(), before);
    await close();
  });

  it('finds unfinished and lost runs, and keys, by an index', async () => {
    const { storage, journal, close } = await openTestJournal();
    const explain = async (where: string): Promise<string> =>
      JSON.stringify(
        await storage.query(
          `EXPLAIN QUERY PLAN SELECT run FROM af_journal_sql_runs WHERE ${where} ORDER BY created_at DESC, id DESC LIMIT 5`,
        ),
      );
    assert.match(await explain("outcome IS NULL AND status IN ('running')"), /af_journal_sql_runs_live/);
    assert.match(await explain("outcome IN ('failed', 'cancelled')"), /af_journal_sql_runs_lost/);
    assert.match(await explain("agent = 'a' AND (created_at, id) < (5, 'x')"), /af_journal_sql_runs_agent/);
    assert.match(await explain("idempotency_key = 'k'"), /af_journal_sql_runs_key/);
    assert.deepEqual(await journal.runs({ status: ['failed'] }), []);
    await close();
  });

  it('works as a plugin beside a storage, and goes on after a restart', async () => {
    const plugins = ['@agent-factory/plugin-storage-sqlite', dirname(import.meta.dirname)];
    const { dataDir, close } = await openTestJournal();
    const sample = sampleRun();
    const first = await bootTestKernel({ plugins, dataDir });
    await first.use(Journal).append(sample.events(1, 3), sample.after(3));
    await first.close();
    const second = await bootTestKernel({ plugins, dataDir });
    await second.use(Journal).append(sample.events(4, 6), sample.after(6));
    assert.deepEqual(await second.use(Journal).read(sample.id), sample.events(1, 6));
    await second.close();
    await close();
  });
});
