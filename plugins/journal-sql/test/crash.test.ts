import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { defaultTenant } from '@agent-factory/sdk/contracts';
import { openTestJournal, type TestJournal } from './open-test-journal.ts';

const rounds = 4;

/** Lets a process append until it has acknowledged `enough` times, kills it, and gives what it acknowledged. */
async function appendUntilKilled(
  { storage, dataDir }: TestJournal,
  round: number,
  enough: number,
): Promise<Map<string, number>> {
  const script = join(import.meta.dirname, 'fixtures', 'append-for-ever.ts');
  const given = [JSON.stringify(storage), dataDir, `r${round}`];
  const child = spawn(process.execPath, ['--conditions=@agent-factory/source', script, ...given]);
  let output = '';
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    if (output.split('\n').length > enough) child.kill('SIGKILL');
  });
  await once(child, 'close');
  assert.equal(child.signalCode, 'SIGKILL', complaint);
  const acknowledged = new Map<string, number>();
  for (const line of output.slice(0, output.lastIndexOf('\n')).split('\n')) {
    const [id = '', seq = ''] = line.split(' ');
    acknowledged.set(id, Number(seq));
  }
  return acknowledged;
}

for (const dialect of ['sqlite', 'postgres'] as const) {
  describe(`a journal on ${dialect} whose process is killed under group commit`, () => {
    it('holds every acknowledged event, whole appends only, and no gap', async function () {
      this.timeout(120_000);
      const fixture = await openTestJournal(dialect);
      const own = fixture.journal.tenant(defaultTenant);
      for (let round = 0; round < rounds; round++) {
        const acknowledged = await appendUntilKilled(fixture, round, 1 + round * 31);
        assert.ok(acknowledged.size > 0);
        for (const [id, seq] of acknowledged) {
          const last = (await own.run(id))?.lastSeq ?? 0;
          assert.ok(last >= seq, `run ${id} was acknowledged up to ${seq} and holds ${last}`);
        }
      }
      const database = await fixture.database();
      const counted = await database.query<{ id: string; last_seq: number; n: number; last: number }>(
        'SELECT r.id, r.last_seq, COUNT(*) AS n, MAX(e.seq) AS last FROM af_journal_sql_runs r ' +
          'JOIN af_journal_sql_events e ON e.run_id = r.id GROUP BY r.id, r.last_seq',
      );
      assert.ok(counted.length >= rounds);
      for (const { id, last_seq: lastSeq, n, last } of counted) {
        assert.deepEqual([n, last], [lastSeq, lastSeq], `run ${id} has no gap and no more than its row says`);
        assert.equal(n % 3, 0, `run ${id} holds no half of an append`);
        assert.equal(await own.verify(id), undefined);
      }
      const events = await database.query('SELECT DISTINCT run_id FROM af_journal_sql_events');
      assert.equal(events.length, counted.length, 'no event without its run');
      if (dialect === 'sqlite')
        assert.deepEqual(await database.query('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
      await fixture.close();
    });
  });
}
