import assert from 'node:assert/strict';
import type { AuditEntry, AuditLog } from '../contracts/audit-log.ts';
import { onFixture, type ConformanceSuite } from './conformance.ts';

/** An audit log without entries, for one case. */
export interface AuditLogFixture {
  readonly audit: AuditLog;
  /** Another handle on the same log, as a second process would have. */
  readonly another: AuditLog;
  readonly tenants: readonly [string, string];
  /** Changes a kept entry of a tenant behind the back of the log. */
  tamper(tenant: string, seq: number, how: 'change' | 'remove'): Promise<void>;
  close(): Promise<void>;
}

/** What every {@link AuditLog} must do. `open` gives an empty one each time. */
export function auditLogSuite(open: () => Promise<AuditLogFixture>): ConformanceSuite {
  const on = onFixture(open);
  const entry = (number: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
    at: 1_764_374_400_000 + number,
    who: 'ann',
    action: 'putAgent',
    target: `/api/v1/agents/a${number}`,
    outcome: 'done',
    requestId: `r${number}`,
    ...more,
  });

  return [
    on('keeps entries as they were, numbered, newest first', async ({ audit, another, tenants: [here] }) => {
      const refused = entry(2, {
        tenant: 'acme',
        permission: 'agents:write',
        outcome: 'refused',
        code: 'AF_X',
        credential: 'api-key:k',
      });
      for (const each of [entry(1), refused]) await audit.chain(here).record(each);
      const listed = await another.chain(here).list();
      assert.deepEqual(
        listed.map(({ hash: _hash, ...rest }) => rest),
        [
          { ...refused, seq: 2 },
          { ...entry(1), seq: 1 },
        ],
      );
      assert.ok(listed.every(({ hash }) => /^[0-9a-f]{64}$/.test(hash)));
    }),
    on('finds entries by who, what and outcome, page by page', async ({ audit, tenants: [here] }) => {
      const chain = audit.chain(here);
      for (let number = 1; number <= 6; number += 1)
        await chain.record(
          entry(number, {
            who: number % 2 === 0 ? 'ben' : 'ann',
            outcome: number > 4 ? 'refused' : 'done',
            action: number === 1 ? 'startRun' : 'putAgent',
          }),
        );
      const seqs = async (query: Parameters<typeof chain.list>[0]): Promise<number[]> =>
        (await chain.list(query)).map(({ seq }) => seq);
      assert.deepEqual(await seqs({ who: 'ben' }), [6, 4, 2]);
      assert.deepEqual(await seqs({ outcome: 'refused' }), [6, 5]);
      assert.deepEqual(await seqs({ action: 'startRun' }), [1]);
      assert.deepEqual(await seqs({ limit: 2 }), [6, 5]);
      assert.deepEqual(await seqs({ limit: 2, before: 5 }), [4, 3]);
    }),
    on('keeps the chains of tenants and of the platform apart', async ({ audit, tenants: [here, there] }) => {
      await audit.chain(here).record(entry(1));
      await audit.chain(there).record(entry(2));
      await audit.chain().record(entry(3));
      const targets = async (tenant?: string): Promise<string[]> =>
        (await audit.chain(tenant).list()).map(({ target }) => target);
      assert.deepEqual(await targets(here), ['/api/v1/agents/a1']);
      assert.deepEqual(await targets(there), ['/api/v1/agents/a2']);
      assert.deepEqual(await targets(), ['/api/v1/agents/a3']);
    }),
    on('holds one chain however many write at once, in several processes', async (fixture) => {
      const { audit, another, tenants } = fixture;
      const [one, two] = [audit.chain(tenants[0]), another.chain(tenants[0])];
      await Promise.all(Array.from({ length: 40 }, (_, at) => (at % 2 === 0 ? one : two).record(entry(at))));
      const verdict = await audit.chain(tenants[0]).verify();
      assert.deepEqual([verdict.whole, verdict.whole && verdict.entries], [true, 40]);
    }),
    on(
      'is whole when nothing was recorded, and after a thousand entries',
      async ({ audit, tenants: [here] }) => {
        const chain = audit.chain(here);
        assert.equal((await chain.verify()).whole, true);
        await Promise.all(Array.from({ length: 1100 }, (_, at) => chain.record(entry(at))));
        const verdict = await chain.verify();
        assert.deepEqual([verdict.whole, verdict.whole && verdict.entries], [true, 1100]);
      },
    ),
    on(
      'tells of an entry that was changed, or taken out',
      async ({ audit, tenants: [here, there], tamper }) => {
        for (const [tenant, how, seq] of [
          [here, 'change', 2],
          [there, 'remove', 2],
        ] as const) {
          const chain = audit.chain(tenant);
          for (let number = 1; number <= 3; number += 1) await chain.record(entry(number));
          await tamper(tenant, seq, how);
          const verdict = await chain.verify();
          assert.equal(verdict.whole, false);
          assert.equal(!verdict.whole && verdict.seq, 2);
        }
      },
    ),
    on(
      'tells that its end was cut off, against a head that was written down',
      async ({ audit, tenants: [here], tamper }) => {
        const chain = audit.chain(here);
        for (let number = 1; number <= 3; number += 1) await chain.record(entry(number));
        const [last] = await chain.list({ limit: 1 });
        assert.ok(last);
        await chain.record(entry(4));
        assert.equal((await chain.verify(last)).whole, true);
        await tamper(here, 4, 'remove');
        await tamper(here, 3, 'remove');
        assert.equal((await chain.verify()).whole, true); // by itself it cannot know
        const verdict = await chain.verify(last);
        assert.deepEqual([verdict.whole, !verdict.whole && verdict.seq], [false, 3]);
      },
    ),
  ];
}
