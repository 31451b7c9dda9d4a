import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import {
  AgentRuntime,
  defaultTenant,
  HttpRoute,
  RunReplay,
  type TenantReplay,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import { functionModel, takesLinearTime, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { tool } from './support/run-workflow.ts';

const callsPerTurn = 50;

const base = { instructions: 'Call.', model: 'test/any' };
const limits = { turns: 200, toolCalls: 10_000 };

function boot(dataDir: string, config: JsonObject = {}): Promise<TestKernel> {
  return bootRuntime({
    agents: [
      {
        ...base,
        name: 'caller',
        tools: ['look'],
        limits,
        guardrails: [
          { use: 'length', stages: ['toolCall', 'toolResult'], settings: { maxCharacters: 10_000 } },
        ],
      },
      { ...base, name: 'asker', agents: ['caller'] },
    ],
    models: [
      functionModel('test', ({ messages, tools = [] }) => {
        const turn = messages.filter(({ role }) => role === 'assistant').length;
        const [asked] = messages.flatMap(({ role, content }) => (role === 'user' ? [content] : []));
        if (tools.some(({ name }) => name === 'ask_caller'))
          return turn > 0 ? 'Asked.' : [{ id: 'ask', name: 'ask_caller', input: { message: '1' } }];
        if (turn >= Number(asked)) return 'Seen.';
        return Array.from({ length: callsPerTurn }, (_, index) => ({
          id: `c${turn}-${index}`,
          name: 'look',
          input: { at: index },
        }));
      }),
    ],
    tools: [tool('look', ({ at = null }) => at)],
    plugins: ['@agent-factory/plugin-guardrails-builtin'],
    config,
    leaseMs: 10_000,
    dataDir,
  });
}

describe('a replay of a long run', () => {
  let dataDir = '';
  let kernel: TestKernel;
  let runs: TenantRuntime;
  let replay: TenantReplay;

  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-replay-'));
    kernel = await boot(dataDir);
    runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    replay = kernel.use(RunReplay).tenant(defaultTenant);
  });
  after(async () => {
    await kernel?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const ended = async (agent: string, turns: number): Promise<string> => {
    const { id } = await runs.start({ agent, input: String(turns) });
    const { status } = await runs.wait(id);
    assert.equal(status, 'succeeded');
    return id;
  };

  it('takes as long for each event as that of a short one', async function () {
    this.timeout(60_000);
    const [short, long] = [await ended('caller', 12), await ended('caller', 96)];
    await takesLinearTime((turns) => replay.replay(turns === 96 ? long : short), 96);
  });

  it('is given up when nobody wants it any more', async () => {
    const id = await ended('caller', 10);
    await assert.rejects(replay.replay(id, { signal: AbortSignal.abort() }), { code: 'AF_REPLAY_ABORTED' });
    const controller = new AbortController();
    const given = replay.replay(id, { signal: controller.signal });
    setImmediate(() => controller.abort());
    await assert.rejects(given, { code: 'AF_REPLAY_ABORTED', status: 503, retryable: true });
    const route = kernel.all(HttpRoute).find(({ value }) => value.operationId === 'replayRun');
    await assert.rejects(
      async () =>
        route?.value.handler({
          params: { id },
          query: {},
          body: null,
          headers: {},
          principal: { id: 'local', tenant: defaultTenant, kind: 'local', permissions: ['*'] },
          requestId: 'test',
          signal: AbortSignal.abort(),
        }),
      { code: 'AF_REPLAY_ABORTED' },
    );
    assert.equal((await replay.replay(id)).status, 'succeeded', 'and can be asked for again');
  });

  it('is refused before it is read when there is more of it than is allowed, with the runs it started', async () => {
    const id = await ended('asker', 1);
    const { lastSeq, turns } = await runs.get(id);
    assert.equal(turns, 2);
    await kernel.close();
    for (const maxReplayEvents of [lastSeq - 1, lastSeq + 1]) {
      kernel = await boot(dataDir, { maxReplayEvents });
      await assert.rejects(kernel.use(RunReplay).tenant(defaultTenant).replay(id), (error) => {
        assert.ok(isAgentFactoryError(error, 'AF_REPLAY_TOO_LONG'), String(error));
        assert.match(
          error.message,
          new RegExp(`${id} and the runs it started have more than ${maxReplayEvents}`),
        );
        return true;
      });
      await kernel.close();
    }
    kernel = await boot(dataDir, { maxReplayEvents: 1_000 });
    const { children } = await kernel.use(RunReplay).tenant(defaultTenant).replay(id);
    assert.equal(children.length, 1);
  });
});
