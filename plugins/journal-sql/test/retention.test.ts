import assert from 'node:assert/strict';
import { appendFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { defaultTenant, type SqlDialect } from '@agent-factory/sdk/contracts';
import { isAgentFactoryError, type ErrorCode } from '@agent-factory/sdk';
import { sampleRun, silentLog } from '@agent-factory/sdk/testing';
import { createRetentionTask } from '../src/retention-task.ts';
import { addToArchive, readArchive, verifyArchivedRun, type ArchivedRun } from '../src/run-archive.ts';
import { openTestJournal, type TestJournal } from './open-test-journal.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 10, 22);
const context = { signal: new AbortController().signal, log: silentLog };

function rejectsWith(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  return assert.rejects(promise, (error) => isAgentFactoryError(error, code));
}

async function readAll(file: string): Promise<readonly ArchivedRun[]> {
  const runs: ArchivedRun[] = [];
  for await (const run of readArchive(file)) runs.push(run);
  return runs;
}

/** Runs of 40 days ago in two tenants, one young and one that has not ended. */
async function fill({ journal, createTenant }: TestJournal) {
  await createTenant('acme');
  const old = Array.from({ length: 250 }, (_, index) =>
    sampleRun({ id: `old-${index}`, createdAt: now - 40 * day + index, deltas: index % 3 === 0 ? 30 : 1 }),
  );
  const theirs = sampleRun({ id: 'theirs', key: 'k', createdAt: now - 40 * day, metadata: { a: '"\n' } });
  const young = sampleRun({ id: 'young', createdAt: now - 2 * day });
  const endless = sampleRun({ id: 'endless', createdAt: now - 90 * day });
  const own = journal.tenant(defaultTenant);
  await Promise.all(
    [...old, young].map((run) => own.append(run.events(1, run.length), run.after(run.length))),
  );
  await own.append(endless.events(1, 3), endless.after(3));
  await journal.tenant('acme').append(theirs.events(1, 6), theirs.after(6));
  return { own, old, theirs };
}

for (const dialect of ['sqlite', 'postgres'] as const satisfies readonly SqlDialect[]) {
  describe(`retention of runs on ${dialect}`, function () {
    this.timeout(60_000);

    it('moves runs that ended long ago into the archive, whole and verifiable, and no others', async () => {
      const fixture = await openTestJournal(dialect);
      const { old, own, theirs } = await fill(fixture);
      const archiveDir = join(fixture.dataDir, 'archive');
      const { tenants, journal } = fixture;
      const task = createRetentionTask({ tenants, days: 30, archiveDir, now: () => now });
      assert.deepEqual(await task.run(context), { removed: 251 });
      assert.deepEqual(await task.run(context), { removed: 0 });
      assert.deepEqual(
        (await own.runs()).map(({ id }) => id),
        ['young', 'endless'],
      );
      assert.deepEqual(await own.read('old-0'), []);
      const archived = await readAll(join(archiveDir, defaultTenant, '2026-10.jsonl.gz'));
      assert.deepEqual(archived.map(({ id }) => id).sort(), old.map(({ id }) => id).sort());
      for (const run of archived) assert.equal(verifyArchivedRun(run), undefined);
      const [other] = await readAll(join(archiveDir, 'acme', '2026-10.jsonl.gz'));
      assert.ok(other);
      assert.equal(other.idempotencyKey, 'k');
      assert.deepEqual({ ...JSON.parse(other.request), ...JSON.parse(other.run) }, theirs.after(6));
      assert.deepEqual(
        other.events.map(({ seq, type, at, data }) => ({
          runId: other.id,
          seq,
          type,
          at,
          data: JSON.parse(data),
        })),
        theirs.events(1, 6),
      );
      assert.equal(await journal.tenant('acme').runByKey('k'), undefined);
      await fixture.close();
    });

    it('keeps a run whose end is young, however old its beginning', async () => {
      const { tenants, journal, close } = await openTestJournal(dialect);
      const sample = sampleRun({ createdAt: now - 40 * day });
      const own = journal.tenant(defaultTenant);
      await own.append(sample.events(1, 6), { ...sample.after(6), endedAt: now - day });
      const task = createRetentionTask({ tenants, days: 30, now: () => now });
      assert.deepEqual(await task.run(context), { removed: 0 });
      assert.equal((await own.runs()).length, 1);
      await close();
    });

    it('goes on after a crash between archive and table, and reads each run once', async () => {
      const fixture = await openTestJournal(dialect);
      await fill(fixture);
      const archiveDir = join(fixture.dataDir, 'archive');
      const { tenants } = fixture;
      // Deleting fails, as if the process had ended before it.
      const broken = {
        ...tenants,
        async tenant(id: string) {
          const database = await tenants.tenant(id);
          return { ...database, batch: () => Promise.reject(new Error('gone')) };
        },
      };
      const options = { days: 30, archiveDir, now: () => now };
      await assert.rejects(createRetentionTask({ ...options, tenants: broken }).run(context), /gone/);
      assert.deepEqual(await createRetentionTask({ ...options, tenants }).run(context), { removed: 251 });
      const file = join(archiveDir, 'acme', '2026-10.jsonl.gz');
      const lines = gunzipSync(await readFile(file))
        .toString()
        .trim()
        .split('\n');
      assert.equal(lines.length, 2 * 7, 'it is there twice');
      assert.equal((await readAll(file)).length, 1);
      await fixture.close();
    });

    it('deletes for good where there is no archive, and stops when told', async () => {
      const fixture = await openTestJournal(dialect);
      const { own } = await fill(fixture);
      const task = createRetentionTask({ tenants: fixture.tenants, days: 30, now: () => now });
      assert.deepEqual(await task.run({ ...context, signal: AbortSignal.abort() }), { removed: 0 });
      assert.deepEqual(await task.run(context), { removed: 251 });
      assert.equal((await own.runs()).length, 2);
      assert.deepEqual((await readdir(fixture.dataDir)).includes('archive'), false);
      await fixture.close();
    });
  });
}

describe('an archive of runs', () => {
  const run = (id: string): ArchivedRun => ({
    id,
    tenant: 'default',
    idempotencyKey: null,
    lastSeq: 0,
    hash: '',
    request: '{}',
    run: '{}',
    events: [],
  });

  it('cuts off what a crash left half written, for the next reader and writer', async () => {
    const { dataDir, close } = await openTestJournal();
    const file = join(dataDir, 'a', 'b.jsonl.gz');
    await addToArchive(file, [run('one')]);
    const { length } = await readFile(file);
    await writeFile(`${file}.writing`, String(length));
    await appendFile(file, 'half a member');
    assert.deepEqual(await readAll(file), [run('one')]);
    await addToArchive(file, [run('two')]);
    assert.deepEqual(await readAll(file), [run('one'), run('two')]);
    await close();
  });

  it('says what is wrong with a damaged file, after the runs before the damage', async () => {
    const { dataDir, close } = await openTestJournal();
    const file = join(dataDir, 'b.jsonl.gz');
    await addToArchive(file, [run('one')]);
    await appendFile(file, (await readFile(file)).subarray(0, 30));
    await rejectsWith(readAll(file), 'AF_JOURNAL_ARCHIVE_DAMAGED');
    await close();
  });

  it('says that it cannot be written, and removes nothing', async () => {
    const fixture = await openTestJournal();
    const { own } = await fill(fixture);
    const archiveDir = join(fixture.dataDir, 'a-file');
    await writeFile(archiveDir, '');
    const task = createRetentionTask({ tenants: fixture.tenants, days: 30, archiveDir, now: () => now });
    await rejectsWith(task.run(context), 'AF_JOURNAL_ARCHIVE_FAILED');
    assert.equal((await own.runs({ limit: 200 })).length, 200);
    await fixture.close();
  });

  it('shows what was changed in it', () => {
    const sample = run('x');
    assert.deepEqual(verifyArchivedRun({ ...sample, lastSeq: 2 }), {
      seq: 1,
      reason: 'it is missing: the run has 2 events',
    });
  });
});
