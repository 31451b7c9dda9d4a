import assert from 'node:assert/strict';
import { AgentRuntime, Blueprints, TenantStorage } from '@agent-factory/sdk/contracts';
import { rollBack } from '@agent-factory/sdk/testing';
import { freshPostgres } from '@agent-factory/test-servers';
import {
  bootBlueprints,
  deskFiles,
  pluginFolder,
  type BlueprintPlatform,
} from './support/boot-blueprints.ts';

describe('blueprints on PostgreSQL', function () {
  this.timeout(60_000);
  let platform: BlueprintPlatform;
  let closePostgres: () => Promise<void>;
  before(async () => {
    const { url, close } = await freshPostgres();
    closePostgres = close;
    platform = await bootBlueprints({ desk: deskFiles() }, [], {
      use: pluginFolder('storage-postgres'),
      config: { url },
    });
  });
  after(async () => {
    await platform?.close();
    await closePostgres?.();
  });

  it('are another for each tenant, are upgraded and removed, and of many at once one is installed', async () => {
    const { kernel } = platform;
    for (const tenant of ['one', 'two']) await kernel.use(TenantStorage).create(tenant);
    const one = kernel.use(Blueprints).tenant('one');
    const two = kernel.use(Blueprints).tenant('two');
    const attempts = [1, 2, 3, 4].map((limit) =>
      one.install({ name: 'desk', parameters: { shop: 'One', limit } }),
    );
    const settled = await Promise.allSettled(attempts);
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 1);
    await two.install({ name: 'desk', parameters: { shop: 'Two' } });
    for (const [tenant, shop] of [
      ['one', 'One'],
      ['two', 'Two'],
    ] as const) {
      const kept = await kernel.use(AgentRuntime).tenant(tenant).definitions.get('agent', 'triage');
      assert.equal(Object(kept.definition)['instructions'], `You sort for ${shop}.`);
    }
    await two.upgrade({ name: 'desk', parameters: { shop: 'Three' } });
    await two.remove('desk');
    assert.equal((await two.list())[0]?.installed, undefined);
    assert.equal((await one.list())[0]?.installed?.version, '1.0.0');
  });

  it('have a way down for their tables', async () => {
    assert.deepEqual(await rollBack(platform.kernel, 'blueprints', 'tenant'), ['create-installs']);
  });
});
