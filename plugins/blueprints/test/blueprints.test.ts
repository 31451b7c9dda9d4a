import assert from 'node:assert/strict';
import { isAgentFactoryError } from '@agent-factory/sdk';
import type { AgentDefinition } from '@agent-factory/sdk/domain';
import { bootBlueprints, deskFiles, type BlueprintPlatform } from './support/boot-blueprints.ts';

const answers = { shop: 'Acme' };

/** The agent `triage` of the second version, with other instructions. */
const otherTriage = {
  name: 'triage',
  instructions: 'You sort in one word for ${param:shop}.',
  model: 'test/any',
  handoffs: [{ target: 'refunds' }],
};

describe('a blueprint', function () {
  this.timeout(30_000);
  let platform: BlueprintPlatform;
  afterEach(() => platform.close());

  const agent = async (name: string): Promise<AgentDefinition> =>
    (await platform.runtime.definitions.get('agent', name)).definition as AgentDefinition;

  it('is listed, shown with what it asks, and installed as definitions with the answers in them', async () => {
    platform = await bootBlueprints({ desk: deskFiles() });
    const [listed] = await platform.blueprints.list();
    assert.deepEqual(
      [listed?.name, listed?.available?.version, listed?.installed],
      ['desk', '1.0.0', undefined],
    );
    const shown = await platform.blueprints.get('desk');
    assert.deepEqual(shown.problems, []);
    assert.deepEqual(shown.blueprint?.evaluations?.[0]?.name, 'sorts');

    const installed = await platform.blueprints.install({ name: 'desk', parameters: answers });
    assert.deepEqual(installed.parameters, { shop: 'Acme', limit: 50 });
    assert.deepEqual(installed.parts.map(({ part, name, edited }) => `${part} ${name} ${edited}`).sort(), [
      'agent refunds false',
      'agent triage false',
      'router front false',
      'workflow pay false',
    ]);
    assert.equal((await agent('triage')).instructions, 'You sort for Acme.');
    assert.equal((await agent('triage')).handoffs?.[0]?.when, 'output.size() > 50');
    assert.equal((await agent('refunds')).limits?.turns, 50);
    const { id } = await platform.runtime.start({ router: 'front', input: 'Hi' });
    assert.equal((await platform.runtime.wait(id)).output, 'heard: "Hi"');
    await assert.rejects(platform.blueprints.install({ name: 'desk', parameters: answers }), {
      code: 'AF_BLUEPRINT_INSTALLED',
    });
    assert.equal((await platform.blueprints.list())[0]?.upgrade, false);
  });

  it('is upgraded with a diff, and runs in flight go on with what they began with', async () => {
    platform = await bootBlueprints({ desk: deskFiles() });
    await platform.blueprints.install({ name: 'desk', parameters: answers });
    const { id, subject } = await platform.runtime.start({ workflow: 'pay', input: null });
    await platform.runtime.wait(id);

    const { 'routers/front.yaml': _gone, ...files } = deskFiles('1.1.0', {
      'agents/triage.yaml': otherTriage,
      'agents/clerk.yaml': { name: 'clerk', instructions: 'Be a clerk.', model: 'test/any' },
      'workflows/pay.yaml': {
        name: 'pay',
        version: '2.0.0',
        start: 'judge',
        nodes: [{ id: 'judge', type: 'agent', agent: 'clerk' }],
        edges: [],
      },
    });
    await platform.rewrite('desk', files);
    const { from, to, steps, problems } = await platform.blueprints.plan({ name: 'desk' });
    assert.deepEqual([from, to, problems], ['1.0.0', '1.1.0', []]);
    assert.deepEqual(
      steps.map(({ part, name, action }) => `${action} ${part} ${name}`),
      ['create agent clerk', 'change agent triage', 'change workflow pay', 'remove router front'],
    );
    assert.deepEqual(steps[1]?.changes, [
      { path: '/handoffs/0/when', before: 'output.size() > 50' },
      { path: '/instructions', before: 'You sort for Acme.', after: 'You sort in one word for Acme.' },
    ]);
    const upgraded = await platform.blueprints.upgrade({ name: 'desk' });
    assert.deepEqual([upgraded.version, upgraded.parameters], ['1.1.0', { shop: 'Acme', limit: 50 }]);
    await assert.rejects(platform.runtime.definitions.get('router', 'front'), { code: 'AF_ROUTER_UNKNOWN' });

    await platform.runtime.approve(id, { approvalId: 'ask', outcome: 'approved' });
    const run = await platform.runtime.wait(id);
    assert.deepEqual([run.status, run.subject], ['succeeded', subject]);
    assert.equal(run.output, 'heard: "up to 50"');
    assert.deepEqual((await platform.blueprints.plan({ name: 'desk' })).steps, []);
  });

  it('is upgraded with other answers', async () => {
    platform = await bootBlueprints({ desk: deskFiles() });
    await platform.blueprints.install({ name: 'desk', parameters: answers });
    await platform.blueprints.upgrade({ name: 'desk', parameters: { shop: 'Bolt' } });
    assert.equal((await agent('triage')).instructions, 'You sort for Bolt.');
  });

  it('finds what was changed here, and keeps or overwrites it as it is told', async () => {
    platform = await bootBlueprints({ desk: deskFiles() });
    await platform.blueprints.install({ name: 'desk', parameters: answers });
    const mine = { ...(await agent('triage')), instructions: 'Mine.' };
    await platform.runtime.definitions.put('agent', mine);
    const edited = async (): Promise<readonly string[]> =>
      ((await platform.blueprints.get('desk')).installation?.parts ?? [])
        .filter((part) => part.edited)
        .map(({ name }) => name);
    assert.deepEqual(await edited(), ['triage']);
    // The blueprint says nothing new of it: nothing is asked.
    await platform.blueprints.upgrade({ name: 'desk' });
    assert.equal((await agent('triage')).instructions, 'Mine.');

    await platform.rewrite('desk', deskFiles('1.1.0', { 'agents/triage.yaml': otherTriage }));
    await assert.rejects(platform.blueprints.upgrade({ name: 'desk' }), (error) => {
      assert.ok(isAgentFactoryError(error, 'AF_BLUEPRINT_EDITED'));
      assert.match(error.message, /agent triage/);
      return true;
    });
    await platform.blueprints.upgrade({ name: 'desk', edits: 'keep' });
    assert.equal((await agent('triage')).instructions, 'Mine.');
    assert.deepEqual(await edited(), ['triage']);
    const [step] = (await platform.blueprints.plan({ name: 'desk', edits: 'overwrite' })).steps;
    assert.deepEqual([step?.action, step?.edited], ['change', true]);
    await platform.blueprints.upgrade({ name: 'desk', edits: 'overwrite' });
    assert.equal((await agent('triage')).instructions, 'You sort in one word for Acme.');
    assert.deepEqual(await edited(), []);
  });

  it('is removed, but not from under those who name what it brought', async () => {
    platform = await bootBlueprints({ desk: deskFiles() });
    await platform.blueprints.install({ name: 'desk', parameters: answers });
    const { definitions } = platform.runtime;
    await definitions.put('agent', {
      name: 'boss',
      instructions: 'x',
      model: 'test/any',
      agents: ['triage'],
    });
    await assert.rejects(platform.blueprints.remove('desk'), (error) => {
      assert.ok(isAgentFactoryError(error, 'AF_BLUEPRINT_INVALID'));
      assert.match(error.message, /agent\/boss\/agents\/0: there is no agent "triage"/);
      return true;
    });
    await definitions.remove('agent', 'boss');
    await definitions.put('agent', { ...(await agent('refunds')), instructions: 'Mine.' });
    await assert.rejects(platform.blueprints.remove('desk'), { code: 'AF_BLUEPRINT_EDITED' });
    await platform.blueprints.remove('desk', { edits: 'keep' });
    assert.deepEqual(
      (await definitions.list('agent')).map(({ name }) => name),
      ['refunds'],
    );
    assert.deepEqual(await definitions.list('workflow'), []);
    await assert.rejects(platform.blueprints.remove('desk'), { code: 'AF_BLUEPRINT_NOT_INSTALLED' });
  });

  it('does not take names that are taken', async () => {
    platform = await bootBlueprints({
      desk: deskFiles(),
      twin: {
        ...deskFiles(),
        'package.json': {
          name: 'twin',
          version: '1.0.0',
          agentFactory: { id: 'twin', kernel: '*', kind: 'blueprint' },
        },
      },
    });
    await platform.runtime.definitions.put('agent', { name: 'triage', instructions: 'x', model: 'test/any' });
    const refusal = (name: string): Promise<string> =>
      platform.blueprints.install({ name, parameters: answers }).then(
        () => assert.fail('it was installed'),
        (error: Error) => error.message,
      );
    assert.match(
      await refusal('desk'),
      /agents\/triage\.yaml name: the agent "triage" is there already: one of your own/,
    );
    assert.equal((await agent('triage')).instructions, 'x');
    await platform.runtime.definitions.remove('agent', 'triage');
    await platform.blueprints.install({ name: 'desk', parameters: answers });
    assert.match(await refusal('twin'), /"pay" is there already: one that the blueprint "desk" brought/);
  });

  it('is another one for each tenant, and is unknown by another name', async () => {
    platform = await bootBlueprints({ desk: deskFiles() });
    await assert.rejects(platform.blueprints.get('dsek'), { code: 'AF_BLUEPRINT_UNKNOWN', status: 404 });
    await assert.rejects(platform.blueprints.upgrade({ name: 'desk' }), {
      code: 'AF_BLUEPRINT_NOT_INSTALLED',
    });
    const both = [1, 2, 3].map(() => platform.blueprints.install({ name: 'desk', parameters: answers }));
    const settled = await Promise.allSettled(both);
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
    for (const one of settled)
      if (one.status === 'rejected')
        assert.match(String(Object(one.reason).code), /^AF_BLUEPRINT_(BUSY|INSTALLED|INVALID)$/);
  });
});
