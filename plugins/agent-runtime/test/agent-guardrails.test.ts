import assert from 'node:assert/strict';
import type { Json } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  Guardrail,
  Journal,
  passed,
  RunReplay,
  type ModelRequest,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import {
  answerOf,
  textOf,
  type AgentDefinition,
  type GuardrailStage,
  type Run,
  type RunEvent,
} from '@agent-factory/sdk/domain';
import { functionModel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

const stages: readonly GuardrailStage[] = ['input', 'toolCall', 'toolResult', 'output'];

/** Objects to a word, in the way its settings say. */
const words = testPlugin('words', [Guardrail], (ctx) => {
  ctx.contribute(Guardrail, {
    name: 'words',
    description: 'Objects to a word.',
    stages,
    settings: { type: 'object' },
    async prepare({ how, word: given = 'secret' }) {
      const word = given as string; // as the tests give it
      if (how === undefined) throw new Error('"how" is missing');
      return {
        check({ value }) {
          const text = JSON.stringify(value);
          if (word === 'throw') throw new Error('it broke');
          if (!text.includes(word)) return passed;
          const base = { code: 'word', reason: 'a word' };
          if (how !== 'redact') return { verdict: how as 'block' | 'ask', ...base };
          const clean = JSON.parse(text.replaceAll(word, '***')) as Json;
          return { verdict: 'redact', ...base, value: clean, spans: [] };
        },
      };
    },
  });
});

describe('the guardrails of an agent', () => {
  let kernel: TestKernel;
  let runtime: TenantRuntime;
  let asked: ModelRequest[] = [];
  let calls = 0;
  afterEach(() => kernel.close());

  async function run(
    how: string,
    stage: GuardrailStage,
    {
      input = 'x',
      answer = 'fine',
      word = 'secret',
    }: { input?: string; answer?: string; word?: string } = {},
  ): Promise<Run> {
    asked = [];
    calls = 0;
    const agent: AgentDefinition = {
      name: 'guarded',
      instructions: 'x',
      model: 'test/any',
      tools: ['echo'],
      guardrails: [{ use: 'words', stages: [stage], settings: { how, word } }],
    };
    kernel = await bootRuntime({
      agents: [agent],
      plugins: [words],
      tools: [
        {
          name: 'echo',
          description: 'x',
          input: { type: 'object' },
          effect: 'write',
          async run({ text = '' }) {
            calls += 1;
            return `said ${JSON.stringify(text)}`;
          },
        },
      ],
      models: [
        functionModel('test', (request) => {
          asked.push(request);
          const last = request.messages.at(-1);
          if (last?.role === 'user' && textOf(last).startsWith('call '))
            return [{ id: 'c', name: 'echo', input: { text: textOf(last).slice(5) } }];
          return last?.role === 'tool' ? textOf(last) : answer;
        }),
      ],
    });
    runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    return runtime.wait((await runtime.start({ agent: 'guarded', input })).id);
  }

  async function tripped(id: string): Promise<readonly string[]> {
    const events: readonly RunEvent[] = await kernel.use(Journal).tenant(defaultTenant).read(id);
    return events.flatMap(({ type, data }) =>
      type === 'guardrail.tripped' ? [`${data.stage} ${data.verdict} ${data.code}`] : [],
    );
  }

  it('let pass what they do not object to', async () => {
    assert.equal((await run('block', 'input')).output, 'fine');
  });

  it('stop a run at its input, before any model is asked', async () => {
    const { id, error } = await run('block', 'input', { input: 'the secret' });
    assert.equal(error?.code, 'AF_GUARDRAIL_BLOCKED');
    assert.equal(asked.length, 0);
    assert.deepEqual(await tripped(id), ['input block word']);
  });

  it('take something out of the input, so that no model sees it', async () => {
    const { id, output } = await run('redact', 'input', { input: 'the secret' });
    assert.equal(output, 'fine');
    assert.equal(textOf(asked[0]?.messages.at(-1) ?? { role: 'system', content: '' }), 'the ***');
    assert.deepEqual(await tripped(id), ['input redact word']);
  });

  it('take something out of the answer, also of a streamed one', async () => {
    const { id, output } = await run('redact', 'output', { answer: 'a secret' });
    assert.equal(output, 'a ***');
    const { id: streamed } = await runtime.start({ agent: 'guarded', input: 'x', stream: true });
    assert.equal((await runtime.wait(streamed)).output, 'a ***');
    const types = (await kernel.use(Journal).tenant(defaultTenant).read(streamed)).map(({ type }) => type);
    assert.ok(!types.includes('message.delta'));
    assert.deepEqual(await tripped(id), ['output redact word']);
  });

  it('keep a tool from being called, and the model is told', async () => {
    const { output = '' } = await run('block', 'toolCall', { input: 'call secret' });
    assert.match(answerOf({ output }), /AF_GUARDRAIL_BLOCKED/);
    assert.equal(calls, 0);
  });

  it('change what a tool is called with, and what it gave', async () => {
    assert.equal((await run('redact', 'toolCall', { input: 'call secret' })).output, 'said "***"');
    await kernel.close();
    assert.equal((await run('redact', 'toolResult', { input: 'call secret' })).output, 'said "***"');
  });

  for (const stage of stages) {
    it(`ask a person at the stage ${stage}; the call is made once`, async () => {
      const input = stage === 'input' ? 'the secret' : stage === 'output' ? 'x' : 'call secret';
      const answer = stage === 'output' ? 'a secret' : 'fine';
      const waiting = await run('ask', stage, { input, answer });
      assert.equal(waiting.status, 'waiting', waiting.error?.message);
      const [wait] = waiting.waitingFor ?? [];
      assert.ok(wait?.kind === 'approval');
      await runtime.approve(waiting.id, { approvalId: wait.approvalId, outcome: 'approved' });
      const done = await runtime.wait(waiting.id);
      assert.equal(done.status, 'succeeded', done.error?.message);
      assert.equal(calls, input.startsWith('call') ? 1 : 0);
      assert.deepEqual(await tripped(done.id), [`${stage} ask word`]);
      const { id } = await runtime.start({ agent: 'guarded', input });
      const again = (await runtime.wait(id)).waitingFor?.[0];
      assert.ok(again?.kind === 'approval');
      await runtime.approve(id, { approvalId: again.approvalId, outcome: 'rejected' });
      const refused = await runtime.wait(id);
      const isTold = stage === 'toolCall' || stage === 'toolResult';
      assert.equal(refused.status, isTold ? 'succeeded' : 'failed');
    });
  }

  it('that do not work let nothing through', async () => {
    assert.equal((await run('block', 'input', { word: 'throw' })).error?.code, 'AF_GUARDRAIL_FAILED');
  });

  it('are refused at definition when their settings are wrong, or they are not there', async () => {
    const agent = { name: 'x', instructions: 'x', model: 'test/any' };
    const models = [functionModel('test', () => 'x')];
    const wrong = [{ use: 'words' }, { use: 'wrods', settings: {} }];
    await assert.rejects(
      bootRuntime({ agents: [{ ...agent, guardrails: wrong }], plugins: [words], models }),
      /guardrails\/0\/settings: "how" is missing.*guardrails\/1\/use: no active plugin offers the guardrail "wrods"/s,
    );
    await run('block', 'input');
  });

  describe('that is handed the conversation', () => {
    /** The desk hands over at once; the guardrails of the one behind it look at what comes in. */
    async function handed(
      guardrails: NonNullable<AgentDefinition['guardrails']>,
      { input = 'the secret', when }: { input?: string; when?: string } = {},
    ): Promise<Run> {
      asked = [];
      const base = { model: 'test/any', instructions: 'x' };
      kernel = await bootRuntime({
        agents: [
          {
            ...base,
            name: 'desk',
            handoffs: [{ target: 'inner', ...(when !== undefined && { when, input: '"told: " + output' }) }],
          },
          { ...base, name: 'inner', instructions: 'inner', guardrails },
        ],
        plugins: [words, '@agent-factory/plugin-routing-expression'],
        models: [
          functionModel('test', (request) => {
            asked.push(request);
            const [system] = request.messages;
            if (system && textOf(system) === 'inner') return 'done';
            return when === undefined ? [{ id: 'h', name: 'transfer_to_inner', input: {} }] : 'a secret';
          }),
        ],
      });
      runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
      return runtime.wait((await runtime.start({ agent: 'desk', input })).id);
    }
    const on = (how: string, word = 'secret') => ({ use: 'words', settings: { how, word } });

    for (const when of [undefined, 'true'])
      it(`look at it before its model does, ${when === undefined ? 'handed by a tool' : 'by a condition'}`, async () => {
        const stopped = await handed([on('block')], { ...(when !== undefined && { when }) });
        assert.equal(stopped.error?.code, 'AF_GUARDRAIL_BLOCKED');
        assert.equal(asked.length, 1);
        assert.deepEqual(await tripped(stopped.id), ['input block word']);
        await kernel.close();
        const cleaned = await handed([on('redact')], { ...(when !== undefined && { when }) });
        assert.equal(cleaned.output, 'done');
        const shown = asked[1]?.messages.map((message) => textOf(message)).join('|') ?? '';
        assert.ok(shown.includes('***') && !shown.includes('secret'), shown);
      });

    it('ask a person once, and a replay comes to the same', async () => {
      const waiting = await handed([on('ask'), on('redact')]);
      const [wait] = waiting.waitingFor ?? [];
      assert.ok(wait?.kind === 'approval', waiting.error?.message);
      await runtime.approve(waiting.id, { approvalId: wait.approvalId, outcome: 'approved' });
      const run = await runtime.wait(waiting.id);
      assert.deepEqual([run.output, asked.length], ['done', 2], run.error?.message);
      const report = await kernel.use(RunReplay).tenant(defaultTenant).replay(run.id);
      assert.deepEqual([report.status, report.events], ['succeeded', run.lastSeq]);
    });
  });
});
