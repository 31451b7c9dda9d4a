import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAgentFactoryError, type ErrorCode, type InMemoryPlugin } from '@agent-factory/sdk';
import {
  AgentRuntime,
  beforeModel,
  beforeTool,
  defaultTenant,
  Journal,
  RunReplay,
  type ReplayReport,
  TenantStorage,
} from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import { functionModel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime, type Parts } from './support/boot-runtime.ts';
import { tool } from './support/run-workflow.ts';

const agent = { name: 'caller', instructions: 'Call.', model: 'test/any', tools: ['look'] };

const model = functionModel('test', ({ messages }) =>
  messages.some(({ role }) => role === 'tool') ? 'Seen.' : [{ id: 'c', name: 'look', input: { at: 1 } }],
);

/** Adds to the question, changes the input of the call, and notes that it was asked. */
function tapping(asked: string[]): InMemoryPlugin {
  return testPlugin(
    'tapping',
    [],
    (ctx) => {
      ctx.tap(beforeModel, (request) => {
        asked.push('model');
        if (request.messages.length > 9) throw new Error('too long');
        return { ...request, messages: [...request.messages, { role: 'user', content: 'And hurry.' }] };
      });
      ctx.tap(beforeTool, (wish) => {
        asked.push('tool');
        return { ...wish, input: { at: 2 } };
      });
    },
    { hooks: { taps: [beforeModel.id, beforeTool.id] } },
  );
}

describe('a replay that differs', () => {
  let dataDir = '';
  let kernel: TestKernel | undefined;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-replay-'));
  });
  afterEach(async () => {
    await kernel?.close();
    kernel = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });

  async function boot(parts: Parts): Promise<TestKernel> {
    await kernel?.close();
    kernel = undefined;
    kernel = await bootRuntime({ dataDir, agents: [agent], models: [model], ...parts });
    return kernel;
  }
  const record = async (parts: Parts): Promise<Run> => {
    const runs = (await boot(parts)).use(AgentRuntime).tenant(defaultTenant);
    return runs.wait((await runs.start({ agent: 'caller', input: 'Look.' })).id);
  };
  const replay = async (id: string): Promise<ReplayReport | undefined> =>
    kernel?.use(RunReplay).tenant(defaultTenant).replay(id);
  const differs = (replayed: Promise<unknown>, code: ErrorCode, message: RegExp): Promise<void> =>
    assert.rejects(replayed, (error: unknown) => {
      assert.ok(isAgentFactoryError(error, code), String(error));
      assert.match(error.message, message);
      return true;
    });

  it('is refused at the first event that is not the same, with both', async () => {
    const { id } = await record({ tools: [tool('look', () => 'a tree')] });
    await boot({
      tools: [{ ...tool('look', () => 'a tree'), input: { type: 'object', required: ['where'] } }],
    });
    await differs(
      replay(id),
      'AF_REPLAY_MISMATCH',
      /journal at event 5:\n- tool\.started \{"turn":1,"callId":"c".*\n\+ tool\.finished .*AF_TOOL_INPUT_INVALID/s,
    );
  });

  it('shows the members of an event that differ, by path', async () => {
    const { id } = await record({ tools: [tool('look', () => 'a tree')] });
    await boot({ tools: [], agents: [{ ...agent, tools: [] }] });
    await differs(replay(id), 'AF_REPLAY_MISMATCH', /event 3:\n- \/tools\/0: "look"\n\+ \/tools\/0: nothing/);
  });

  it('is not caused by another answer of the tool or the model, which are not asked', async () => {
    const { id } = await record({ tools: [tool('look', () => 'a tree')] });
    const broken = functionModel('test', () => Promise.reject(new Error('gone')), { available: false });
    await boot({ models: [broken], tools: [tool('look', () => Promise.reject(new Error('gone')))] });
    assert.equal((await replay(id))?.status, 'succeeded');
  });

  it('is not caused by plugins that change questions and calls: what they made is in the journal', async () => {
    const asked: string[] = [];
    const parts = { tools: [tool('look', () => 'a tree')], plugins: [tapping(asked)] };
    const { id, status } = await record(parts);
    assert.equal(status, 'succeeded');
    const events = await kernel?.use(Journal).tenant(defaultTenant).read(id);
    const question = events?.find((event) => event.type === 'model.requested')?.data.request;
    assert.deepEqual((question?.['messages'] as readonly unknown[] | undefined)?.at(-1), {
      role: 'user',
      content: 'And hurry.',
    });
    const before = asked.length;
    assert.equal((await replay(id))?.status, 'succeeded');
    await boot({ ...parts, plugins: [] });
    assert.equal((await replay(id))?.status, 'succeeded');
    assert.equal(asked.length, before);
  });

  it('is not looked for in a journal that somebody changed', async () => {
    const { id } = await record({ tools: [tool('look', () => 'a tree')] });
    const database = await kernel?.use(TenantStorage).tenant(defaultTenant);
    await database?.execute(
      "UPDATE af_journal_sql_events SET data = REPLACE(data, 'a tree', 'a bush') WHERE type = 'tool.finished'",
    );
    await differs(replay(id), 'AF_REPLAY_TAMPERED', /from event 6 on/);
  });

  it('of a run that is not there is refused', async () => {
    await boot({ tools: [tool('look', () => 'a tree')] });
    await differs(replay('run_none'), 'AF_RUN_NOT_FOUND', /run_none/);
  });
});
