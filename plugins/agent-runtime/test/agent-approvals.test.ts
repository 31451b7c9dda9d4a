import assert from 'node:assert/strict';
import type { AgentDefinition } from '@agent-factory/sdk/domain';
import {
  base,
  bootScripted,
  call,
  tool,
  type Answer,
  type ScriptedRuntime,
} from './support/scripted-runtime.ts';

let scripted: ScriptedRuntime;

/** Boots, and keeps what was booted for the end of the test. */
async function boot(...given: Parameters<typeof bootScripted>): Promise<void> {
  scripted = await bootScripted(...given);
}

describe('an approval', () => {
  afterEach(() => scripted.kernel.close());

  const agent: AgentDefinition = {
    ...base,
    name: 'payer',
    tools: ['pay'],
    approvals: { pay: { when: 'input.amount > 100.0', prompt: 'Pay it?', permission: 'payments:write' } },
  };
  const pay = tool('pay', {
    input: { type: 'object', properties: { amount: { type: 'number' } }, required: ['amount'] },
  });
  const answers = (amount: number): readonly Answer[] => [[call('pay', { amount })], 'Done.'];

  it('is not asked where the rule does not want it', async () => {
    await boot([agent], answers(50), [pay]);
    assert.equal((await scripted.ended({ agent: 'payer', input: 'x' })).status, 'succeeded');
  });

  it('is waited for, holds once, and goes on with the input that was shown', async () => {
    await boot([agent], answers(500), [pay]);
    const waiting = await scripted.ended({ agent: 'payer', input: 'x' });
    assert.equal(waiting.status, 'waiting');
    const [wait] = waiting.waitingFor ?? [];
    assert.ok(wait?.kind === 'approval');
    assert.deepEqual([wait.detail, wait.permission], ['Pay it?', 'payments:write']);
    await scripted.runtime.approve(waiting.id, {
      approvalId: wait.approvalId,
      outcome: 'approved',
      by: 'ann',
    });
    const run = await scripted.runtime.wait(waiting.id);
    assert.equal(run.output, 'Done.');
    await assert.rejects(
      scripted.runtime.approve(run.id, { approvalId: wait.approvalId, outcome: 'approved' }),
      {
        code: 'AF_RUN_ENDED',
      },
    );
    const events = await scripted.eventsOf(run.id);
    const started = events.find((event) => event.type === 'tool.started');
    assert.deepEqual(started?.data.input, { amount: 500 });
    assert.equal(scripted.asked.length, 2);
  });

  it('given twice is refused while the run goes on', async () => {
    let release: (value: string) => void = () => {};
    const slow = { ...pay, run: () => new Promise<string>((resolve) => (release = resolve)) };
    await boot([agent], answers(500), [slow]);
    const { id } = await scripted.ended({ agent: 'payer', input: 'x' });
    await scripted.runtime.approve(id, { approvalId: 'pay', outcome: 'approved' });
    for await (const { type } of scripted.runtime.events(id)) if (type === 'tool.started') break;
    await assert.rejects(scripted.runtime.approve(id, { approvalId: 'pay', outcome: 'rejected' }), {
      code: 'AF_APPROVAL_RESOLVED',
      status: 409,
    });
    release('paid');
    assert.equal((await scripted.runtime.wait(id)).status, 'succeeded');
  });

  it('that is refused is told to the model', async () => {
    await boot([agent], answers(500), [pay]);
    const { id } = await scripted.ended({ agent: 'payer', input: 'x' });
    await scripted.runtime.approve(id, {
      approvalId: 'pay',
      outcome: 'rejected',
      by: 'ann',
      reason: 'too much',
    });
    await scripted.runtime.wait(id);
    assert.match(scripted.shown(1, -1), /ann did not allow.*too much/);
  });

  it('may change the input, which is checked again', async () => {
    await boot([agent], answers(500), [pay]);
    const first = await scripted.ended({ agent: 'payer', input: 'x' });
    await scripted.runtime.approve(first.id, {
      approvalId: 'pay',
      outcome: 'approved',
      input: { amount: 90 },
    });
    await scripted.runtime.wait(first.id);
    assert.match(scripted.shown(1, -1), /"amount":90/);
  });

  it('brings another input only where it allows a call', async () => {
    await boot([agent], answers(500), [pay]);
    const { id } = await scripted.ended({ agent: 'payer', input: 'x' });
    const input = { amount: 90 };
    await assert.rejects(scripted.runtime.approve(id, { approvalId: 'pay', outcome: 'rejected', input }), {
      code: 'AF_APPROVAL_INPUT',
    });
    assert.equal((await scripted.runtime.wait(id)).status, 'waiting');
  });

  it('is over after its time, and the call is refused', async () => {
    const rule = { timeoutMs: 30 };
    await boot([{ ...agent, approvals: { '*': rule } }], answers(1), [pay]);
    const { id } = await scripted.ended({ agent: 'payer', input: 'x' });
    for await (const { type } of scripted.runtime.events(id)) if (type === 'run.succeeded') break;
    assert.match(scripted.shown(1, -1), /Nobody did not allow|AF_TOOL_REJECTED/);
    assert.ok((await scripted.typesOf(id)).includes('approval.resolved'));
  });
});
