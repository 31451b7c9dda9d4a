import assert from 'node:assert/strict';
import { AgentRuntime, Journal, Storage } from '@agent-factory/sdk/contracts';
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

  it('is given up when another writer advanced it; whoever waits gets what the journal says', async () => {
    const runtime = kernel.use(AgentRuntime);
    const journal = kernel.use(Journal);
    const { id } = await runtime.start({ agent: 'slow', input: 'Hi' });
    await asked;
    const waiting = runtime.wait(id);
    const before = await runtime.get(id);
    const event: RunEvent = {
      runId: id,
      seq: before.lastSeq + 1,
      type: 'run.cancelled',
      at: Date.now(),
      data: { reason: 'Another process did it.', usage: before.usage },
    };
    const cancelled: Run = applyEvent(before, event);
    await journal.append([event], cancelled);
    answer('Too late.');
    assert.deepEqual(await waiting, cancelled);
    assert.equal((await journal.read(id)).length, cancelled.lastSeq);
  });

  it('is taken up again when its events could not be written for a while', async () => {
    const runtime = kernel.use(AgentRuntime);
    const storage = kernel.use(Storage);
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

  it('leaves no timer behind when it was cancelled', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    await new Promise((resolve) => setImmediate(resolve)); // the test runner starts its own timer first
    const before = timers();
    const runtime = kernel.use(AgentRuntime);
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
    const runtime = kernel.use(AgentRuntime);
    const { id } = await runtime.start({ agent: 'slow', input: 'Hi' });
    await begun.promise;
    assert.equal((await runtime.cancel(id)).status, 'cancelled');
    assert.ok((await aborted.promise) instanceof Error);
  });
});
