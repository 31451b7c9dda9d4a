import assert from 'node:assert/strict';
import { defaultTenant, RunReplay, WorkingMemory } from '@agent-factory/sdk/contracts';
import type { AgentDefinition, Run, RunEvent } from '@agent-factory/sdk/domain';
import { functionModel } from '@agent-factory/sdk/testing';
import { bootRuntime, type Parts } from './support/boot-runtime.ts';
import { base, bootScripted, call, tool, type ScriptedRuntime } from './support/scripted-runtime.ts';
import { withoutSockets } from './support/socket-guard.ts';

const schema = {
  type: 'object',
  properties: { order: { type: 'string' }, mood: { type: 'string' } },
  additionalProperties: false,
};
const desk: AgentDefinition = { ...base, name: 'desk', workingMemory: { schema, ttlMs: 60_000 } };
const keep = (changes: Record<string, string | number | null>): ReturnType<typeof call>[] => [
  call('update_memory', { changes }),
];

/** Runs the agent once for each answer that a model gives first; the second is always the same. */
async function each(
  agent: AgentDefinition,
  work: (
    ask: (calls: ReturnType<typeof call>[], more?: { session?: string; user?: string }) => Promise<Run>,
    on: ScriptedRuntime,
  ) => Promise<void>,
): Promise<void> {
  let next: ReturnType<typeof call>[] = [];
  const answer = (asked: ScriptedRuntime['asked']): string | ReturnType<typeof call>[] =>
    asked.at(-1)?.messages.at(-1)?.role === 'tool' ? 'Noted.' : next;
  const on = await bootScripted([agent], [answer]);
  try {
    await work((calls, more) => {
      next = calls;
      return on.ended({ agent: agent.name, input: 'Go on.', ...more });
    }, on);
  } finally {
    await on.kernel.close();
  }
}

async function endOf(
  on: ScriptedRuntime,
  { id }: Run,
): Promise<(RunEvent & { readonly type: 'tool.finished' })['data']> {
  const end = (await on.eventsOf(id)).find(({ type }) => type === 'tool.finished');
  assert.ok(end?.type === 'tool.finished');
  return end.data;
}

describe('a working memory of an agent', () => {
  it('is kept between the runs of a session, and of no other', () =>
    each(desk, async (ask, on) => {
      const first = await ask(keep({ order: 'A1', mood: 'cross' }), { session: 's1' });
      assert.deepEqual((await endOf(on, first)).output, { memory: { order: 'A1', mood: 'cross' } });
      await ask(keep({ mood: null }), { session: 's1' });
      const read = await ask([call('read_memory')], { session: 's1' });
      assert.deepEqual((await endOf(on, read)).output, { memory: { order: 'A1' } });
      const other = await ask([call('read_memory')], { session: 's2' });
      assert.deepEqual((await endOf(on, other)).output, { memory: null });
      assert.match(
        on.asked[0]?.tools?.find(({ name }) => name === 'update_memory')?.description ?? '',
        /"mood":\{"type":"string"\}/,
      );
    }));

  it('is that of a user where the agent says so, whatever the session', () =>
    each({ ...desk, workingMemory: { schema, scope: 'user' } }, async (ask, on) => {
      const first = await ask(keep({ mood: 'glad' }), { session: 's1', user: 'ann' });
      assert.equal(first.user, 'ann');
      const again = await ask([call('read_memory')], { session: 's2', user: 'ann' });
      assert.deepEqual((await endOf(on, again)).output, { memory: { mood: 'glad' } });
      const nobody = await ask([call('read_memory')], { session: 's1' });
      assert.equal((await endOf(on, nobody)).error?.code, 'AF_RUN_NO_OWNER');
    }));

  it('tells the model of a change that does not fit, and stays as it was', () =>
    each(desk, async (ask, on) => {
      await ask(keep({ order: 'A1' }), { session: 's1' });
      const bad = await ask(keep({ order: 7 }), { session: 's1' });
      const { error } = await endOf(on, bad);
      assert.equal(error?.code, 'AF_WORKING_MEMORY_INVALID');
      assert.match(error.message, /order must be text/);
      const read = await ask([call('read_memory')], { session: 's1' });
      assert.deepEqual((await endOf(on, read)).output, { memory: { order: 'A1' } });
    }));

  it('is not touched by a replay', () =>
    each(desk, async (ask, on) => {
      const run = await ask(keep({ order: 'A1' }), { session: 's1' });
      await ask(keep({ order: 'A2' }), { session: 's1' });
      const { tried } = await withoutSockets(async () => {
        const report = await on.kernel.use(RunReplay).tenant(defaultTenant).replay(run.id);
        assert.deepEqual([report.status, report.events], ['succeeded', run.lastSeq]);
      });
      assert.deepEqual(tried, []);
      const read = await ask([call('read_memory')], { session: 's1' });
      assert.deepEqual((await endOf(on, read)).output, { memory: { order: 'A2' } });
    }));

  it('is changed in a fork for that fork alone', async () => {
    const read = [call('read_memory')];
    const [first, second] = [keep({ order: 'A1' }), keep({ mood: 'glad' })];
    const on = await bootScripted([desk], [first, 'Noted.', second, read, 'Noted.', read, 'Noted.']);
    try {
      const origin = await on.ended({ agent: 'desk', input: 'Go on.', session: 's1' });
      const forks = on.kernel.use(RunReplay).tenant(defaultTenant);
      const { run } = await forks.fork(origin.id, { seq: 3 });
      assert.equal((await on.runtime.wait(run.id)).status, 'succeeded');
      const outputs = (await on.eventsOf(run.id)).flatMap((event) =>
        event.type === 'tool.finished' ? [event.data.output] : [],
      );
      const both = { memory: { order: 'A1', mood: 'glad' } };
      assert.deepEqual(outputs, [both, both]);
      const after = await on.ended({ agent: 'desk', input: 'Go on.', session: 's1' });
      assert.deepEqual((await endOf(on, after)).output, { memory: { order: 'A1' } });
    } finally {
      await on.kernel.close();
    }
  });

  it('of a user is that of the agents they ask', async () => {
    const chief: AgentDefinition = { ...base, name: 'chief', agents: ['desk'] };
    const ofUser: AgentDefinition = { ...desk, workingMemory: { schema, scope: 'user' } };
    const asking = [call('ask_desk', { message: 'Keep it.' })];
    const on = await bootScripted([chief, ofUser], [asking, keep({ mood: 'glad' }), 'Noted.', 'Done.']);
    try {
      const run = await on.ended({ agent: 'chief', input: 'Go on.', session: 's1', user: 'ann' });
      const [child] = (await on.runtime.list()).filter(({ parent }) => parent?.runId === run.id);
      assert.deepEqual([child?.user, child?.session], ['ann', undefined]);
      const memory = on.kernel.use(WorkingMemory).tenant(defaultTenant);
      const kept = await memory.read({ scope: 'user', id: 'ann', name: 'desk' });
      assert.deepEqual(kept?.value, { mood: 'glad' });
    } finally {
      await on.kernel.close();
    }
  });

  it('of a user is out of reach for the agents that a fork asks', async () => {
    const chief: AgentDefinition = { ...base, name: 'chief', agents: ['desk'] };
    const ofUser: AgentDefinition = { ...desk, workingMemory: { schema, scope: 'user' } };
    const asking = [call('ask_desk', { message: 'Keep it.' })];
    const once = (mood: string) => [asking, keep({ mood }), 'Noted.', 'Done.'];
    const on = await bootScripted([chief, ofUser], [...once('glad'), ...once('sad')]);
    try {
      const origin = await on.ended({ agent: 'chief', input: 'Go on.', session: 's1', user: 'ann' });
      const { run } = await on.kernel.use(RunReplay).tenant(defaultTenant).fork(origin.id, { seq: 3 });
      assert.equal((await on.runtime.wait(run.id)).status, 'succeeded');
      const [child] = (await on.runtime.list()).filter(({ parent }) => parent?.runId === run.id);
      assert.ok(child);
      assert.equal((await endOf(on, child)).error?.code, 'AF_RUN_NO_OWNER');
      const memory = on.kernel.use(WorkingMemory).tenant(defaultTenant);
      const kept = await memory.read({ scope: 'user', id: 'ann', name: 'desk' });
      assert.deepEqual(kept?.value, { mood: 'glad' });
    } finally {
      await on.kernel.close();
    }
  });

  const refused = async (agent: object, plugins: NonNullable<Parts['plugins']>, why: RegExp): Promise<void> =>
    assert.rejects(
      bootRuntime({
        agents: [{ ...desk, ...agent }],
        models: [functionModel('test', () => 'Yes.')],
        tools: [tool('read_memory')],
        plugins,
      }),
      why,
    );
  const keeper = '@agent-factory/plugin-memory-sql';

  it('is refused where nobody keeps it', () =>
    refused({}, [], /workingMemory: no active plugin keeps working memories\. Add @agent-factory/));
  it('is refused with a schema that nothing fits, or that is no schema of an object', async () => {
    const schemaOf = (own: object): object => ({ workingMemory: { schema: own } });
    await refused(schemaOf({ type: 'string' }), [keeper], /schema: must be the schema of an object/);
    const none = {
      type: 'object',
      properties: { a: { type: 'integer', minimum: 2, maximum: 1 } },
      required: ['a'],
    };
    await refused(schemaOf(none), [keeper], /workingMemory\/schema/);
  });
  it('is refused where a tool has a name of its own', () =>
    refused({ tools: ['read_memory'] }, [keeper], /workingMemory: would be offered as "read_memory"/));
});
