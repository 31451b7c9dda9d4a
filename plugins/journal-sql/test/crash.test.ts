import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { openTestJournal } from './open-test-journal.ts';

const rounds = 4;

/** Lets a process append until it has acknowledged `enough` times, kills it, and gives what it acknowledged. */
async function appendUntilKilled(
  dataDir: string,
  round: number,
  enough: number,
): Promise<Map<string, number>> {
  const script = join(import.meta.dirname, 'fixtures', 'append-for-ever.ts');
  const child = spawn(process.execPath, ['--conditions=@agent-factory/source', script, dataDir, `r${round}`]);
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

describe('a journal whose process is killed', () => {
  it('holds every acknowledged event, whole appends only, and no gap', async function () {
    this.timeout(60_000);
    const { journal, storage, dataDir, close } = await openTestJournal();
    for (let round = 0; round < rounds; round++) {
      const acknowledged = await appendUntilKilled(dataDir, round, 1 + round * 13);
      assert.ok(acknowledged.size > 0);
      for (const [id, seq] of acknowledged) {
        const last = (await journal.run(id))?.lastSeq ?? 0;
        assert.ok(last >= seq, `run ${id} was acknowledged up to ${seq} and holds ${last}`);
      }
    }
    const counted = await storage.query<{ id: string; last_seq: number; n: number; last: number }>(
      'SELECT r.id, r.last_seq, COUNT(*) AS n, MAX(e.seq) AS last FROM af_journal_sql_runs r ' +
        'JOIN af_journal_sql_events e ON e.run_id = r.id GROUP BY r.id, r.last_seq',
    );
    assert.ok(counted.length >= rounds);
    for (const { id, last_seq: lastSeq, n, last } of counted) {
      assert.deepEqual([n, last], [lastSeq, lastSeq], `run ${id} has no gap and no more than its row says`);
      assert.equal(n % 3, 0, `run ${id} holds no half of an append`);
    }
    assert.deepEqual(await storage.query('PRAGMA integrity_check'), [{ integrity_check: 'ok' }]);
    await close();
  });
});
