import assert from 'node:assert/strict';
import {
  AgentRuntime,
  defaultTenant,
  HttpRoute,
  Journal,
  RunReplay,
  SemanticMemory,
  WorkingMemory,
} from '@agent-factory/sdk/contracts';
import { answerOf, textOf, type AgentDefinition, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { functionModel, rejectsWith, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { base, call } from './support/scripted-runtime.ts';
import { withoutSockets } from './support/socket-guard.ts';

const friend: AgentDefinition = { ...base, name: 'friend', semanticMemory: { ttlMs: 60_000 } };
const model = functionModel('test', ({ messages }) => {
  const last = messages.at(-1);
  const told = last ? textOf(last) : '';
  if (last?.role === 'tool') return told;
  if (told === 'Ask.') return [call('ask_friend', { message: 'Note it.' })];
  return told.startsWith('Recall ') ? [call('recall', { query: told.slice(7) })] : 'I see.';
});

describe('a semantic memory of an agent', () => {
  let kernel: TestKernel;
  const ask = async (input: string, more: { user?: string; session?: string } = {}): Promise<Run> => {
    const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runs.start({ agent: 'friend', input, ...more });
    const run = await runs.wait(id);
    assert.equal(run.status, 'succeeded', JSON.stringify(run.error));
    return run;
  };
  const eventsOf = ({ id }: Run): Promise<readonly RunEvent[]> =>
    kernel.use(Journal).tenant(defaultTenant).read(id);

  before(async function () {
    this.timeout(30_000);
    kernel = await bootRuntime({
      agents: [friend, { ...base, name: 'chief', agents: ['friend'] }],
      models: [model],
      plugins: [
        '@agent-factory/plugin-memory-sql',
        '@agent-factory/plugin-vector-sql',
        '@agent-factory/plugin-llm-local',
        '@agent-factory/plugin-memory-vector',
      ],
    });
  });
  after(() => kernel?.close());

  it('finds what was said in earlier runs of the same user, and of no other', async () => {
    const first = await ask('My kitchen lamp is broken.', { user: 'ann', session: 's1' });
    const written = (await eventsOf(first)).find(({ type }) => type === 'memory.written');
    assert.deepEqual(written?.data, { kind: 'semantic', key: 'ann', value: { scope: 'user', id: first.id } });
    await ask('Bees need water.', { user: 'ann' });
    const recalled = await ask('Recall which lamp is broken?', { user: 'ann', session: 's2' });
    const { results } = JSON.parse(answerOf(recalled)) as { results: { text: string; at: string }[] };
    assert.equal(results[0]?.text, 'user: My kitchen lamp is broken.\nassistant: I see.');
    assert.ok(!Number.isNaN(Date.parse(results[0].at)));
    const other = await ask('Recall which lamp is broken?', { user: 'bob' });
    assert.deepEqual(JSON.parse(answerOf(other)), { query: 'which lamp is broken?', results: [] });
  });

  it('remembers nothing of a run that names no user, and says so when it is to recall', async () => {
    const run = await ask('My lamp is green.');
    assert.equal(
      (await eventsOf(run)).some(({ type }) => type === 'memory.written'),
      false,
    );
    const end = (await eventsOf(await ask('Recall lamp'))).find(({ type }) => type === 'tool.finished');
    assert.equal(end?.type === 'tool.finished' && end.data.error?.code, 'AF_RUN_NO_OWNER');
  });

  it('remembers what the user said, and not what agents ask one another', async () => {
    const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runs.start({ agent: 'chief', input: 'Ask.', user: 'sam' });
    assert.equal((await runs.wait(id)).status, 'succeeded');
    const [child] = (await runs.list()).filter(({ parent }) => parent?.runId === id);
    assert.equal(child?.user, 'sam');
    assert.deepEqual(
      await kernel.use(SemanticMemory).tenant(defaultTenant).recall({ scope: 'user', id: 'sam' }, 'Note it'),
      [],
    );
  });

  it('is not touched by a replay', async () => {
    const run = await ask('My door is blue.', { user: 'eve' });
    const memory = kernel.use(SemanticMemory).tenant(defaultTenant);
    assert.equal(await memory.forget({ scope: 'user', id: 'eve' }), 1);
    const { tried } = await withoutSockets(async () => {
      const report = await kernel.use(RunReplay).tenant(defaultTenant).replay(run.id);
      assert.deepEqual([report.status, report.events], ['succeeded', run.lastSeq]);
    });
    assert.deepEqual(tried, []);
    assert.deepEqual(await memory.recall({ scope: 'user', id: 'eve' }, 'door'), []);
  });

  it('is erased over HTTP, with the working memories of the same user', async () => {
    await ask('My roof is flat.', { user: 'zoe' });
    const key = { scope: 'user', id: 'zoe', name: 'friend' } as const;
    const working = kernel.use(WorkingMemory).tenant(defaultTenant);
    await working.merge(key, { roof: 'flat' }, { schema: { type: 'object' } });
    const route = kernel.all(HttpRoute).find(({ value }) => value.operationId === 'forgetMemory')?.value;
    const forget = (): Promise<unknown> | undefined =>
      route?.handler({
        params: { scope: 'user', owner: 'zoe' },
        query: {},
        body: null,
        headers: {},
        principal: { id: 'local', tenant: defaultTenant, kind: 'local', permissions: ['*'] },
        requestId: 'test',
        signal: new AbortController().signal,
      });
    assert.deepEqual(await forget(), { body: { workingMemories: 1, exchanges: 1 } });
    assert.equal(await working.read(key), undefined);
    assert.deepEqual(await forget(), { body: { workingMemories: 0, exchanges: 0 } });
  });

  it('refuses a user that no storage keeps before anything is done', async () => {
    const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    for (const user of ['', 'a\0b', '\ud800', 'x'.repeat(201)])
      await rejectsWith(runs.start({ agent: 'friend', input: 'Hello.', user }), 'AF_RUN_INPUT_INVALID');
  });

  it('is refused when it is defined where no plugin keeps it', () =>
    assert.rejects(
      bootRuntime({ agents: [friend], models: [model] }),
      /semanticMemory: no active plugin remembers what was said\. Add @agent-factory/,
    ));
});
