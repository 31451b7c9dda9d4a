import assert from 'node:assert/strict';
import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  AgentRuntime,
  Journal,
  Quotas,
  TenantStorage,
  type QuotaOverrides,
  type QuotaUse,
} from '@agent-factory/sdk/contracts';
import type { Run, RunEvent } from '@agent-factory/sdk/domain';
import { applyEvent } from '@agent-factory/sdk/domain';
import { rollBack, type TestKernel } from '@agent-factory/sdk/testing';
import { sqlEngines, type FreshStorage } from '@agent-factory/test-servers';
import { createSqlQuotas } from '../src/sql-quotas.ts';
import { bootQuotas, finish, open, start } from './support/quotas-platform.ts';

const dayMs = 86_400_000;
const exceeded = (quota: string) => (error: unknown) =>
  isAgentFactoryError(error, 'AF_QUOTA_EXCEEDED') && error.details['quota'] === quota;

for (const [name, openStorage] of Object.entries(sqlEngines)) {
  describe(`quotas-sql on ${name}`, function () {
    this.timeout(60_000);
    let storage: FreshStorage;
    let kernel: TestKernel;
    /** A second process on the same database. */
    let other: TestKernel;
    let tenants = 0;
    before(async () => {
      storage = await openStorage();
      kernel = await bootQuotas(storage, { limits: { runsPerDay: 50 } });
      other = await bootQuotas(storage, { dataDir: kernel.dataDir, limits: { runsPerDay: 50 } });
    });
    after(async () => {
      await other?.close();
      await kernel?.close();
      await storage?.close();
    });

    const tenantWith = async (limits: QuotaOverrides): Promise<string> => {
      const tenant = `${name.toLowerCase()}-${(tenants += 1)}`;
      await kernel.use(TenantStorage).create(tenant);
      await kernel.use(Quotas).tenant(tenant).override(limits);
      return tenant;
    };
    const usesOf = async (tenant: string): Promise<Readonly<Record<string, QuotaUse>>> => {
      const uses = await kernel.use(Quotas).tenant(tenant).usage();
      return Object.fromEntries(uses.map((use) => [use.quota, use]));
    };
    const runsOf = (tenant: string): Promise<readonly Run[]> =>
      kernel.use(AgentRuntime).tenant(tenant).list();

    it('lets no more runs begin in a day than there may, and leaves nothing of one that is refused', async () => {
      const tenant = await tenantWith({ runsPerDay: 2 });
      for (const input of ['one', 'two']) await finish(kernel, tenant, await start(kernel, tenant, input));
      await assert.rejects(start(kernel, tenant, 'three'), exceeded('runsPerDay'));
      assert.equal((await runsOf(tenant)).length, 2);
      assert.equal((await usesOf(tenant))['runsPerDay']?.used, 2);
      await assert.rejects(start(other, tenant, 'three'), exceeded('runsPerDay'));
    });

    it('lets no run begin where none may', async () => {
      for (const limits of [{ runsPerDay: 0 }, { runsAtOnce: 0 }, { tokensPerMonth: 0 }]) {
        const tenant = await tenantWith(limits);
        await assert.rejects(start(kernel, tenant, 'one'), exceeded(Object.keys(limits)[0] ?? ''));
        assert.equal((await runsOf(tenant)).length, 0);
      }
    });

    it('gives the last place to one of two, in whichever process they begin', async () => {
      const tenant = await tenantWith({ runsAtOnce: 1 });
      for (let round = 0; round < 5; round++) {
        const inputs = [`hold ${tenant} ${round} a`, `hold ${tenant} ${round} b`] as const;
        const begun = await Promise.allSettled([
          start(kernel, tenant, inputs[0]),
          start(other, tenant, inputs[1]),
        ]);
        const won = begun.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
        const lost = begun.flatMap((one) => (one.status === 'rejected' ? [one.reason as unknown] : []));
        assert.equal(won.length, 1);
        assert.ok(lost.every(exceeded('runsAtOnce')));
        assert.equal((await usesOf(tenant))['runsAtOnce']?.used, 1);
        for (const input of inputs) open(input);
        assert.equal((await finish(kernel, tenant, won[0] as Run)).status, 'succeeded'); // there is one
        assert.equal((await usesOf(tenant))['runsAtOnce']?.used, 0);
      }
      assert.equal((await runsOf(tenant)).length, 5);
    });

    it('lets as many of many that begin together begin as there may', async () => {
      const tenant = await tenantWith({ runsAtOnce: 3, runsPerDay: 100 });
      const inputs = Array.from({ length: 8 }, (_one, at) => `hold ${tenant} ${at}`);
      const begun = await Promise.allSettled(inputs.map((input) => start(kernel, tenant, input)));
      assert.equal(begun.filter(({ status }) => status === 'fulfilled').length, 3);
      assert.equal((await usesOf(tenant))['runsPerDay']?.used, 3);
      for (const input of inputs) open(input);
      for (const run of await runsOf(tenant)) await finish(kernel, tenant, run);
    });

    it('gives back the place of a run whose process died', async () => {
      const tenant = await tenantWith({ runsAtOnce: 1 });
      const runId = 'run_dead';
      const events = [
        {
          runId,
          seq: 1,
          type: 'run.created',
          at: Date.now(),
          data: { subject: { kind: 'agent', name: 'guide', hash: 'x' }, input: 'x', limits: {} },
        },
        { runId, seq: 2, type: 'run.started', at: Date.now(), data: { attempt: 1 } },
      ] as unknown as readonly RunEvent[]; // what a process leaves behind that is killed
      const run = events.reduce<Run | undefined>(applyEvent, undefined) as Run; // there are two
      const along = kernel.use(Quotas).tenant(tenant).count({ runId, begins: true, place: 'taken' });
      const lease = { owner: 'dead', ttlMs: 1, fence: 1 };
      await kernel.use(Journal).tenant(tenant).append(events, run, lease, along);
      assert.equal((await usesOf(tenant))['runsAtOnce']?.used, 1);
      assert.equal((await finish(kernel, tenant, await start(kernel, tenant, 'next'))).status, 'succeeded');
    });

    it('gives back the place of a run that waits, which goes on whether there is one or not', async () => {
      const tenant = await tenantWith({ runsAtOnce: 1 });
      const runs = kernel.use(AgentRuntime).tenant(tenant);
      const waiting = await runs.wait((await start(kernel, tenant, 'look', 'careful')).id);
      assert.equal(waiting.status, 'waiting');
      const input = `hold ${tenant}`;
      const next = await start(kernel, tenant, input);
      await assert.rejects(start(kernel, tenant, 'x'), exceeded('runsAtOnce'));
      const [wait] = waiting.waitingFor ?? [];
      assert.equal(wait?.kind, 'approval');
      await runs.approve(waiting.id, { approvalId: wait.approvalId, outcome: 'approved' });
      assert.equal((await runs.wait(waiting.id)).status, 'succeeded');
      assert.equal((await usesOf(tenant))['runsAtOnce']?.used, 1);
      open(input);
      await finish(kernel, tenant, next);
      assert.equal((await usesOf(tenant))['runsAtOnce']?.used, 0);
    });

    it('holds for runs that are left to workers', async () => {
      const tenant = await tenantWith({ runsAtOnce: 2 });
      const api = await bootQuotas(storage, { dataDir: kernel.dataDir, role: 'api' });
      try {
        for (const input of ['one', 'two']) await start(api, tenant, input);
        await assert.rejects(start(api, tenant, 'three'), exceeded('runsAtOnce'));
        assert.deepEqual(
          (await runsOf(tenant)).map(({ status }) => status),
          ['queued', 'queued'],
        );
      } finally {
        await api.close();
      }
    });

    it('counts tokens with the answers that used them, and ends a run that may use no more', async () => {
      const tenant = await tenantWith({ tokensPerDay: 4 });
      const first = await start(kernel, tenant, `hold ${tenant}`);
      const second = await finish(kernel, tenant, await start(kernel, tenant, 'one two three four five'));
      const { inputTokens, outputTokens } = second.usage;
      const used = inputTokens + outputTokens;
      assert.equal((await usesOf(tenant))['tokensPerDay']?.used, used);
      await assert.rejects(start(other, tenant, 'more'), exceeded('tokensPerDay'));
      open(`hold ${tenant}`); // what was asked before is answered, and paid for
      assert.equal((await finish(kernel, tenant, first)).status, 'succeeded');
      assert.ok(((await usesOf(tenant))['tokensPerDay']?.used ?? 0) > used);
    });

    it('ends a run that would ask a model once more when nothing is left', async () => {
      const tenant = await tenantWith({ tokensPerMonth: 1 });
      const run = await finish(kernel, tenant, await start(kernel, tenant, 'look'));
      assert.deepEqual([run.status, run.error?.code], ['failed', 'AF_QUOTA_EXCEEDED']);
      assert.match(run.error?.message ?? '', /tokensPerMonth/);
      assert.equal(run.turns, 2);
      const events = await kernel.use(Journal).tenant(tenant).read(run.id);
      assert.equal(events.filter(({ type }) => type === 'model.responded').length, 1);
      assert.equal(events.filter(({ type }) => type === 'model.failed').length, 0);
    });

    it('limits money, and asks no model whose price it does not know', async () => {
      const tenant = await tenantWith({ usdPerDay: 0.2 });
      await finish(kernel, tenant, await start(kernel, tenant, 'one'));
      const unpriced = await finish(kernel, tenant, await start(kernel, tenant, 'two', 'unpriced'));
      assert.deepEqual([unpriced.status, unpriced.error?.code], ['failed', 'AF_QUOTA_PRICE_UNKNOWN']);
      const next = await finish(kernel, tenant, await start(kernel, tenant, 'three', 'cheap'));
      assert.equal(next.status, 'succeeded', 'by the next model');
      assert.equal((await usesOf(tenant))['usdPerDay']?.used, 0.2);
      await assert.rejects(start(kernel, tenant, 'four'), exceeded('usdPerDay'));
      const free = await tenantWith({});
      assert.equal(
        (await finish(kernel, free, await start(kernel, free, 'x', 'unpriced'))).status,
        'succeeded',
      );
    });

    it('begins anew with each day and month of UTC', async () => {
      const tenant = await tenantWith({});
      let now = Date.UTC(2031, 0, 31, 23, 59);
      const journal = kernel.use(Journal);
      const quotas = await createSqlQuotas({
        tenants: kernel.use(TenantStorage),
        journal,
        defaults: { tokensPerDay: 10, tokensPerMonth: 15 },
        now: () => now,
      });
      const own = quotas.tenant(tenant);
      const spend = async (tokens: number): Promise<void> => {
        const database = await kernel.use(TenantStorage).tenant(tenant);
        await database.batch(own.count({ runId: 'x', tokens }));
      };
      const used = async (): Promise<readonly unknown[]> =>
        (await own.usage()).map((use) => [use.quota, use.used, use.resetsAt]);
      await own.limits();
      await spend(10);
      const february = Date.UTC(2031, 1, 1);
      assert.deepEqual(await used(), [
        ['tokensPerDay', 10, february],
        ['tokensPerMonth', 10, february],
      ]);
      await assert.rejects(own.checkStart(), exceeded('tokensPerDay'));
      now = february;
      assert.deepEqual(
        (await own.usage()).map((use) => use.used),
        [0, 0],
      );
      await own.checkStart();
      for (let day = 0; day < 2; day++, now += dayMs) await spend(8);
      // The second of February is over, its month is not.
      assert.deepEqual(
        (await own.usage()).map((use) => use.used),
        [0, 16],
      );
      await assert.rejects(own.checkStart(), exceeded('tokensPerMonth'));
      now -= 2 * dayMs; // a process whose clock is behind counts with the others
      await spend(1);
      now += 2 * dayMs;
      assert.deepEqual(
        (await own.usage()).map((use) => use.used),
        [0, 17],
      );
    });

    it('writes nothing where nothing is limited', async () => {
      const tenant = await tenantWith({ runsPerDay: null });
      const quotas = kernel.use(Quotas).tenant(tenant);
      assert.deepEqual(await quotas.limits(), {});
      assert.deepEqual(quotas.count({ runId: 'x', begins: true, place: 'taken', tokens: 5 }), []);
      await quotas.checkCall('test/free', () => assert.fail('no price is asked for'));
      assert.deepEqual(await quotas.usage(), []);
    });

    it('takes its tables away again', async () => {
      const undone = await rollBack(kernel, 'quotas-sql', 'tenant');
      assert.ok(undone.length > 0);
    });
  });
}
