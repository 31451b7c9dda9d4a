import assert from 'node:assert/strict';
import { AgentRuntime, Journal, TenantStorage, defaultTenant } from '@agent-factory/sdk/contracts';
import { applyEvent, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

describe('a run of agent-runtime', () => {
  let kernel: TestKernel;
  let questions = 0;
  let asked: Promise<void>;
  let answer: (text: string) => void = () => {};

  beforeEach(async () => {
    questions = 0;
    const first = Promise.withResolvers<void>();
    asked = first.promise;
    const model = functionModel('test', () => {
      questions += 1;
      first.resolve();
      return questions > 1 ? 'Again.' : new Promise<string>((found) => (answer = found));
    });
    kernel = await bootRuntime({
      agents: [{ name: 'slow', instructions: 'x', model: 'test/any' }],
      models: [model],
    });
  });
  afterEach(() => kernel.close());

  it('is given up when another process took it over; whoever waits gets what the journal says', async () => {
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const journal = kernel.use(Journal).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'slow', input: 'Hi' });
    await asked;
    const waiting = runtime.wait(id);
    const before = await runtime.get(id);
    const tenants = kernel.use(TenantStorage);
    const expire = 'UPDATE af_journal_sql_runs SET lease_until = 0';
    await (await tenants.tenant(defaultTenant)).execute(expire); // as if the process had stood still
    const lease = await journal.claim(id, { owner: 'another', ttlMs: 60_000 });
    assert.ok(lease);
    const event: RunEvent = {
      runId: id,
      seq: before.lastSeq + 1,
      type: 'run.cancelled',
      at: Date.now(),
      data: { reason: 'Another process did it.', usage: before.usage },
    };
    const cancelled: Run = applyEvent(before, event);
    await journal.append([event], cancelled, lease);
    answer('Too late.');
    assert.deepEqual(await waiting, cancelled);
    assert.equal((await journal.read(id)).length, cancelled.lastSeq);
  });

  it('is stopped within a third of the lease when another process owns it', async () => {
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const journal = kernel.use(Journal).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'slow', input: 'Hi' });
    await asked;
    const expire = 'UPDATE af_journal_sql_runs SET lease_until = 0';
    await (await kernel.use(TenantStorage).tenant(defaultTenant)).execute(expire);
    assert.ok(await journal.claim(id, { owner: 'another', ttlMs: 60_000 }));
    await kernel.close(); // would wait for the run, which waits for an answer that never comes
  });

  it('is kept by renewing its lease, however long a model takes', async () => {
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const journal = kernel.use(Journal).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'slow', input: 'Hi' });
    await asked;
    await new Promise((resolve) => setTimeout(resolve, 700)); // more than two leases
    assert.equal(await journal.claim(id, { owner: 'another', ttlMs: 60_000 }), undefined);
    assert.deepEqual(await kernel.use(Journal).abandoned(), []);
    answer('At last.');
    assert.equal((await runtime.wait(id)).output, 'At last.');
  });

  it('is cancelled by its owner when another process asks for it', async () => {
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const journal = kernel.use(Journal).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'slow', input: 'Hi' });
    await asked;
    await journal.leaveWish(id, { kind: 'cancel', reason: 'Enough.' });
    const run = await runtime.wait(id);
    assert.equal(run.status, 'cancelled');
    const events = await journal.read(id);
    assert.deepEqual(events.at(-1)?.data, { reason: 'Enough.', usage: run.usage });
  });

  it('is taken up again when its events could not be written for a while', async () => {
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const storage = await kernel.use(TenantStorage).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'slow', input: 'Hi' });
    await asked;
    const waiting = runtime.wait(id);
    await storage.execute('ALTER TABLE af_journal_sql_events RENAME TO away');
    answer('Lost.');
    await assert.rejects(waiting);
    assert.equal((await runtime.get(id)).status, 'running');
    await storage.execute('ALTER TABLE away RENAME TO af_journal_sql_events');
    assert.equal((await runtime.wait(id)).output, 'Again.');
    assert.equal(questions, 2);
  });

  it('is not taken for lost while its first events are on their way', async () => {
    await kernel.close();
    kernel = await bootRuntime({
      agents: [{ name: 'quick', instructions: 'x', model: 'test/any' }],
      models: [functionModel('test', () => 'Yes.')],
      leaseMs: 100, // renewed all the time
    });
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const journal = kernel.use(Journal).tenant(defaultTenant);
    const one = async (): Promise<void> => {
      const { id } = await runtime.start({ agent: 'quick', input: 'Hi' });
      const { lastSeq } = await runtime.wait(id);
      assert.equal(lastSeq, 5, (await journal.read(id)).map(({ type }) => type).join(', '));
    };
    for (let round = 0; round < 20; round += 1) await Promise.all(Array.from({ length: 20 }, one));
  });

  it('leaves no timer behind when it was cancelled', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await new Promise((resolve) => setImmediate(resolve)); // the test runner starts its own timer first
    const before = timers();
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'slow', input: 'Hi', stream: true });
    await asked;
    await runtime.cancel(id);
    assert.ok(timers() <= before, `${timers()} timers, ${before} before`);
  });

  it('keeps a tool waiting no longer than its end: the tool sees the abort', async () => {
    await kernel.close();
    const aborted = Promise.withResolvers<unknown>();
    const begun = Promise.withResolvers<void>();
    kernel = await bootRuntime({
      agents: [{ name: 'slow', instructions: 'x', model: 'test/any', tools: ['wait'] }],
      models: [functionModel('test', () => [{ id: 'c', name: 'wait', input: {} }])],
      tools: [
        {
          name: 'wait',
          description: 'Waits.',
          input: { type: 'object' },
          effect: 'write',
          run: (_input, { signal }) => {
            begun.resolve();
            signal.addEventListener('abort', () => aborted.resolve(signal.reason));
            return new Promise(() => {});
          },
        },
      ],
    });
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'slow', input: 'Hi' });
    await begun.promise;
    assert.equal((await runtime.cancel(id)).status, 'cancelled');
    assert.ok((await aborted.promise) instanceof Error);
  });
});
