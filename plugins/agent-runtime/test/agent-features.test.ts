import assert from 'node:assert/strict';
import { modelErrors, type ModelRequest } from '@agent-factory/sdk/contracts';
import { textOf, type AgentDefinition } from '@agent-factory/sdk/domain';
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

describe('what an agent can do', () => {
  afterEach(() => scripted.kernel.close());

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
      assert.deepEqual((await scripted.ended({ agent: 'weather', input: 'Oslo?' })).output, {
        city: 'Oslo',
        celsius: 4,
      });
      assert.deepEqual(scripted.asked[0]?.responseSchema, output);
      assert.match(scripted.shown(0, 0), /"celsius"/);
    });

    it('is repaired once', async () => {
      await boot([agent], ['{"city": 1}', '{"city": "Oslo", "celsius": 4}']);
      const run = await scripted.ended({ agent: 'weather', input: 'Oslo?' });
      assert.deepEqual(run.output, { city: 'Oslo', celsius: 4 });
      assert.equal((await scripted.typesOf(run.id)).filter((type) => type === 'output.rejected').length, 1);
      assert.match(scripted.shown(1, -1), /city must be text/);
    });

    it('fails the run when it does not fit after that', async () => {
      await boot([agent], ['no JSON at all']);
      const run = await scripted.ended({ agent: 'weather', input: 'Oslo?' });
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
      const run = await scripted.ended({ agent: 'desk', input: 'I want my money.' });
      assert.equal(run.output, 'Paid back.');
      assert.equal(scripted.shown(1, 0), 'Refund.');
      const handoff = (await scripted.eventsOf(run.id)).find((event) => event.type === 'handoff');
      assert.deepEqual(
        [handoff?.data.from, handoff?.data.to.name, handoff?.data.reason],
        ['desk', 'refunds', 'Money.'],
      );
    });

    it('follows the first of two at once; the other is refused, and both are in the journal', async () => {
      await boot(agents, [[call('transfer_to_sales'), call('transfer_to_refunds')], 'Sold.']);
      const run = await scripted.ended({ agent: 'desk', input: 'x' });
      assert.equal(run.output, 'Sold.');
      const events = await scripted.eventsOf(run.id);
      const codes = events.flatMap((event) =>
        event.type === 'tool.finished' ? [event.data.error?.code ?? 'done'] : [],
      );
      assert.deepEqual(codes.sort(), ['AF_HANDOFF_SECOND', 'done']);
      assert.equal(events.filter(({ type }) => type === 'handoff').length, 1);
    });

    it('by a condition is decided after an answer, with the values it saw, and may map the input', async () => {
      await boot(agents, ['Ask the boss.', 'Granted.']);
      const run = await scripted.ended({ agent: 'desk', input: 'A week off?' });
      assert.equal(run.output, 'Granted.');
      const decided = (await scripted.eventsOf(run.id)).find((event) => event.type === 'route.decided');
      assert.deepEqual([decided?.data.target, decided?.data.saw], ['boss', { output: 'Ask the boss.' }]);
      assert.deepEqual(scripted.asked[1]?.messages.slice(1), [
        { role: 'user', content: 'The desk said: Ask the boss.' },
      ]);
    });

    it('that goes in circles ends with a code', async () => {
      const circle = (asked: readonly ModelRequest[]): Answer => [
        call(
          scripted.asked.length % 2 === 1 ? 'transfer_to_sales' : 'transfer_to_desk',
          {},
          `c${asked.length}`,
        ),
      ];
      await boot([{ ...agents[0]!, limits: { turns: 100 } }, ...agents.slice(1)], [circle]);
      const run = await scripted.ended({ agent: 'desk', input: 'x' });
      assert.equal(run.error?.code, 'AF_RUN_LIMIT_HANDOFFS');
    });

    it('whose condition is wrong is refused at definition, with its place', async () => {
      const wrong = { ...base, name: 'x', handoffs: [{ target: 'x', when: 'outptu == ""' }] };
      await assert.rejects(boot([wrong], []), /config agents\/0 handoffs\/0\/when: /);
      await boot([], []);
    });
  });

  describe('a conversation', () => {
    const agent: AgentDefinition = { ...base, name: 'friend', memory: { last: 4 } };

    it('is gone on with by the next run of its session, and by no other', async () => {
      await boot([agent], ['Hello Ann.', 'You are Ann.', 'I do not know you.']);
      await scripted.ended({ agent: 'friend', input: 'I am Ann.', session: 's1' });
      const second = await scripted.ended({ agent: 'friend', input: 'Who am I?', session: 's1' });
      assert.deepEqual(scripted.asked[1]?.messages.map(textOf), [
        'Be kind.',
        'I am Ann.',
        'Hello Ann.',
        'Who am I?',
      ]);
      assert.equal(second.session, 's1');
      const types = await scripted.typesOf(second.id);
      assert.ok(types.includes('memory.read') && types.includes('memory.written'));
      await scripted.ended({ agent: 'friend', input: 'Who am I?', session: 's2' });
      assert.equal(scripted.asked[2]?.messages.length, 2);
    });

    it('is summed up when it has become long', async () => {
      const summing = { ...agent, memory: { last: 2, summary: { after: 4, keep: 2 } } };
      await boot([summing], ['A.', 'B.', 'C.', 'The sum.', 'D.']);
      for (const input of ['1', '2', '3', '4'])
        await scripted.ended({ agent: 'friend', input, session: 's' });
      const last = scripted.asked.at(-1)?.messages ?? [];
      assert.match(scripted.shown(-1, 0), /summed up:\nThe sum\./);
      assert.deepEqual(last.slice(1).map(textOf), ['3', 'C.', '4']);
    });

    it('that is too long for the model is cut, where the agent may forget', async () => {
      const overflow = (asked: readonly ModelRequest[]): Answer => {
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
      assert.equal((await scripted.ended({ agent: 'friend', input })).output, 'Short enough.');
      assert.equal(
        (await scripted.ended({ agent: 'exact', input })).error?.code,
        'AF_MODEL_CONTEXT_OVERFLOW',
      );
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
    const run = await scripted.ended({ agent: 'seer', input: 'x' });
    assert.equal(calls, 3);
    assert.equal((await scripted.typesOf(run.id)).filter((type) => type === 'tool.retried').length, 2);
    assert.equal(run.toolCalls, 1);
  });
});
