import assert from 'node:assert/strict';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { defaultTenant, TenantStorage, ToolRegistry } from '@agent-factory/sdk/contracts';
import {
  bootBlueprints,
  deskFiles,
  pluginFolder,
  type BlueprintPlatform,
  type Files,
} from './support/boot-blueprints.ts';

const lookUp = (host: string): object => ({
  name: 'look_up',
  kind: 'http',
  spec: { description: 'Looks up an order.', url: `https://\${param:shop}.${host}/orders` },
});

const withTool = (version = '1.0.0', host = 'example.org', changed: Files = {}): Files =>
  deskFiles(version, {
    'tools/look-up.yaml': lookUp(host),
    'agents/refunds.yaml': { name: 'refunds', instructions: 'x', model: 'test/any', tools: ['look_up'] },
    ...changed,
  });
const parameters = { shop: 'acme' };

describe('the tools of a blueprint', function () {
  this.timeout(30_000);
  let platform: BlueprintPlatform;
  afterEach(() => platform.close());
  const boot = async (files: Files): Promise<void> => {
    platform = await bootBlueprints({ desk: files }, [
      pluginFolder('tools-openapi'),
      pluginFolder('tools-registry'),
    ]);
  };
  const tools = () => platform.kernel.use(ToolRegistry).tenant(defaultTenant);

  it('are registered before the agents that name them, changed, and removed', async () => {
    await boot(withTool());
    assert.deepEqual(await platform.blueprints.validate({ name: 'desk' }, parameters), []);
    await platform.blueprints.install({ name: 'desk', parameters });
    assert.equal((await tools().get('look_up'))?.spec['url'], 'https://acme.example.org/orders');
    assert.equal((await tools().get('look_up'))?.createdBy, 'blueprint desk');
    assert.deepEqual((await platform.blueprints.plan({ name: 'desk' })).steps, []);

    await platform.rewrite('desk', withTool('1.1.0', 'example.net'));
    const [step] = (await platform.blueprints.plan({ name: 'desk' })).steps;
    assert.deepEqual([step?.part, step?.action, step?.changes[0]?.path], ['tool', 'change', '/spec/url']);
    await platform.blueprints.upgrade({ name: 'desk' });
    assert.equal((await tools().get('look_up'))?.version, 2);
    await platform.blueprints.remove('desk');
    assert.equal(await tools().get('look_up'), undefined);
  });

  it('are given back when the definitions cannot be had', async () => {
    const bad = { name: 'bad', instructions: 'x', model: 'test/any', tools: ['look_up_more'] };
    await boot(withTool('1.0.0', 'example.org', { 'agents/bad.yaml': bad }));
    // What a registration will offer is not known before; that it does not offer this is found out then.
    assert.deepEqual(await platform.blueprints.validate({ name: 'desk' }, parameters), []);
    await assert.rejects(platform.blueprints.install({ name: 'desk', parameters }), (error) => {
      assert.ok(isAgentFactoryError(error, 'AF_BLUEPRINT_INVALID'));
      assert.match(
        error.message,
        /agents\/bad\.yaml tools\/0: no active plugin offers the tool "look_up_more"/,
      );
      return true;
    });
    assert.equal(await tools().get('look_up'), undefined);
    assert.equal((await platform.blueprints.get('desk')).installation, undefined);
    assert.deepEqual(await platform.runtime.definitions.list('agent'), []);
  });

  /** Has the registry remove no tools, as when the disk is full, until `mend` is called. */
  const breakTools = async (): Promise<{ mend: () => Promise<unknown> }> => {
    const table = 'af_tools_registry_registrations WHEN NEW.removed > OLD.removed';
    const storage = await platform.kernel.use(TenantStorage).tenant(defaultTenant);
    await storage.execute(
      `CREATE TRIGGER broken BEFORE UPDATE ON ${table} BEGIN SELECT RAISE(ABORT, 'the disk is full'); END`,
    );
    return { mend: () => storage.execute('DROP TRIGGER broken') };
  };

  it('that could not be given back do not stand in the way of doing it again', async () => {
    const bad = { name: 'bad', instructions: 'x', model: 'test/any', tools: ['look_up_more'] };
    await boot(withTool('1.0.0', 'example.org', { 'agents/bad.yaml': bad }));
    const { mend } = await breakTools();
    // What is told is what went wrong first.
    await assert.rejects(platform.blueprints.install({ name: 'desk', parameters }), {
      code: 'AF_BLUEPRINT_INVALID',
    });
    await mend();
    assert.ok(await tools().get('look_up'));
    assert.equal((await platform.blueprints.get('desk')).installation?.state, 'changing');
    await platform.rewrite('desk', withTool());
    const done = await platform.blueprints.install({ name: 'desk', parameters });
    assert.deepEqual([done.state, done.parts.some(({ edited }) => edited)], ['installed', false]);
  });

  it('that could not be removed are, by upgrading again', async () => {
    await boot(withTool());
    await platform.blueprints.install({ name: 'desk', parameters });
    const triage = { name: 'triage', instructions: 'Otherwise.', model: 'test/any' };
    await platform.rewrite('desk', deskFiles('1.1.0', { 'agents/triage.yaml': triage }));
    const { mend } = await breakTools();
    await assert.rejects(platform.blueprints.upgrade({ name: 'desk' }), /the disk is full/);
    await mend();
    const done = await platform.blueprints.upgrade({ name: 'desk' });
    assert.deepEqual([done.state, done.version], ['installed', '1.1.0']);
    assert.equal(await tools().get('look_up'), undefined);
    assert.ok(done.parts.every(({ edited }) => !edited));
  });

  it('that could not be removed with the blueprint are, and it can be installed again', async () => {
    await boot(withTool());
    await platform.blueprints.install({ name: 'desk', parameters });
    const { mend } = await breakTools();
    await assert.rejects(platform.blueprints.remove('desk'), /the disk is full/);
    await mend();
    const done = await platform.blueprints.install({ name: 'desk', parameters });
    assert.equal(done.state, 'installed');
    assert.equal((await platform.runtime.definitions.list('agent')).length, 2);
    await platform.blueprints.remove('desk');
    assert.equal(await tools().get('look_up'), undefined);
  });

  it('that make no tools are refused as they would be alone', async () => {
    await boot(
      withTool('1.0.0', 'example.org', { 'tools/look-up.yaml': { name: 'look_up', kind: 'soap', spec: {} } }),
    );
    await assert.rejects(
      platform.blueprints.install({ name: 'desk', parameters }),
      /tools\/look-up\.yaml: .*"soap"/,
    );
  });

  it('are missed when no plugin registers tools', async () => {
    platform = await bootBlueprints({ desk: withTool() });
    const [problem] = await platform.blueprints.validate({ name: 'desk' }, parameters);
    assert.deepEqual(
      [problem?.file, problem?.message],
      ['tools/look-up.yaml', 'no active plugin registers tools'],
    );
  });

  it('are brought by doing it again when the platform died in between', async () => {
    await boot(withTool());
    await platform.blueprints.install({ name: 'desk', parameters });
    // As after a kill between the tools and the definitions of an upgrade: the row says that it began.
    await platform.rewrite('desk', withTool('1.1.0', 'example.net'));
    const storage = await platform.kernel.use(TenantStorage).tenant(defaultTenant);
    const [row] = await storage.query<{ parts: string }>('SELECT parts FROM af_blueprints_installs');
    const parts = (JSON.parse(row?.parts ?? '[]') as { part: string; kept: string | null }[]).map((one) =>
      one.part === 'tool' ? { ...one, kept: null } : one,
    );
    await storage.execute("UPDATE af_blueprints_installs SET state = 'changing', parts = ?", [
      JSON.stringify(parts),
    ]);
    const { signal } = new AbortController();
    const spec = { description: 'Looks up an order.', url: 'https://acme.example.net/orders' };
    await tools().register({ name: 'look_up', kind: 'http', spec, signal });

    assert.equal((await platform.blueprints.get('desk')).installation?.state, 'changing');
    const done = await platform.blueprints.upgrade({ name: 'desk' });
    assert.deepEqual([done.state, done.version], ['installed', '1.1.0']);
    assert.ok(done.parts.every(({ edited }) => !edited));
  });
});
