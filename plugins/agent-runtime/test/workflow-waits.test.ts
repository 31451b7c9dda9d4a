import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Workflow } from '@agent-factory/sdk/domain';
import type { Parts } from './support/boot-runtime.ts';
import { assertFailed, bench, dataOf, flow, tool, type Bench } from './support/run-workflow.ts';

const day = 86_400_000;

describe('a workflow that waits', () => {
  let dataDir = '';
  let open: Bench | undefined;
  const boot = async (workflow: Workflow, parts: Parts = {}): Promise<Bench> => {
    await open?.close();
    open = await bench([workflow], { dataDir, ...parts });
    return open;
  };
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-waits-'));
  });
  afterEach(async () => {
    await open?.close();
    open = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });

  const asking = (more: object = {}): Workflow =>
    flow({
      start: 'ask',
      nodes: [
        {
          id: 'ask',
          type: 'approval',
          prompt: 'Pay it?',
          input: { amount: 'input' },
          permission: 'payments:approve',
          ...more,
        },
        { id: 'pay', type: 'tool', tool: 'pay', input: { by: 'steps.ask' } },
      ],
      edges: [{ from: 'ask', to: 'pay' }],
    });
  const pay = tool('pay', ({ by = null }) => by, 'write');

  it('asks a person, and goes on with the answer in another process', async () => {
    const first = await boot(asking(), { tools: [pay] });
    const { id, status, waitingFor, wakeAt } = await first.run(7);
    assert.equal(status, 'waiting');
    assert.deepEqual(waitingFor, [
      { kind: 'approval', approvalId: 'ask', path: 'ask', detail: 'Pay it?', permission: 'payments:approve' },
    ]);
    assert.equal(wakeAt, undefined);
    const [asked] = dataOf(await first.events(id), 'approval.requested');
    assert.deepEqual(asked?.input, { amount: 7 });

    const { runs } = await boot(asking(), { tools: [pay] });
    await runs.approve(id, { approvalId: 'ask', outcome: 'approved', by: 'ada', reason: 'fine' });
    const done = await runs.wait(id);
    assert.deepEqual(done.output, { approved: true, by: 'ada', comment: 'fine' });
    await assert.rejects(runs.approve(id, { approvalId: 'ask', outcome: 'rejected' }), {
      code: 'AF_RUN_ENDED',
    });
  });

  it('refuses a second answer, and one to a question it did not ask', async () => {
    const twice = flow({
      start: 'both',
      nodes: [
        { id: 'both', type: 'parallel', branches: ['a', 'b'] },
        { id: 'a', type: 'approval', prompt: 'A?' },
        { id: 'b', type: 'approval', prompt: 'B?' },
      ],
    });
    const { run, runs } = await boot(twice);
    const { id } = await run();
    const answer = { approvalId: 'both.a', outcome: 'approved' } as const;
    await runs.approve(id, { ...answer, id: 'once' });
    await runs.approve(id, { ...answer, id: 'once' }); // the same answer, sent again
    await assert.rejects(runs.approve(id, answer), { code: 'AF_APPROVAL_RESOLVED' });
    await assert.rejects(runs.approve(id, { ...answer, approvalId: 'c' }), { code: 'AF_APPROVAL_UNKNOWN' });
    await runs.approve(id, { ...answer, approvalId: 'both.b' });
    assert.deepEqual((await runs.wait(id)).output, { a: { approved: true }, b: { approved: true } });
  });

  it('fails when the person says no, unless it is told to go on', async () => {
    const strict = await boot(asking(), { tools: [pay] });
    const { id } = await strict.run(7);
    await strict.runs.approve(id, { approvalId: 'ask', outcome: 'rejected', by: 'ada', reason: 'too much' });
    const refused = await strict.runs.wait(id);
    assertFailed(refused, 'AF_WORKFLOW_REJECTED');
    assert.match(refused.error?.message ?? '', /refused by ada: too much/);

    const { run, runs } = await boot(asking({ onReject: 'continue' }), { tools: [pay] });
    const next = await run(7);
    await runs.approve(next.id, { approvalId: 'ask', outcome: 'rejected' });
    assert.deepEqual((await runs.wait(next.id)).output, { approved: false });
  });

  for (const [onTimeout, expected] of [
    ['approve', { approved: true }],
    ['reject', 'AF_WORKFLOW_REJECTED'],
    ['fail', 'AF_WORKFLOW_STEP_TIMEOUT'],
  ] as const) {
    it(`counts no answer in time as told: ${onTimeout}`, async () => {
      const { run, events } = await boot(asking({ timeoutMs: 20, onTimeout }), { tools: [pay] });
      const done = await run(7);
      if (typeof expected === 'string') assertFailed(done, expected);
      else assert.deepEqual(done.output, expected);
      const [answer] = dataOf(await events(done.id), 'approval.resolved');
      assert.equal(answer?.outcome, 'expired');
    });
  }

  it('holds nothing in memory for a long time, and knows when to go on', async () => {
    const { run } = await boot(
      flow({ start: 'pause', nodes: [{ id: 'pause', type: 'wait', forMs: 30 * day }] }),
    );
    const { status, wakeAt, waitingFor, startedAt = 0 } = await run();
    assert.equal(status, 'waiting');
    assert.equal(waitingFor?.[0]?.kind, 'timer');
    assert.ok(wakeAt !== undefined && Math.abs(wakeAt - startedAt - 30 * day) < day);
  });

  it('goes on by itself when the time has come, in another process too', async () => {
    const pausing = flow({
      start: 'pause',
      nodes: [
        { id: 'pause', type: 'wait', forMs: 400 },
        { id: 'say', type: 'tool', tool: 'pay' },
      ],
      edges: [{ from: 'pause', to: 'say' }],
    });
    const first = await boot(pausing, { tools: [pay] });
    const { id, status } = await first.run({ by: 1 });
    assert.equal(status, 'waiting');
    const { runs, events } = await boot(pausing, { tools: [pay] });
    for await (const { type } of runs.events(id)) if (type === 'run.succeeded') break;
    assert.equal((await runs.get(id)).output, 1);
    assert.deepEqual(
      dataOf(await events(id), 'run.resumed').map(({ reason }) => reason),
      ['timer'],
    );
  });

  it('takes what is sent to it, also what came before it waited, each once', async () => {
    const two = flow({
      start: 'first',
      nodes: [
        { id: 'first', type: 'wait', forEvent: 'reply' },
        { id: 'second', type: 'wait', forEvent: 'reply' },
      ],
      edges: [{ from: 'first', to: 'second' }],
      result: '[steps.first, steps.second]',
    });
    const { run, runs } = await boot(two);
    const { id, waitingFor } = await run();
    assert.deepEqual(waitingFor?.[0], {
      kind: 'event',
      name: 'reply',
      path: 'first',
      detail: '"first" waits for the event "reply".',
    });
    await runs.send(id, { name: 'other', data: 0 });
    assert.equal((await runs.get(id)).status, 'waiting');
    await runs.send(id, { name: 'reply', data: 1, id: 'm1' });
    await runs.send(id, { name: 'reply', data: 1, id: 'm1' });
    assert.equal((await runs.wait(id)).status, 'waiting');
    await runs.send(id, { name: 'reply', data: 2 });
    assert.deepEqual((await runs.wait(id)).output, [1, 2]);
    await assert.rejects(runs.send(id, { name: 'reply' }), { code: 'AF_RUN_ENDED' });
  });

  it('waits for an event no longer than it may, and goes on where it is told', async () => {
    const { run } = await boot(
      flow({
        start: 'reply',
        nodes: [
          { id: 'reply', type: 'wait', forEvent: 'reply', timeoutMs: 20, onError: 'without' },
          { id: 'without', type: 'tool', tool: 'pay', input: { by: 'steps.reply.error.code' } },
        ],
      }),
      { tools: [pay] },
    );
    assert.equal((await run()).output, 'AF_WORKFLOW_STEP_TIMEOUT');
  });

  it('goes on with other branches while one waits', async () => {
    const { run, runs, events } = await boot(
      flow({
        start: 'both',
        nodes: [
          { id: 'both', type: 'parallel', branches: ['ask', 'say'] },
          { id: 'ask', type: 'approval', prompt: 'Yes?' },
          { id: 'say', type: 'tool', tool: 'pay' },
          { id: 'more', type: 'tool', tool: 'pay' },
        ],
        edges: [{ from: 'say', to: 'more' }],
      }),
      { tools: [pay] },
    );
    const { id } = await run({ by: 3 });
    assert.equal(dataOf(await events(id), 'step.finished').length, 2);
    await runs.approve(id, { approvalId: 'both.ask', outcome: 'approved' });
    assert.deepEqual((await runs.wait(id)).output, { ask: { approved: true }, say: 3 });
  });

  it('waits with a workflow it runs, and goes on once that has ended', async () => {
    const inner = { ...asking(), name: 'inner' };
    const outer = flow({
      start: 'sub',
      nodes: [
        { id: 'sub', type: 'subworkflow', workflow: 'inner' },
        { id: 'after', type: 'tool', tool: 'pay', input: { by: 'steps.sub.by' } },
      ],
      edges: [{ from: 'sub', to: 'after' }],
    });
    open = await bench([inner, outer], { tools: [pay], dataDir });
    const { id, waitingFor } = await open.run(7);
    assert.equal(waitingFor?.[0]?.kind, 'child');
    const [child] = dataOf(await open.events(id), 'child.started');
    await open.runs.approve(child?.runId ?? '', { approvalId: 'ask', outcome: 'approved', by: 'ada' });
    for await (const { type } of open.runs.events(id)) if (type === 'run.succeeded') break;
    assert.equal((await open.runs.get(id)).output, 'ada');
  });

  it('goes on with the definition it began with when that was changed meanwhile', async () => {
    const first = await boot(asking(), { tools: [pay] });
    const { id } = await first.run(7);
    const changed = flow({ start: 'ask', nodes: [{ id: 'ask', type: 'wait', forMs: 1 }] });
    const { runs, run } = await boot(changed, { tools: [pay] });
    await runs.approve(id, { approvalId: 'ask', outcome: 'approved' });
    assert.deepEqual((await runs.wait(id)).output, { approved: true });
    assert.equal((await run()).output, null);
  });
});
