import assert from 'node:assert/strict';
import {
  AgentRuntime,
  defaultTenant,
  Journal,
  RunReplay,
  type TenantRuntime,
  type Tool,
} from '@agent-factory/sdk/contracts';
import { textOf, type RunEvent, type ToolEffect, type ToolReport } from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

const form = {
  kind: 'form',
  message: 'Who are you?',
  schema: { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] },
} as const;
const model = { kind: 'model', messages: [{ role: 'user', text: 'Say hi.' }], maxTokens: 10 } as const;

describe('a tool that says and asks something while it is at work', function () {
  this.timeout(30_000);
  let kernel: TestKernel;
  let runs: TenantRuntime;
  let begun = 0;
  let other = false;

  before(async () => {
    const tool = (name: string, run: Tool['run'], effect: ToolEffect = 'read'): Tool => ({
      name,
      description: `Does ${name}.`,
      input: { type: 'object' },
      effect,
      run,
    });
    kernel = await bootRuntime({
      agents: [{ name: 'guide', instructions: 'Help.', model: 'test/any', tools: ['greet', 'report'] }],
      models: [
        functionModel('test', ({ messages }) => {
          const last = messages.at(-1);
          if (last?.role === 'tool') return textOf(last);
          return [
            { id: 'c', name: 'greet', input: {} },
            { id: 'd', name: 'report', input: {} },
          ];
        }),
      ],
      tools: [
        tool('greet', async (_input, { ask, report }) => {
          begun += 1;
          report?.({ kind: 'log', level: 'info', data: `attempt ${begun}` });
          const answer = await ask?.(other ? { ...form, message: 'Else?' } : form);
          if (answer?.action !== 'accept') return `no name: ${answer?.action}`;
          const said = await ask?.(model);
          return `${JSON.stringify(answer.content)}: ${said?.text}`;
        }),
        tool('report', async (_input, { report }) => {
          report?.({ kind: 'progress', progress: 0, total: 2 });
          report?.({ kind: 'progress', progress: Number.NaN } as ToolReport);
          report?.({ kind: 'log', level: 'loud', data: 'x' } as unknown as ToolReport); // what is no report
          report?.({ kind: 'log', level: 'debug', data: 'x'.repeat(5000) });
          for (let count = 0; count < 2000; count += 1) report?.({ kind: 'progress', progress: count });
          return 'done';
        }),
        tool('write', async (_input, { ask }) => ask === undefined, 'write'),
        tool('odd', async (_input, { ask }) => (await ask?.({ kind: 'song' } as never)) ?? null),
      ],
    });
    runs = kernel.use(AgentRuntime).tenant(defaultTenant);
  });
  beforeEach(() => {
    begun = 0;
    other = false;
  });
  after(() => kernel?.close());

  const eventsOf = async (runId: string): Promise<readonly RunEvent[]> =>
    kernel.use(Journal).tenant(defaultTenant).read(runId, { limit: 5000 });
  const open = async (runId: string): Promise<string> => {
    const { status, waitingFor } = await runs.wait(runId);
    assert.equal(status, 'waiting');
    const [wait] = waitingFor ?? [];
    assert.ok(wait?.kind === 'decision' && wait.question);
    return wait.callId;
  };
  /** A replay rejects where something else comes out. */
  const replays = async (runId: string): Promise<void> => {
    const { events } = await kernel.use(RunReplay).tenant(defaultTenant).replay(runId);
    assert.equal(events, (await runs.get(runId)).lastSeq);
  };

  it('waits for answers, and is called again with them', async () => {
    const { id } = await runs.start({ tool: 'greet', input: {} });
    await runs.decide(id, {
      callId: await open(id),
      outcome: 'done',
      output: { action: 'accept', content: { name: 'Ann' } },
    });
    await runs.decide(id, { callId: await open(id), outcome: 'done', output: { text: 'Hi.', model: 'm' } });
    const run = await runs.wait(id);
    assert.equal(run.output, '{"name":"Ann"}: Hi.');
    assert.equal(begun, 3);
    const logs = (await eventsOf(id)).filter(({ type }) => type === 'tool.reported');
    assert.equal(logs.length, 3);
    await replays(id);
  });

  it('has its calls by agents wait too, beside others, and each report once in the journal', async () => {
    const { id } = await runs.start({ agent: 'guide', input: 'Go.' });
    await runs.decide(id, { callId: await open(id), outcome: 'done', output: { action: 'decline' } });
    const run = await runs.wait(id);
    assert.equal(run.status, 'succeeded');
    const reports = (await eventsOf(id)).flatMap((event) =>
      event.type === 'tool.reported' && event.data.tool === 'report' ? [event.data.report] : [],
    );
    assert.equal(reports.length, 1000);
    assert.deepEqual(reports[0], { kind: 'progress', progress: 0, total: 2 });
    assert.deepEqual(reports[1], { kind: 'log', level: 'debug', data: `${'x'.repeat(4000)}…` });
    await replays(id);
  });

  it('is told that nobody answers, or that the answer is none', async () => {
    for (const [answer, says] of [
      [{ outcome: 'abandon', reason: 'no time' }, /AF_TOOL_QUESTION_REFUSED.*no time/],
      [{ outcome: 'done', output: 'Ann' }, /AF_TOOL_QUESTION_REFUSED/],
    ] as const) {
      const { id } = await runs.start({ tool: 'greet', input: {} });
      await runs.decide(id, { callId: await open(id), ...answer });
      const { error } = await runs.wait(id);
      assert.match(`${error?.code} ${error?.message}`, says);
      await replays(id);
    }
  });

  it('gets no answer to another question than it asked', async () => {
    const { id } = await runs.start({ tool: 'greet', input: {} });
    const callId = await open(id);
    other = true;
    await runs.decide(id, { callId, outcome: 'done', output: { action: 'decline' } });
    assert.equal((await runs.wait(id)).error?.code, 'AF_TOOL_QUESTION_CHANGED');
  });

  it('cannot ask while it changes things for good, nor what is no question', async () => {
    const write = await runs.start({ tool: 'write', input: {} });
    assert.equal((await runs.wait(write.id)).output, true);
    const odd = await runs.start({ tool: 'odd', input: {} });
    assert.equal((await runs.wait(odd.id)).error?.code, 'AF_TOOL_QUESTION_INVALID');
  });
});
