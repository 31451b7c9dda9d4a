import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { defaultTenant, type Signals, type TenantStorage } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { sampleRun } from '@agent-factory/sdk/testing';
import { createRunSignals } from '../src/run-signals.ts';
import { createSqlJournal } from '../src/sql-journal.ts';
import { openTestJournal, type TestJournal } from './open-test-journal.ts';

/** Lets another process write a run. */
async function appendElsewhere({ storage, dataDir }: TestJournal, runId: string): Promise<void> {
  const script = join(import.meta.dirname, 'fixtures', 'append-run.ts');
  const plugins = JSON.stringify([storage, { use: dirname(import.meta.dirname) }]);
  const given = ['--conditions=@agent-factory/source', script, plugins, dataDir, runId];
  const child = spawn(process.execPath, given, { stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = await once(child, 'close');
  assert.equal(code, 0);
}

async function collect(events: AsyncIterable<RunEvent>): Promise<readonly RunEvent[]> {
  const found: RunEvent[] = [];
  for await (const event of events) found.push(event);
  return found;
}

describe('following a run that another process writes', function () {
  this.timeout(60_000);

  for (const dialect of ['sqlite', 'postgres'] as const)
    it(`finds its events by looking, on ${dialect}`, async () => {
      const fixture = await openTestJournal(dialect, { pollMs: 20 });
      const sample = sampleRun();
      const followed = collect(fixture.journal.tenant(defaultTenant).follow(sample.id));
      await appendElsewhere(fixture, sample.id);
      assert.deepEqual(await followed, sample.events(1, 6));
      await fixture.close();
    });

  it('hears of its events by signals, without ever looking', async () => {
    const fixture = await openTestJournal('postgres');
    const { tenants, analytics, signals } = fixture;
    const journal = await createSqlJournal({ tenants, analytics, signals, pollMs: 0 });
    const sample = sampleRun();
    const followed = collect(journal.tenant(defaultTenant).follow(sample.id));
    await appendElsewhere(fixture, sample.id);
    assert.deepEqual(await followed, sample.events(1, 6));
    await journal.close();
    await fixture.close();
  });

  it('asks nothing for those who follow other runs', async () => {
    const { tenants, analytics, close } = await openTestJournal();
    let queries = 0;
    const counting: TenantStorage = {
      ...tenants,
      async tenant(id) {
        const database = await tenants.tenant(id);
        return {
          ...database,
          query(sql, params) {
            queries++;
            return database.query(sql, params);
          },
        };
      },
    };
    const journal = await createSqlJournal({ tenants: counting, analytics, pollMs: 0 });
    const own = journal.tenant(defaultTenant);
    const waiting = new AbortController();
    const others = Array.from({ length: 2000 }, (_, index) =>
      collect(own.follow(`other-${index}`, { signal: waiting.signal })),
    );
    const sample = sampleRun();
    const followed = collect(own.follow(sample.id, { signal: waiting.signal }));
    while (queries < 2 * 2001) await new Promise((resolve) => setImmediate(resolve));
    queries = 0;
    await own.append(sample.events(1, 6), sample.after(6));
    assert.equal((await followed).length, 6);
    assert.ok(queries <= 2, `${queries} queries`);
    waiting.abort();
    assert.deepEqual(new Set((await Promise.all(others)).map(({ length }) => length)), new Set([0]));
    await journal.close();
    await close();
  });
});

describe('signals between journals', () => {
  /** Signals of one process among themselves, with what went through them. */
  function localSignals(): Signals & { readonly sent: string[] } {
    const listeners = new Set<(text: string | undefined) => void>();
    const sent: string[] = [];
    return {
      sent,
      async publish(_, text) {
        sent.push(text);
        for (const listener of listeners) listener(text);
      },
      subscribe(_, listener) {
        listeners.add(listener);
        return { [Symbol.dispose]: () => void listeners.delete(listener) };
      },
    };
  }
  const listener = () => {
    const heard: string[] = [];
    return {
      heard,
      written: ({ tenant, runId }: { tenant: string; runId: string }) =>
        void heard.push(`${tenant}/${runId}`),
      missed: () => void heard.push('missed'),
    };
  };

  it('name each run once a message, in messages that are short enough, and not to whoever wrote it', async () => {
    const signals = localSignals();
    const [here, there] = [listener(), listener()];
    const writer = createRunSignals(signals, here);
    const reader = createRunSignals(signals, there);
    const ids = Array.from({ length: 300 }, (_, index) => `run/with-a-slash-${index}`);
    for (let turn = 0; turn < 3; turn++) for (const runId of ids) writer.written({ tenant: 'acme', runId });
    await writer.close();
    assert.deepEqual(
      there.heard,
      ids.map((id) => `acme/${id}`),
    );
    assert.deepEqual(here.heard, []);
    assert.ok(signals.sent.length > 1);
    for (const text of signals.sent) assert.ok(Buffer.byteLength(text) <= 4000);
    await reader.close();
  });

  it('pass on that something may have been missed', async () => {
    const signals = localSignals();
    const heard = listener();
    let tell: ((text: string | undefined) => void) | undefined;
    const subscribe: Signals['subscribe'] = (channel, each) => {
      tell = each;
      return signals.subscribe(channel, each);
    };
    const own = createRunSignals({ ...signals, subscribe }, heard);
    tell?.(undefined);
    assert.deepEqual(heard.heard, ['missed']);
    await own.close();
  });
});
