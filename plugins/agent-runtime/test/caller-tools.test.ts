import assert from 'node:assert/strict';
import { AgentRuntime, defaultTenant, RunReplay, type TenantRuntime } from '@agent-factory/sdk/contracts';
import { answerOf, textOf, type CallerTool, type Run } from '@agent-factory/sdk/domain';
import { functionModel, rejectsWith, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { flow } from './support/run-workflow.ts';

const weather: CallerTool = {
  name: 'weather',
  description: 'The weather in a city.',
  input: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
};

describe('tools of the caller', () => {
  let kernel: TestKernel;
  let runtime: TenantRuntime;
  let offered: readonly string[] = [];

  beforeEach(async () => {
    kernel = await bootRuntime({
      agents: [
        { name: 'guide', instructions: 'Help.', model: 'test/any', tools: ['look'] },
        {
          name: 'guarded',
          instructions: 'Help.',
          model: 'test/any',
          callerTools: [weather],
          guardrails: [{ use: 'pii', stages: ['toolCall', 'toolResult'], settings: { action: 'redact' } }],
        },
        { name: 'shaped', instructions: 'Help.', model: 'test/shaped' },
      ],
      workflows: [
        flow({ name: 'steps', start: 'a', nodes: [{ id: 'a', type: 'tool', tool: 'look' }], edges: [] }),
      ],
      models: [
        functionModel('test', ({ model, messages, tools = [] }) => {
          offered = tools.map(({ name }) => name);
          if (model === 'shaped') return '{"mood":"good"}';
          const results = messages.filter(({ role }) => role === 'tool').map(textOf);
          if (results.length > 0) return results.join(' and ');
          return [
            { id: 'w', name: 'weather', input: { city: 'ann@example.com' } },
            ...(offered.includes('look') ? [{ id: 'l', name: 'look', input: {} }] : []),
          ];
        }),
      ],
      tools: [
        {
          name: 'look',
          description: 'Looks.',
          input: { type: 'object' },
          effect: 'read',
          run: async () => 'seen',
        },
      ],
      plugins: ['@agent-factory/plugin-guardrails-builtin'],
    });
    runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
  });
  afterEach(() => kernel.close());

  const asked = async (): Promise<Run> => {
    const { id } = await runtime.start({ agent: 'guide', input: 'Hi', callerTools: [weather] });
    return runtime.wait(id);
  };

  it('are offered beside its own, and a call of one is waited for with its input', async () => {
    const run = await asked();
    assert.deepEqual(offered, ['look', 'weather']);
    assert.equal(run.status, 'waiting');
    const [wait] = run.waitingFor ?? [];
    assert.ok(wait?.kind === 'decision');
    assert.deepEqual([wait.callId, wait.tool, wait.input], ['w', 'weather', { city: 'ann@example.com' }]);
  });

  it('go on with what the caller says came of it', async () => {
    const { id } = await asked();
    await runtime.decide(id, { callId: 'w', outcome: 'done', output: { degrees: 7 } });
    const run = await runtime.wait(id);
    assert.equal(run.output, '{"degrees":7} and seen');
    assert.equal((await kernel.use(RunReplay).tenant(defaultTenant).replay(id)).status, 'succeeded');
  });

  it('fail for the model when the caller does not call them', async () => {
    const { id } = await asked();
    await runtime.decide(id, { callId: 'w', outcome: 'abandon' });
    assert.match(answerOf(await runtime.wait(id)), /AF_TOOL_OUTCOME_UNKNOWN/);
  });

  it('may be those of a definition, and guardrails look at what goes out and comes back', async () => {
    const { id } = await runtime.start({ agent: 'guarded', input: 'Hi' });
    const [wait] = (await runtime.wait(id)).waitingFor ?? [];
    assert.ok(wait?.kind === 'decision');
    assert.doesNotMatch(JSON.stringify(wait.input), /ann@example/);
    await runtime.decide(id, { callId: 'w', outcome: 'done', output: 'Write to ben@example.com.' });
    assert.doesNotMatch(answerOf(await runtime.wait(id)), /ben@example/);
  });

  it('are refused where a name is taken, or what is run is no agent', async () => {
    const start = (target: { readonly agent: string } | { readonly workflow: string }, name: string) =>
      runtime.start({ ...target, input: 'Hi', callerTools: [{ ...weather, name }] });
    await rejectsWith(start({ agent: 'guide' }, 'look'), 'AF_RUN_INPUT_INVALID');
    await rejectsWith(start({ agent: 'guide' }, 'no name'), 'AF_RUN_INPUT_INVALID');
    await rejectsWith(start({ workflow: 'steps' }, 'weather'), 'AF_RUN_INPUT_INVALID');
    assert.equal((await runtime.list()).length, 0);
  });

  it('leave the definition as it is, and so does a schema of the answer', async () => {
    const output = { type: 'object', properties: { mood: { type: 'string' } }, required: ['mood'] };
    const { id } = await runtime.start({ agent: 'shaped', input: 'Hi', output });
    assert.deepEqual((await runtime.wait(id)).output, { mood: 'good' });
    // One that could be made to take for ever is told to the model, and not tried.
    const slow = { ...output, properties: { mood: { type: 'string', pattern: '^(bad+)+$' } } };
    const told = await runtime.start({ agent: 'shaped', input: 'Hi', output: slow });
    assert.deepEqual((await runtime.wait(told.id)).output, { mood: 'good' });
    const plain = await runtime.start({ agent: 'shaped', input: 'Hi' });
    assert.equal((await runtime.wait(plain.id)).output, '{"mood":"good"}');
    await rejectsWith(
      runtime.start({ agent: 'shaped', input: 'Hi', output: { type: 'string' } }),
      'AF_RUN_INPUT_INVALID',
    );
  });
});
