import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AgentRuntime, defaultTenant, Journal, RunReplay, TenantStorage } from '@agent-factory/sdk/contracts';
import { applyEvent, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { allKinds } from './support/all-kinds.ts';
import { bootRuntime } from './support/boot-runtime.ts';

describe('a replay of a run whose process ended at any place', function () {
  this.timeout(60_000);
  let dataDir = '';
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-replay-'));
  });
  afterEach(() => rm(dataDir, { recursive: true, force: true }));

  for (const request of [
    { agent: 'many', input: 'many' },
    { agent: 'chief', input: 'chief' },
    { workflow: 'branches', input: ['a', 'b', 'c'] },
  ] as const) {
    const what = 'agent' in request ? request.agent : request.workflow;
    it(`and that others went on with: ${what}`, async () => {
      const parts = { ...allKinds({ calls: 0 }), dataDir, leaseMs: 300 };
      const first = await bootRuntime(parts);
      const runs = first.use(AgentRuntime).tenant(defaultTenant);
      const { id } = await runs.wait((await runs.start(request)).id);
      const events = await first.use(Journal).tenant(defaultTenant).read(id);
      await first.close();

      // The same run up to some of its events, each in a tenant of its own.
      const every = Math.ceil(events.length / 16);
      const places = events.slice(1, -1).flatMap(({ seq }) => (seq % every === 0 ? [seq] : []));
      const tenantOf = (seq: number): string => `up-to-${seq}`;
      const writing = await bootRuntime({ ...parts, recover: false });
      for (const seq of places) {
        await writing.use(TenantStorage).create(tenantOf(seq));
        const begun = events.slice(0, seq);
        await writing.use(Journal).tenant(tenantOf(seq)).append(begun, rebuilt(begun));
      }
      await writing.close();

      const kernel = await bootRuntime(parts);
      try {
        for (const seq of places) {
          const tenant = tenantOf(seq);
          await kernel.use(AgentRuntime).tenant(tenant).wait(id);
          const report = await kernel.use(RunReplay).tenant(tenant).replay(id);
          const all = await kernel.use(Journal).tenant(tenant).read(id);
          assert.deepEqual([report.status, report.events], ['succeeded', all.length], `after event ${seq}`);
          assert.equal(all.filter(({ type }) => type === 'run.started').length, 2);
        }
      } finally {
        await kernel.close();
      }
    });
  }

  it('and that nobody went on with is as far as it goes', async () => {
    const parts = { ...allKinds({ calls: 0 }), dataDir, recover: false };
    const kernel = await bootRuntime(parts);
    try {
      const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
      const { id } = await runs.wait((await runs.start({ agent: 'many', input: 'many' })).id);
      const journal = kernel.use(Journal).tenant(defaultTenant);
      const begun = (await journal.read(id)).slice(0, 6);
      await kernel.use(TenantStorage).create('half');
      await kernel.use(Journal).tenant('half').append(begun, rebuilt(begun));
      const report = await kernel.use(RunReplay).tenant('half').replay(id);
      assert.deepEqual([report.status, report.events], ['running', 6]);
    } finally {
      await kernel.close();
    }
  });
});

function rebuilt(events: readonly RunEvent[]): Run {
  const run = events.reduce<Run | undefined>(applyEvent, undefined);
  assert.ok(run);
  return run;
}
