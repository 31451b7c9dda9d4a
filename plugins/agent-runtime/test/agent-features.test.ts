import assert from 'node:assert/strict';
import {
  AgentRuntime,
  defaultTenant,
  Journal,
  modelErrors,
  type ModelRequest,
  type RunRequest,
  type TenantRuntime,
  type Tool,
} from '@agent-factory/sdk/contracts';
import {
  applyEvent,
  textOf,
  type AgentDefinition,
  type Run,
  type RunEvent,
  type ToolCall,
} from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

type Answer = string | readonly ToolCall[];

let kernel: TestKernel;
let runtime: TenantRuntime;
let asked: ModelRequest[] = [];

const call = (name: string, input: ToolCall['input'] = {}, id = name): ToolCall => ({ id, name, input });

/** A runtime whose model gives these answers, one a question. */
async function boot(
  agents: readonly AgentDefinition[],
  answers: readonly (Answer | (() => Answer))[],
  tools: readonly Tool[] = [],
): Promise<void> {
  asked = [];
  let next = 0;
  kernel = await bootRuntime({
    agents,
    tools,
    models: [
      functionModel('test', (request) => {
        asked.push(request);
        const answer = answers[Math.min(next, answers.length - 1)] ?? '';
        next += 1;
        return typeof answer === 'function' ? answer() : answer;
      }),
    ],
    plugins: ['@agent-factory/plugin-memory-sql', '@agent-factory/plugin-routing-expression'],
  });
  runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
}

async function ended(request: RunRequest): Promise<Run> {
  const run = await runtime.wait((await runtime.start(request)).id);
  const events = await eventsOf(run.id);
  assert.deepEqual(events.reduce<Run | undefined>(applyEvent, undefined), run);
  return run;
}

function eventsOf(id: string): Promise<readonly RunEvent[]> {
  return kernel.use(Journal).tenant(defaultTenant).read(id);
}

async function typesOf(id: string): Promise<readonly string[]> {
  return (await eventsOf(id)).map(({ type }) => type);
}

const base = { instructions: 'Be kind.', model: 'test/any' } as const;

function tool(name: string, more: Partial<Tool> = {}): Tool {
  const run = async (input: object): Promise<string> => `${name} ${JSON.stringify(input)}`;
  return { name, description: name, input: { type: 'object' }, effect: 'write', run, ...more };
}

describe('what an agent can do', () => {
  afterEach(() => kernel.close());

  describe('an answer with a schema', () => {
    const output = {
      type: 'object',
      properties: { city: { type: 'string' }, celsius: { type: 'number' } },
      required: ['city', 'celsius'],
      additionalProperties: false,
    };
    const agent: AgentDefinition = { ...base, name: 'weather', output };

    it('is JSON, and the model is told the schema', async () => {
      await boot([agent], ['```json\n{"city": "Oslo", "celsius": 4}\n```']);
      assert.deepEqual((await ended({ agent: 'weather', input: 'Oslo?' })).output, {
        city: 'Oslo',
        celsius: 4,
      });
      assert.deepEqual(asked[0]?.responseSchema, output);
      assert.match(textOf(asked[0]?.messages[0] ?? { role: 'system', content: '' }), /"celsius"/);
    });

    it('is repaired once', async () => {
      await boot([agent], ['{"city": 1}', '{"city": "Oslo", "celsius": 4}']);
      const run = await ended({ agent: 'weather', input: 'Oslo?' });
      assert.deepEqual(run.output, { city: 'Oslo', celsius: 4 });
      assert.equal((await typesOf(run.id)).filter((type) => type === 'output.rejected').length, 1);
      assert.match(textOf(asked[1]?.messages.at(-1) ?? { role: 'system', content: '' }), /city must be text/);
    });

    it('fails the run when it does not fit after that', async () => {
      await boot([agent], ['no JSON at all']);
      const run = await ended({ agent: 'weather', input: 'Oslo?' });
      assert.equal(run.error?.code, 'AF_RUN_OUTPUT_INVALID');
      assert.equal(run.turns, 2);
    });

    it('is refused at definition when no value can fit', async () => {
      const none = { ...output, required: ['wind'] };
      await assert.rejects(
        boot([{ ...agent, output: none }], []),
        /output\/required\/0.*"wind" is required/s,
      );
      await boot([], []);
    });
  });

  describe('a hand-over', () => {
    const agents: readonly AgentDefinition[] = [
      {
        ...base,
        name: 'desk',
        handoffs: [
          { target: 'refunds', description: 'Pays money back.' },
          { target: 'sales' },
          { target: 'boss', when: 'output.contains("boss")', input: '"The desk said: " + output' },
        ],
      },
      { ...base, name: 'refunds', instructions: 'Refund.' },
      { ...base, name: 'sales', instructions: 'Sell.', handoffs: [{ target: 'desk' }] },
      { ...base, name: 'boss', instructions: 'Decide.' },
    ];

    it('by a tool of the model goes on in the same run, with the other instructions', async () => {
      await boot(agents, [[call('transfer_to_refunds', { reason: 'Money.' })], 'Paid back.']);
      const run = await ended({ agent: 'desk', input: 'I want my money.' });
      assert.equal(run.output, 'Paid back.');
      assert.equal(textOf(asked[1]?.messages[0] ?? { role: 'system', content: '' }), 'Refund.');
      const handoff = (await eventsOf(run.id)).find((event) => event.type === 'handoff');
      assert.deepEqual(
        [handoff?.data.from, handoff?.data.to.name, handoff?.data.reason],
        ['desk', 'refunds', 'Money.'],
      );
    });

    it('follows the first of two at once; the other is refused, and both are in the journal', async () => {
      await boot(agents, [[call('transfer_to_sales'), call('transfer_to_refunds')], 'Sold.']);
      const run = await ended({ agent: 'desk', input: 'x' });
      assert.equal(run.output, 'Sold.');
      const events = await eventsOf(run.id);
      const codes = events.flatMap((event) =>
        event.type === 'tool.finished' ? [event.data.error?.code ?? 'done'] : [],
      );
      assert.deepEqual(codes.sort(), ['AF_HANDOFF_SECOND', 'done']);
      assert.equal(events.filter(({ type }) => type === 'handoff').length, 1);
    });

    it('by a condition is decided after an answer, with the values it saw, and may map the input', async () => {
      await boot(agents, ['Ask the boss.', 'Granted.']);
      const run = await ended({ agent: 'desk', input: 'A week off?' });
      assert.equal(run.output, 'Granted.');
      const decided = (await eventsOf(run.id)).find((event) => event.type === 'route.decided');
      assert.deepEqual([decided?.data.target, decided?.data.saw], ['boss', { output: 'Ask the boss.' }]);
      assert.deepEqual(asked[1]?.messages.slice(1), [
        { role: 'user', content: 'The desk said: Ask the boss.' },
      ]);
    });

    it('that goes in circles ends with a code', async () => {
      const circle = (): Answer => [
        call(asked.length % 2 === 1 ? 'transfer_to_sales' : 'transfer_to_desk', {}, `c${asked.length}`),
      ];
      await boot([{ ...agents[0]!, limits: { turns: 100 } }, ...agents.slice(1)], [circle]);
      const run = await ended({ agent: 'desk', input: 'x' });
      assert.equal(run.error?.code, 'AF_RUN_LIMIT_HANDOFFS');
    });

    it('whose condition is wrong is refused at definition, with its place', async () => {
      const wrong = { ...base, name: 'x', handoffs: [{ target: 'x', when: 'outptu == ""' }] };
      await assert.rejects(boot([wrong], []), /config agents\/0 handoffs\/0\/when: /);
      await boot([], []);
    });
  });

  describe('an approval', () => {
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
      assert.equal((await ended({ agent: 'payer', input: 'x' })).status, 'succeeded');
    });

    it('is waited for, holds once, and goes on with the input that was shown', async () => {
      await boot([agent], answers(500), [pay]);
      const waiting = await ended({ agent: 'payer', input: 'x' });
      assert.equal(waiting.status, 'waiting');
      const [wait] = waiting.waitingFor ?? [];
      assert.ok(wait?.kind === 'approval');
      assert.deepEqual([wait.detail, wait.permission], ['Pay it?', 'payments:write']);
      await runtime.approve(waiting.id, { approvalId: wait.approvalId, outcome: 'approved', by: 'ann' });
      const run = await runtime.wait(waiting.id);
      assert.equal(run.output, 'Done.');
      await assert.rejects(runtime.approve(run.id, { approvalId: wait.approvalId, outcome: 'approved' }), {
        code: 'AF_RUN_ENDED',
      });
      const events = await eventsOf(run.id);
      const started = events.find((event) => event.type === 'tool.started');
      assert.deepEqual(started?.data.input, { amount: 500 });
      assert.equal(asked.length, 2);
    });

    it('given twice is refused while the run goes on', async () => {
      let release: (value: string) => void = () => {};
      const slow = { ...pay, run: () => new Promise<string>((resolve) => (release = resolve)) };
      await boot([agent], answers(500), [slow]);
      const { id } = await ended({ agent: 'payer', input: 'x' });
      await runtime.approve(id, { approvalId: 'pay', outcome: 'approved' });
      for await (const { type } of runtime.events(id)) if (type === 'tool.started') break;
      await assert.rejects(runtime.approve(id, { approvalId: 'pay', outcome: 'rejected' }), {
        code: 'AF_APPROVAL_RESOLVED',
        status: 409,
      });
      release('paid');
      assert.equal((await runtime.wait(id)).status, 'succeeded');
    });

    it('that is refused is told to the model', async () => {
      await boot([agent], answers(500), [pay]);
      const { id } = await ended({ agent: 'payer', input: 'x' });
      await runtime.approve(id, { approvalId: 'pay', outcome: 'rejected', by: 'ann', reason: 'too much' });
      await runtime.wait(id);
      assert.match(
        textOf(asked[1]?.messages.at(-1) ?? { role: 'system', content: '' }),
        /ann did not allow.*too much/,
      );
    });

    it('may change the input, which is checked again', async () => {
      await boot([agent], answers(500), [pay]);
      const first = await ended({ agent: 'payer', input: 'x' });
      await runtime.approve(first.id, { approvalId: 'pay', outcome: 'approved', input: { amount: 90 } });
      await runtime.wait(first.id);
      assert.match(textOf(asked[1]?.messages.at(-1) ?? { role: 'system', content: '' }), /"amount":90/);
    });

    it('is over after its time, and the call is refused', async () => {
      const rule = { timeoutMs: 30 };
      await boot([{ ...agent, approvals: { '*': rule } }], answers(1), [pay]);
      const { id } = await ended({ agent: 'payer', input: 'x' });
      for await (const { type } of runtime.events(id)) if (type === 'run.succeeded') break;
      assert.match(
        textOf(asked[1]?.messages.at(-1) ?? { role: 'system', content: '' }),
        /Nobody did not allow|AF_TOOL_REJECTED/,
      );
      assert.ok((await typesOf(id)).includes('approval.resolved'));
    });
  });

  describe('a conversation', () => {
    const agent: AgentDefinition = { ...base, name: 'friend', memory: { last: 4 } };

    it('is gone on with by the next run of its session, and by no other', async () => {
      await boot([agent], ['Hello Ann.', 'You are Ann.', 'I do not know you.']);
      await ended({ agent: 'friend', input: 'I am Ann.', session: 's1' });
      const second = await ended({ agent: 'friend', input: 'Who am I?', session: 's1' });
      assert.deepEqual(asked[1]?.messages.map(textOf), ['Be kind.', 'I am Ann.', 'Hello Ann.', 'Who am I?']);
      assert.equal(second.session, 's1');
      const types = await typesOf(second.id);
      assert.ok(types.includes('memory.read') && types.includes('memory.written'));
      await ended({ agent: 'friend', input: 'Who am I?', session: 's2' });
      assert.equal(asked[2]?.messages.length, 2);
    });

    it('is summed up when it has become long', async () => {
      const summing = { ...agent, memory: { last: 2, summary: { after: 4, keep: 2 } } };
      await boot([summing], ['A.', 'B.', 'C.', 'The sum.', 'D.']);
      for (const input of ['1', '2', '3', '4']) await ended({ agent: 'friend', input, session: 's' });
      const last = asked.at(-1)?.messages ?? [];
      assert.match(textOf(last[0] ?? { role: 'system', content: '' }), /summed up:\nThe sum\./);
      assert.deepEqual(last.slice(1).map(textOf), ['3', 'C.', '4']);
    });

    it('that is too long for the model is cut, where the agent may forget', async () => {
      const overflow = (): Answer => {
        if ((asked.at(-1)?.messages.length ?? 0) > 4)
          throw modelErrors.AF_MODEL_CONTEXT_OVERFLOW({ server: 'test', reason: 'too long' });
        return 'Short enough.';
      };
      const input = Array.from({ length: 9 }, (_, index) =>
        index % 2 === 0
          ? ({ role: 'user', content: `${index}` } as const)
          : ({ role: 'assistant', content: `${index}` } as const),
      );
      await boot([agent, { ...base, name: 'exact' }], [overflow]);
      assert.equal((await ended({ agent: 'friend', input })).output, 'Short enough.');
      assert.equal((await ended({ agent: 'exact', input })).error?.code, 'AF_MODEL_CONTEXT_OVERFLOW');
    });
  });

  it('calls a tool again that failed in a way that may pass, where it may be repeated', async () => {
    let calls = 0;
    const flaky = tool('look', {
      effect: 'read',
      retry: { maxAttempts: 3, delayMs: 1 },
      async run() {
        calls += 1;
        if (calls < 3) throw modelErrors.AF_MODEL_CONNECTION({ server: 'x', reason: 'gone' });
        return 'found';
      },
    });
    await boot([{ ...base, name: 'seer', tools: ['look'] }], [[call('look')], 'Seen.'], [flaky]);
    const run = await ended({ agent: 'seer', input: 'x' });
    assert.equal(calls, 3);
    assert.equal((await typesOf(run.id)).filter((type) => type === 'tool.retried').length, 2);
    assert.equal(run.toolCalls, 1);
  });
});
