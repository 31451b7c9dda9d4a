import assert from 'node:assert/strict';
import {
  AgentRuntime,
  defaultTenant,
  HttpRoute,
  Journal,
  RunReplay,
  type Principal,
  type TenantReplay,
} from '@agent-factory/sdk/contracts';
import type { AgentDefinition, Run, RunEvent, Workflow } from '@agent-factory/sdk/domain';
import { functionModel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { base, bootScripted, call, tool, type ScriptedRuntime } from './support/scripted-runtime.ts';
import { flow } from './support/run-workflow.ts';

const payer: AgentDefinition = {
  ...base,
  name: 'payer',
  tools: ['pay', 'look'],
  approvals: { pay: { prompt: 'Pay it?', permission: 'payments:write' } },
};

const refund: Workflow = flow({
  name: 'refund',
  start: 'ok',
  nodes: [
    { id: 'ok', type: 'approval', prompt: 'Refund it?', permission: 'payments:write' },
    { id: 'back', type: 'tool', tool: 'pay', input: { amount: '1' } },
  ],
  edges: [{ from: 'ok', to: 'back' }],
});

describe('a fork of a run that people answered', () => {
  let scripted: ScriptedRuntime;
  let replay: TenantReplay;
  /** Keys under which money was paid. */
  const paid: string[] = [];

  beforeEach(async () => {
    paid.length = 0;
    const pay = tool('pay', {
      run: async (_input, { idempotencyKey }) => {
        paid.push(idempotencyKey);
        return 'paid';
      },
    });
    scripted = await bootScripted(
      [payer],
      [
        ({ length }) =>
          scripted.asked[length - 1]?.messages.at(-1)?.role === 'tool'
            ? 'Done.'
            : [call('pay', { amount: 5 }), call('look')],
      ],
      [pay, tool('look', { effect: 'read' })],
      [refund],
    );
    replay = scripted.kernel.use(RunReplay).tenant(defaultTenant);
  });
  afterEach(() => scripted.kernel.close());

  const seqOf = (events: readonly RunEvent[], type: RunEvent['type'], callId?: string): number =>
    events.find(
      (event) =>
        event.type === type &&
        (callId === undefined || ('callId' in event.data && event.data.callId === callId)),
    )?.seq ?? 0;

  /** A run whose payment a person allowed, with its events. */
  const approved = async (
    request: Parameters<ScriptedRuntime['ended']>[0],
    approvalId: string,
  ): Promise<{ readonly run: Run; readonly events: readonly RunEvent[] }> => {
    const { id } = await scripted.ended(request);
    await scripted.runtime.approve(id, { approvalId, outcome: 'approved', by: 'ann' });
    const run = await scripted.runtime.wait(id);
    assert.equal(run.status, 'succeeded');
    assert.equal(paid.length, 1);
    return { run, events: await scripted.eventsOf(id) };
  };

  const forkAt = async (id: string, seq: number): Promise<Run> =>
    scripted.runtime.wait((await replay.fork(id, { seq })).run.id);

  it('asks again before it makes an approved call again, wherever in the call it begins', async () => {
    const { run, events } = await approved({ agent: 'payer', input: 'x' }, 'pay');
    for (const seq of [
      seqOf(events, 'approval.resolved'),
      seqOf(events, 'run.resumed'),
      seqOf(events, 'tool.started', 'pay'),
      seqOf(events, 'tool.finished', 'pay'),
    ]) {
      const fork = await forkAt(run.id, seq);
      assert.equal(fork.status, 'waiting', `from event ${seq}`);
      const [wait] = fork.waitingFor ?? [];
      assert.ok(wait?.kind === 'approval');
      assert.deepEqual([wait.approvalId, wait.permission], ['pay', 'payments:write']);
      assert.equal(paid.length, 1, 'nothing was paid again');
      await replay.replay(fork.id);
    }
  });

  it('pays once the question of its own is answered, and not when it is refused', async () => {
    const { run, events } = await approved({ agent: 'payer', input: 'x' }, 'pay');
    const seq = seqOf(events, 'tool.started', 'pay');
    const refused = await forkAt(run.id, seq);
    await scripted.runtime.approve(refused.id, { approvalId: 'pay', outcome: 'rejected', by: 'bob' });
    await scripted.runtime.wait(refused.id);
    assert.equal(paid.length, 1);
    const allowed = await forkAt(run.id, seq);
    await scripted.runtime.approve(allowed.id, { approvalId: 'pay', outcome: 'approved', by: 'bob' });
    assert.equal((await scripted.runtime.wait(allowed.id)).status, 'succeeded');
    assert.deepEqual(paid, [`${run.id}:1:0`, `${allowed.id}:1:0`]);
    await replay.replay(allowed.id);
    const answers = (await scripted.eventsOf(allowed.id)).flatMap(({ type, data }) =>
      type === 'approval.resolved' ? [data.by] : [],
    );
    assert.deepEqual(answers, ['bob'], "the fork has no answer but its own people's");
  });

  it('shares the answer where it shares the end of the call', async () => {
    const { run, events } = await approved({ agent: 'payer', input: 'x' }, 'pay');
    const seq = events.findLast(({ type }) => type === 'model.requested')?.seq ?? 0;
    assert.equal((await forkAt(run.id, seq)).status, 'succeeded');
    assert.equal(paid.length, 1);
  });

  it('leaves out only the answers about calls that are made anew', async () => {
    const { run, events } = await approved({ agent: 'payer', input: 'x' }, 'pay');
    const seq = seqOf(events, 'tool.started', 'pay');
    const fork = await forkAt(run.id, seq);
    const types = (await scripted.eventsOf(fork.id)).map(({ type }) => type);
    assert.ok(!types.includes('run.resumed'), types.join(' '));
    assert.equal(types.filter((type) => type === 'approval.requested').length, 1);
    assert.equal(types.filter((type) => type === 'run.waiting').length, 1);
  });

  it('shares the answer to a step of a workflow with those alone who may give it', async () => {
    const { run, events } = await approved({ workflow: 'refund', input: null }, 'ok');
    const route = scripted.kernel.all(HttpRoute).find(({ value }) => value.operationId === 'forkRun');
    const fork = async (permissions: readonly string[], type: RunEvent['type']): Promise<Run> => {
      const principal: Principal = { id: 'eve', tenant: defaultTenant, kind: 'user', permissions };
      const reply = await route?.value.handler({
        params: { id: run.id },
        query: {},
        body: { seq: seqOf(events, type) },
        headers: {},
        principal,
        requestId: 'test',
        signal: new AbortController().signal,
      });
      assert.ok(reply && 'body' in reply);
      const { run: forked } = reply.body as unknown as { readonly run: Run }; // as the route declares
      return scripted.runtime.wait(forked.id);
    };
    await assert.rejects(fork(['runs:write'], 'tool.started'), {
      code: 'AF_ACCESS_DENIED',
      message: /runs:approve/,
    });
    await assert.rejects(fork(['runs:write', 'runs:approve'], 'tool.started'), {
      code: 'AF_ACCESS_DENIED',
      message: /payments:write/,
    });
    assert.equal(paid.length, 1);
    const asking = await fork(['runs:write'], 'approval.resolved');
    assert.equal(asking.status, 'waiting');
    const again = await fork(['runs:write', 'runs:approve', 'payments:write'], 'tool.started');
    assert.equal(again.status, 'succeeded');
    assert.equal(paid.length, 2);
  });
});

describe('a fork of a run whose guardrails asked about a call', () => {
  for (const stage of ['toolCall', 'toolResult'] as const) {
    it(`has them ask anew where the call is made anew: ${stage}`, async () => {
      let paid = 0;
      const kernel = await bootRuntime({
        agents: [
          {
            ...base,
            name: 'payer',
            tools: ['pay'],
            guardrails: [{ use: 'keywords', stages: [stage], settings: { words: ['risky'], action: 'ask' } }],
          },
        ],
        models: [
          functionModel('test', ({ messages }) =>
            messages.at(-1)?.role === 'tool' ? 'Done.' : [call('pay', { to: 'risky' })],
          ),
        ],
        tools: [tool('pay', { run: async () => `risky ${(paid += 1)}` })],
        plugins: ['@agent-factory/plugin-guardrails-builtin'],
      });
      try {
        const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
        const forks = kernel.use(RunReplay).tenant(defaultTenant);
        const waiting = await runs.wait((await runs.start({ agent: 'payer', input: 'x' })).id);
        const [wait] = waiting.waitingFor ?? [];
        assert.ok(wait?.kind === 'approval');
        const { approvalId } = wait;
        await runs.approve(waiting.id, { approvalId, outcome: 'approved' });
        assert.equal((await runs.wait(waiting.id)).status, 'succeeded');
        assert.equal(paid, 1);

        const events = await kernel.use(Journal).tenant(defaultTenant).read(waiting.id);
        const seq = events.find(({ type }) => type === 'tool.finished')?.seq ?? 0;
        const fork = await runs.wait((await forks.fork(waiting.id, { seq })).run.id);
        assert.equal(fork.status, 'waiting');
        assert.equal(paid, stage === 'toolCall' ? 1 : 2, 'a result is asked about once it is there');
        await forks.replay(fork.id);
        await runs.approve(fork.id, { approvalId, outcome: 'approved' });
        assert.equal((await runs.wait(fork.id)).status, 'succeeded');
        assert.equal(paid, 2);
        await forks.replay(fork.id);
      } finally {
        await kernel.close();
      }
    });
  }
});
