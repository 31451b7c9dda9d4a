import assert from 'node:assert/strict';
import {
  AgentRuntime,
  defaultTenant,
  Journal,
  type DecisionAnswer,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import { answerOf, applyEvent, textOf, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

describe('a write that was in flight when the platform stopped', () => {
  let kernel: TestKernel;
  let runtime: TenantRuntime;
  let payments = 0;
  /** What a payment waits for. */
  let held: Promise<void> | undefined;

  beforeEach(async () => {
    payments = 0;
    held = undefined;
    kernel = await bootRuntime({
      agents: [{ name: 'payer', instructions: 'Pay.', model: 'test/any', tools: ['pay'] }],
      models: [
        functionModel('test', ({ messages }) => {
          const last = messages.at(-1);
          return last?.role === 'tool' ? textOf(last) : [{ id: 'c', name: 'pay', input: {} }];
        }),
      ],
      tools: [
        {
          name: 'pay',
          description: 'Pays.',
          input: { type: 'object' },
          effect: 'write',
          async run() {
            payments += 1;
            await held;
            return `payment ${payments}`;
          },
        },
      ],
    });
    runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
  });
  afterEach(() => kernel.close());

  it('is asked about, with the call that it concerns', async () => {
    const run = await interrupted('asked');
    assert.equal(run.status, 'waiting');
    const [wait] = run.waitingFor ?? [];
    assert.ok(wait?.kind === 'decision' && wait.callId === 'c' && wait.tool === 'pay');
  });

  it('is not repeated when a person says that it was done, and with what', async () => {
    const run = await decided({ callId: 'c', outcome: 'done', output: 'paid by hand', by: 'ann' });
    assert.equal(run.output, 'paid by hand');
    assert.equal(payments, 0);
  });

  it('is repeated when a person says so', async () => {
    assert.equal((await decided({ callId: 'c', outcome: 'repeat' })).output, 'payment 1');
  });

  it('is left alone when a person says so, and the model is told', async () => {
    assert.match(answerOf(await decided({ callId: 'c', outcome: 'abandon' })), /AF_TOOL_OUTCOME_UNKNOWN/);
    assert.equal(payments, 0);
  });

  it('takes a decision once; the same one again changes nothing', async () => {
    const { id } = await interrupted('twice');
    const answer = { callId: 'c', outcome: 'repeat', id: 'the-answer' } as const;
    await Promise.all([runtime.decide(id, answer), runtime.decide(id, answer)]);
    const run = await runtime.wait(id);
    assert.equal(run.output, 'payment 1');
    assert.deepEqual(await runtime.decide(id, answer), run);
    await assert.rejects(runtime.decide(id, { callId: 'c', outcome: 'done' }), {
      code: 'AF_RUN_ENDED',
      status: 409,
    });
  });

  it('takes no other decision while the run goes on with the first', async () => {
    const { id } = await interrupted('other');
    const gate = Promise.withResolvers<void>();
    held = gate.promise;
    await runtime.decide(id, { callId: 'c', outcome: 'repeat' });
    await assert.rejects(runtime.decide(id, { callId: 'c', outcome: 'abandon' }), {
      code: 'AF_DECISION_RESOLVED',
      status: 409,
    });
    gate.resolve();
    assert.equal((await runtime.wait(id)).output, 'payment 1');
  });

  it('takes no decision about another call, and no approval it did not ask for', async () => {
    const { id } = await interrupted('wrong');
    await assert.rejects(runtime.decide(id, { callId: 'x', outcome: 'done' }), {
      code: 'AF_DECISION_UNKNOWN',
    });
    await assert.rejects(runtime.approve(id, { approvalId: 'x', outcome: 'approved' }), {
      code: 'AF_APPROVAL_UNKNOWN',
    });
    await assert.rejects(runtime.send('run_none', { name: 'x' }), { code: 'AF_RUN_NOT_FOUND' });
    assert.equal((await runtime.send(id, { name: 'news', data: [1] })).status, 'waiting');
  });

  async function decided(answer: DecisionAnswer): Promise<Run> {
    const { id } = await interrupted(`decided-${answer.outcome}`);
    await runtime.decide(id, answer);
    const run = await runtime.wait(id);
    assert.equal(run.status, 'succeeded', run.error?.message);
    let rebuilt: Run | undefined;
    for (const event of await kernel.use(Journal).tenant(defaultTenant).read(id))
      rebuilt = applyEvent(rebuilt, event);
    assert.deepEqual(rebuilt, run);
    return run;
  }

  /** A run whose journal ends in the middle of the call, once it was found. */
  async function interrupted(id: string): Promise<Run> {
    const journal = kernel.use(Journal).tenant(defaultTenant);
    const whole = await runtime.wait((await runtime.start({ agent: 'payer', input: 'Pay.' })).id);
    const events = (await journal.read(whole.id)).map((event) => ({ ...event, runId: id }) as RunEvent);
    const begun = events.slice(0, events.findIndex(({ type }) => type === 'tool.started') + 1);
    payments = 0;
    await journal.append(begun, begun.reduce<Run | undefined>(applyEvent, undefined) as Run);
    return runtime.wait(id);
  }
});
