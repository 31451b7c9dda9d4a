import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, tempFolder } from './support/agent-factory.ts';
import { openMarket } from './support/market.ts';

describe('a plugin that not everybody may see', function () {
  this.timeout(120_000);
  afterEach(cleanUp);

  it('is installed with the token of npm login, or the one in the environment of its registry', async () => {
    const folder = tempFolder();
    const market = await openMarket(folder);
    const { url, port } = market.registry;
    try {
      await market.publish('dice', {});
      const restricted = await fetch(`${url}/-/package/@you%2fdice/access`, {
        method: 'POST',
        headers: { authorization: `Bearer ${market.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ access: 'restricted' }),
      });
      assert.equal(restricted.status, 200);
      const npmrc = join(folder, 'npmrc');
      writeFileSync(npmrc, `//localhost:${port}/:_authToken=${market.token}\n`);
      const none = { NPM_CONFIG_USERCONFIG: join(folder, 'none') };
      const add = (place: string, env: NodeJS.ProcessEnv): ReturnType<typeof af> => {
        mkdirSync(join(folder, place));
        writeFileSync(join(folder, place, 'agent-factory.config.json'), '{"plugins":[]}');
        const options = ['--registry', url, '--cooldown', '0', '--yes', '--isolation', 'trusted'];
        return af(join(folder, place), ['plugin', 'add', '@you/dice', ...options], env);
      };
      const stranger = await add('stranger', none);
      assert.equal(stranger.code, 1);
      assert.match(stranger.stderr, /AF_INSTALL_NOT_FOUND/);
      const mine = await add('mine', { NPM_CONFIG_USERCONFIG: npmrc });
      assert.equal(mine.code, 0, mine.stderr);
      const secret = { ...none, AF_REGISTRY__TOKEN: market.token };
      const named = await add('named', { ...secret, AF_REGISTRY: `${url}/` });
      assert.equal(named.code, 0, named.stderr);
      const other = await add('other', { ...secret, AF_REGISTRY: 'https://registry.example.com' });
      assert.match(other.stderr, /AF_INSTALL_NOT_FOUND/, 'a token is shown to its own registry alone');
    } finally {
      await market.registry.close();
    }
  });
});
