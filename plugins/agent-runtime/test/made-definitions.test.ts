import assert from 'node:assert/strict';
import {
  AgentRuntime,
  defaultTenant,
  MigrationLedger,
  RunReplay,
  TenantStorage,
  type SqlDatabase,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import type { CallerTool, Run } from '@agent-factory/sdk/domain';
import { functionModel, runTask, type TestKernel } from '@agent-factory/sdk/testing';
import { sqlEngines } from '@agent-factory/test-servers';
import { bootRuntime } from './support/boot-runtime.ts';

describe('what is kept for runs with tools and a schema of their own', () => {
  let kernel: TestKernel;
  let runtime: TenantRuntime;
  let database: SqlDatabase;
  before(async () => {
    kernel = await bootRuntime({
      agents: [{ name: 'guide', instructions: 'Help.', model: 'test/any' }],
      models: [
        functionModel('test', ({ messages, tools = [] }) =>
          tools.length > 0 && messages.at(-1)?.role !== 'tool'
            ? [{ id: 'c', name: tools[0]?.name ?? '', input: {} }]
            : '{"mood":"good"}',
        ),
      ],
    });
    runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    database = await kernel.use(TenantStorage).tenant(defaultTenant);
  });
  after(() => kernel.close());

  const schemaOf = (name: string) => ({ type: 'object', properties: { [name]: {} } });
  const toolOf = (name: string): CallerTool => ({ name, description: 'x', input: { type: 'object' } });
  const run = async (more: object): Promise<Run> =>
    runtime.wait((await runtime.start({ agent: 'guide', input: 'Hi', ...more })).id);
  const kept = async (): Promise<readonly string[]> =>
    (await database.query<{ hash: string }>('SELECT hash FROM af_agent_runtime_made')).map(
      ({ hash }) => hash,
    );
  const sweep = (): Promise<unknown> => runTask(kernel, 'made-definitions-sweep');
  const age = (): Promise<unknown> => database.execute('UPDATE af_agent_runtime_made SET used_at = 0');

  it('goes when the last run that began with it has gone, and not before', async () => {
    const waits = await run({ callerTools: [toolOf('weather')] });
    assert.equal(waits.status, 'waiting');
    const [first, second] = [await run({ output: schemaOf('a') }), await run({ output: schemaOf('b') })];
    const again = await run({ output: schemaOf('b') });
    assert.equal(again.subject.hash, second.subject.hash);
    const all = [waits, first, second].map(({ subject }) => subject.hash);
    assert.deepEqual((await kept()).toSorted(), all.toSorted());

    await database.execute('DELETE FROM af_journal_sql_runs WHERE id IN (?, ?)', [first.id, second.id]);
    assert.deepEqual(await sweep(), { removed: 0 }); // none is old enough
    await age();
    assert.deepEqual(await sweep(), { removed: 1 });
    assert.deepEqual((await kept()).toSorted(), [waits.subject.hash, second.subject.hash].toSorted());
    assert.deepEqual(await sweep(), { removed: 0 });

    // What was swept is kept anew, and a fork that is changed keeps its own for good.
    assert.equal((await run({ output: schemaOf('a') })).status, 'succeeded');
    const replays = kernel.use(RunReplay).tenant(defaultTenant);
    const { run: fork } = await replays.fork(again.id, { overrides: { instructions: 'Be brief.' } });
    assert.equal((await runtime.wait(fork.id)).status, 'succeeded');
    await runtime.decide(waits.id, { callId: 'c', outcome: 'done', output: 'cold' });
    assert.equal((await runtime.wait(waits.id)).status, 'succeeded');
  });

  it('grows with runs that differ, and shrinks with them', async () => {
    for (let at = 0; at < 12; at++) await run({ output: schemaOf(`field${at}`) });
    assert.ok((await kept()).length >= 12);
    await database.execute('DELETE FROM af_journal_sql_runs');
    await age();
    await sweep();
    assert.deepEqual(await kept(), []);
  });

  for (const [name, open] of Object.entries(sqlEngines))
    it(`is not lost by the way back, on ${name}`, async function () {
      this.timeout(60_000);
      const storage = await open();
      const kernel = await bootRuntime({
        storage: storage.plugin,
        agents: [{ name: 'guide', instructions: 'Help.', model: 'test/any' }],
        models: [functionModel('test', () => '{}')],
      });
      try {
        const hashes: string[] = [];
        for (const tenant of ['one', 'two']) {
          await kernel.use(TenantStorage).create(tenant);
          const runs = kernel.use(AgentRuntime).tenant(tenant);
          const { id } = await runs.start({ agent: 'guide', input: 'Hi', output: { type: 'object' } });
          hashes.push((await runs.wait(id)).subject.hash);
        }
        await kernel.use(MigrationLedger).rollback('agent-runtime', { scope: 'tenant', to: 1 });
        for (const [at, tenant] of ['one', 'two'].entries()) {
          const own = await kernel.use(TenantStorage).tenant(tenant);
          const texts = await own.query('SELECT hash FROM af_agent_runtime_texts');
          assert.deepEqual(texts, [{ hash: hashes[at] }]);
        }
      } finally {
        await kernel.close();
        await storage.close();
      }
    });
});
