import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readInstalled } from '@agent-factory/plugin-install';
import { af, cleanUp, tempFolder } from './support/agent-factory.ts';
import { openMarket } from './support/market.ts';

describe('plugins from a registry, on a platform that isolates nothing', function () {
  this.timeout(120_000);
  afterEach(cleanUp);

  it('are refused with that one reason, however many they are, and with others where there are others', async () => {
    const folder = tempFolder();
    const market = await openMarket(folder);
    try {
      writeFileSync(join(folder, 'agent-factory.config.json'), '{"plugins":[]}');
      await market.publish('dice', {});
      await market.publish('cards', {});
      await market.publish('maps', { requires: { storage: '^1.0.0' } });
      const options = ['--registry', market.registry.url, '--cooldown', '0', '--yes'];
      const refused = await af(folder, ['plugin', 'add', '@you/dice', '@you/cards', ...options]);
      assert.equal(refused.code, 1);
      assert.match(
        refused.stderr,
        /has no plugin that does that; nothing was installed\.[^]*AF_CLI_NO_ISOLATION/,
      );
      assert.doesNotMatch(refused.stderr, /Problem/);
      const both = await af(folder, ['plugin', 'add', '@you/dice', '@you/maps', ...options]);
      assert.match(both.stderr, /AF_RESOLVE_FAILED/);
      assert.deepEqual(readInstalled(join(folder, '.agent-factory')).plugins, {});
    } finally {
      await market.registry.close();
    }
  });
});
