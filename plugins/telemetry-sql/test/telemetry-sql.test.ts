import assert from 'node:assert/strict';
import {
  AgentRuntime,
  createUseTenant,
  defaultTenant,
  Journal,
  TenantAnalytics,
  TenantStorage,
  type SqlDatabase,
  type UseTenant,
} from '@agent-factory/sdk/contracts';
import { rollBack, type TestKernel } from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';
import { catchUp } from '../src/catch-up.ts';
import { hourMs } from '../src/counts.ts';
import { retentionTask } from '../src/tasks.ts';
import { queryTotals } from '../src/tenant-telemetry.ts';
import { askTelemetry, bootTelemetry, runAgent, type Row } from './support/telemetry-platform.ts';

const dayMs = 24 * hourMs;

for (const [name, open] of Object.entries(sqlEngines)) {
  describe(`telemetry-sql on ${name}`, function () {
    this.timeout(60_000);
    let storage: FreshStorage;
    let kernel: TestKernel;
    /** A second process on the same database. */
    let other: TestKernel;
    before(async () => {
      storage = await open();
      kernel = await bootTelemetry(storage);
      other = await bootTelemetry(storage, kernel.dataDir);
    });
    after(async () => {
      await other?.close();
      await kernel?.close();
      await storage?.close();
    });

    const rowsOf = async (path: string, on = kernel): Promise<readonly Row[]> => {
      const { status, rows } = await askTelemetry(on, path);
      assert.equal(status, 200, path);
      return rows;
    };
    const useTenant = (): UseTenant => createUseTenant(kernel.use(TenantStorage));
    const totalsOf = async (database: SqlDatabase): Promise<readonly string[]> => {
      const rows = await database.query<{ kind: string; outcome: string; n: number }>(
        'SELECT kind, outcome, CAST(SUM(n) AS BIGINT) AS n FROM af_telemetry_sql_hours GROUP BY 1, 2 ORDER BY 1, 2',
      );
      return rows.map(({ kind, outcome, n }) => `${kind} ${outcome} ${n}`);
    };

    it('counts how runs ended, by what ran', async () => {
      assert.deepEqual(await rowsOf('runs?by=all'), []);
      await runAgent(kernel, 'guide', 'hello');
      await runAgent(kernel, 'guide', 'look');
      await runAgent(kernel, 'guide', 'stumble');
      await runAgent(kernel, 'guide', 'fail');
      await runAgent(kernel, 'guarded', 'where is the lantern');
      const rows = await rowsOf('runs?by=all&group=name&group=outcome');
      assert.deepEqual(
        rows.map((row) => [row.name, row.outcome, row.count]),
        [
          ['guarded', 'failed', 1],
          ['guide', 'failed', 1],
          ['guide', 'succeeded', 3],
        ],
      );
      const [all] = await rowsOf('runs?by=all');
      assert.equal(all?.count, 5);
      assert.equal(
        all.durations?.buckets.reduce((sum, { count }) => sum + count, 0),
        5,
      );
      const failed = await rowsOf('runs?by=all&group=code&outcome=failed&name=guide');
      assert.deepEqual([failed.length, failed[0]?.code?.startsWith('AF_')], [1, true]);
    });

    it('counts calls of models with their tokens, of tools with their errors, and what guardrails did', async () => {
      const models = await rowsOf('models?by=all&group=name&group=source&group=outcome');
      const answered = models.find(({ outcome }) => outcome === 'answered');
      assert.deepEqual([answered?.name, answered?.source, answered?.count], ['small', 'test', 5]);
      assert.ok((answered?.inputTokens ?? 0) > 0 && (answered?.outputTokens ?? 0) > 0);
      assert.ok((models.find(({ outcome }) => outcome === 'failed')?.count ?? 0) >= 1);
      const tools = await rowsOf('tools?by=all&group=name&group=outcome');
      assert.deepEqual(
        tools.map((row) => [row.name, row.outcome, row.count]),
        [
          ['look', 'succeeded', 1],
          ['stumble', 'failed', 1],
        ],
      );
      const guardrails = await rowsOf('guardrails?by=all&group=name&group=source&group=outcome');
      assert.deepEqual(
        guardrails.map((row) => [row.name, row.source, row.outcome, row.count]),
        [['keywords', 'input', 'block', 1]],
      );
      assert.equal(guardrails[0]?.durations, undefined);
    });

    it('tells hours and days apart, and gives no more than was asked for', async () => {
      const [hour] = await rowsOf('runs');
      assert.equal((hour?.at ?? 1) % hourMs, 0);
      const [day] = await rowsOf('runs?by=day');
      assert.equal((day?.at ?? 1) % dayMs, 0);
      assert.deepEqual(await rowsOf(`runs?from=0&to=${hourMs}`), []);
      for (const [query, code] of [
        ['runs?from=5&to=5', 'AF_TELEMETRY_RANGE_INVALID'],
        ['runs?from=0', 'AF_TELEMETRY_RANGE_INVALID'],
        ['runs?group=tenant', 'AF_HTTP_REQUEST_INVALID'],
        ['runs?name=', 'AF_HTTP_REQUEST_INVALID'],
        ['platform?from=0', 'AF_TELEMETRY_RANGE_INVALID'],
      ]) {
        const answer = await askTelemetry(kernel, query ?? '');
        assert.deepEqual([answer.status, answer.code], [400, code], query);
      }
      const injected = encodeURIComponent("x' OR '1' = '1");
      assert.deepEqual(await rowsOf(`runs?by=all&name=${injected}`), []);
    });

    it('goes on with a run that waited, and counts nothing twice', async () => {
      const count = async (path: string): Promise<number> => (await rowsOf(path))[0]?.count ?? 0;
      const [models, tools, runs] = await Promise.all(
        ['models', 'tools', 'runs'].map((kind) => count(`${kind}?by=all`)),
      );
      const { id, waitingFor } = await runAgent(kernel, 'careful', 'look');
      assert.equal(await count('models?by=all'), (models ?? 0) + 1);
      assert.equal(await count('models?by=all'), (models ?? 0) + 1);
      assert.equal(await count('runs?by=all'), runs);
      const [wait] = waitingFor ?? [];
      assert.ok(wait?.kind === 'approval');
      const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
      await runtime.approve(id, { approvalId: wait.approvalId, outcome: 'approved' });
      await runtime.wait(id);
      assert.equal(await count('models?by=all'), (models ?? 0) + 2);
      assert.equal(await count('tools?by=all'), (tools ?? 0) + 1);
      assert.equal(await count('runs?by=all'), (runs ?? 0) + 1);
    });

    it('counts the same when many read at once, in two processes', async () => {
      const before = (await rowsOf('runs?by=all'))[0]?.count ?? 0;
      for (let round = 0; round < 3; round += 1) {
        await Promise.all(['hello', 'look', 'hello', 'look'].map((said) => runAgent(kernel, 'guide', said)));
        const parts = { journal: kernel.use(Journal), useTenant: useTenant() };
        const others = { journal: other.use(Journal), useTenant: createUseTenant(other.use(TenantStorage)) };
        await Promise.all(
          [parts, others, parts, others].map((of) => catchUp(defaultTenant, of, { slack: 60_000 })),
        );
      }
      assert.equal((await rowsOf('runs?by=all'))[0]?.count, before + 12);
      assert.equal((await rowsOf('runs?by=all', other))[0]?.count, before + 12);
    });

    it('loses nothing and repeats nothing when it is broken off between any two writes', async () => {
      const tenant = 'broken-off';
      await kernel.use(TenantStorage).create(tenant);
      for (const said of ['hello', 'look', 'stumble', 'fail']) await runAgent(kernel, 'guide', said, tenant);
      const journal = kernel.use(Journal);
      const whole = useTenant();
      /** Ends before, or after, its n-th write, as a process does that is killed there. */
      const breaking =
        (left: number, isAfter: boolean): UseTenant =>
        (of, work) =>
          whole(of, (database) =>
            work({
              ...database,
              dialect: database.dialect,
              query: (sql, params) => database.query(sql, params),
              execute: (sql, params) => database.execute(sql, params),
              transaction: (inside) => database.transaction(inside),
              async batch(statements) {
                left -= 1;
                if (left === 0 && !isAfter) throw new Error('killed');
                await database.batch(statements);
                if (left === 0) throw new Error('killed');
              },
            }),
          );
      for (const isAfter of [false, true])
        for (let at = 1; at <= 3; at += 1)
          await catchUp(tenant, { journal, useTenant: breaking(at, isAfter) }, { slack: 60_000 }).catch(
            (error: unknown) => assert.match(String(error), /killed/),
          );
      await catchUp(tenant, { journal, useTenant: whole }, { slack: 60_000 });
      const totals = await whole(tenant, totalsOf);
      assert.deepEqual(
        totals.filter((row) => !row.startsWith('model failed')),
        ['model answered 5', 'run failed 1', 'run succeeded 3', 'tool failed 1', 'tool succeeded 1'],
      );
    });

    it('never counts a run again whose place it has forgotten', async () => {
      const tenant = 'broken-off';
      const before = await useTenant()(tenant, totalsOf);
      await useTenant()(tenant, (database) =>
        database.batch([
          { sql: 'DELETE FROM af_telemetry_sql_runs' },
          {
            sql: "UPDATE af_telemetry_sql_marks SET value = ? WHERE name = 'pruned'",
            params: [Date.now() + 1000],
          },
          { sql: "UPDATE af_telemetry_sql_marks SET value = 0 WHERE name = 'read'" },
        ]),
      );
      await catchUp(tenant, { journal: kernel.use(Journal), useTenant: useTenant() }, { slack: 60_000 });
      assert.deepEqual(await useTenant()(tenant, totalsOf), before);
    });

    it('tells the platform how much each tenant did, and not what its things are called', async () => {
      const rows = await rowsOf('platform');
      const tenants = new Set(rows.map(({ tenant }) => tenant));
      assert.deepEqual(tenants, new Set(['broken-off', 'default']));
      const ran = rows.find(
        ({ tenant, kind, outcome }) => `${tenant} ${kind} ${outcome}` === 'broken-off run succeeded',
      );
      assert.equal(ran?.count, 3);
      for (const named of ['guide', 'look', 'small', 'keywords'])
        assert.ok(!JSON.stringify(rows).includes(named));
      const later = { from: Date.now() + dayMs, to: Date.now() + 2 * dayMs };
      assert.deepEqual(await queryTotals(kernel.use(TenantAnalytics), later), []);
    });

    it('shows a tenant nothing of another', async () => {
      const [own] = await rowsOf('runs?by=all');
      const all = (await rowsOf('platform')).filter(({ kind }) => kind === 'run');
      const sum = all.reduce((count, row) => count + row.count, 0);
      assert.equal(own?.count, sum - 4);
    });

    it('removes what is older than it is to be kept', async () => {
      const task = retentionTask(kernel.use(TenantStorage), useTenant(), {
        days: 30,
        now: () => Date.now() + 29 * dayMs,
      });
      const context = { signal: new AbortController().signal, log: console as never };
      assert.deepEqual(await task.run(context), { removed: 0 });
      const later = retentionTask(kernel.use(TenantStorage), useTenant(), {
        days: 30,
        now: () => Date.now() + 32 * dayMs,
      });
      const { removed } = await later.run(context);
      assert.ok(Number(removed) > 0);
      assert.deepEqual(await rowsOf('runs?by=all'), []);
    });

    it('has a way back', async () => {
      const undone = await rollBack(kernel, 'telemetry-sql', 'tenant');
      assert.deepEqual([...new Set(undone)], ['create-hours']);
    });
  });
}
