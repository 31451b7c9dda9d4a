import assert from 'node:assert/strict';
import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import { AgentRuntime, defaultTenant, type TenantDefinitions } from '@agent-factory/sdk/contracts';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

const agent = (name: string, more: JsonObject = {}): JsonObject => ({
  name,
  instructions: 'Help.',
  model: 'test/any',
  ...more,
});
const ping = agent('ping', { handoffs: [{ target: 'pong' }] });
const pong = agent('pong', { handoffs: [{ target: 'ping' }] });
const desk = {
  name: 'desk',
  version: '1.0.0',
  entry: 'ping',
  agents: { ping: [{ target: 'pong' }], pong: [] },
};

describe('several changes of definitions', () => {
  let kernel: TestKernel;
  let definitions: TenantDefinitions;
  before(async () => {
    kernel = await bootRuntime({
      agents: [agent('fixed')],
      models: [functionModel('test', () => 'Hello.')],
      plugins: ['@agent-factory/plugin-routing-expression'],
    });
    ({ definitions } = kernel.use(AgentRuntime).tenant(defaultTenant));
  });
  after(() => kernel.close());
  const names = async (): Promise<readonly string[]> =>
    (await definitions.list('agent')).map(({ name }) => name);

  it('may name one another, and are made together', async () => {
    const kept = await definitions.change([
      { kind: 'router', name: 'desk', definition: desk },
      { kind: 'agent', name: 'ping', definition: ping, ifHash: null },
      { kind: 'agent', name: 'pong', definition: pong },
    ]);
    assert.deepEqual(
      kept.map(({ name, revision }) => `${name} ${revision}`),
      ['desk 1', 'ping 1', 'pong 1'],
    );
    assert.deepEqual(await names(), ['fixed', 'ping', 'pong']);
  });

  it('are none at all when one is wrong, and every problem is told with kind and name', async () => {
    const edits = [
      { kind: 'agent', name: 'third', definition: agent('third', { agents: ['nobody'] }) },
      { kind: 'agent', name: 'fourth', definition: agent('fourth', { model: 'none/x' }) },
      { kind: 'agent', name: 'fine', definition: agent('fine') },
    ] as const;
    await assert.rejects(definitions.change(edits), (error) => {
      assert.ok(isAgentFactoryError(error, 'AF_DEFINITION_INVALID'));
      const problems = error.details['problems'] as readonly { readonly path: string }[];
      assert.deepEqual(
        problems.map(({ path }) => path),
        ['/agent/third/agents/0', '/agent/fourth/model'],
      );
      assert.match(error.message, /^The set of definitions has 2 problem/);
      return true;
    });
    assert.deepEqual(await names(), ['fixed', 'ping', 'pong']);
  });

  it('are only looked at in a dry run', async () => {
    const edit = { kind: 'agent', name: 'tried', definition: agent('tried') } as const;
    assert.equal((await definitions.change([edit], { dryRun: true }))[0]?.revision, 1);
    assert.deepEqual(await names(), ['fixed', 'ping', 'pong']);
  });

  it('leave nobody behind who names what goes', async () => {
    await assert.rejects(definitions.change([{ kind: 'agent', name: 'pong' }]), (error) => {
      assert.ok(isAgentFactoryError(error, 'AF_DEFINITION_INVALID'));
      assert.match(error.message, /agent ping handoffs\/0\/target: there is no agent "pong"/);
      assert.match(error.message, /router desk agents\/pong/);
      return true;
    });
    await definitions.change([
      { kind: 'router', name: 'desk' },
      { kind: 'agent', name: 'ping', definition: agent('ping') },
      { kind: 'agent', name: 'pong' },
      { kind: 'agent', name: 'never-there' },
    ]);
    assert.deepEqual(await names(), ['fixed', 'ping']);
  });

  it('are refused when something is not as it was read, or is the platform’s', async () => {
    const definition = agent('ping', { description: 'New.' });
    const stale = { kind: 'agent', name: 'ping', definition, ifHash: '0'.repeat(64) } as const;
    await assert.rejects(definitions.change([stale]), { code: 'AF_DEFINITION_CHANGED' });
    await assert.rejects(definitions.change([{ ...stale, ifHash: null }]), { code: 'AF_DEFINITION_CHANGED' });
    await assert.rejects(definitions.change([{ kind: 'agent', name: 'fixed' }]), {
      code: 'AF_DEFINITION_FIXED',
    });
    await assert.rejects(
      definitions.change([{ kind: 'agent', name: 'other', definition: agent('ping') }]),
      /agent other name: must be "other"/,
    );
  });

  it('that change the same thing at once: one of them counts', async () => {
    const attempts = [1, 2, 3].map((turns) =>
      definitions.change([
        { kind: 'agent', name: 'raced', definition: agent('raced', { limits: { turns } }), ifHash: null },
      ]),
    );
    const settled = await Promise.allSettled(attempts);
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const one of settled)
      if (one.status === 'rejected')
        assert.ok(isAgentFactoryError(one.reason, 'AF_DEFINITION_CHANGED'), String(one.reason));
  });

  it('at once, that expect nothing or come to the same, are all made', async () => {
    const puts = Array.from({ length: 24 }, (_, index) => index + 1).map((turns) =>
      definitions.put('agent', agent('shared', { limits: { turns } }) as object),
    );
    const revisions = (await Promise.all(puts)).map(({ revision }) => revision);
    assert.equal(new Set(revisions).size, 24, 'each is a revision of its own');
    const same = agent('shared', { description: 'The same.' });
    const [one, two] = await Promise.all([
      definitions.put('agent', same, { ifRevision: 24 }),
      definitions.put('agent', same, { ifRevision: 24 }),
    ]);
    assert.deepEqual([one?.revision, two?.revision], [25, 25]);
    assert.equal((await definitions.put('agent', same, { ifRevision: 24 })).revision, 25, 'sent once more');
  });

  it('at once, of different definitions, are no conflict, whatever they expect', async () => {
    const all = ['a', 'b', 'c'].map((name) => `apart-${name}`);
    await Promise.all(
      all.map((name) => definitions.change([{ kind: 'agent', name, definition: agent(name), ifHash: null }])),
    );
    await Promise.all(
      all.map(async (name) => {
        const { hash: ifHash } = await definitions.get('agent', name);
        await definitions.change([
          { kind: 'agent', name, definition: agent(name, { description: 'New.' }), ifHash },
          { kind: 'agent', name: 'often', definition: agent('often', { description: name }) },
        ]);
      }),
    );
    const { revision } = await definitions.get('agent', 'often');
    assert.equal(revision, 3);
    await Promise.all([definitions.put('agent', agent('often')), definitions.remove('agent', 'often')]);
    assert.ok((await definitions.revisions('agent', 'often')).length > 3);
  });
});
