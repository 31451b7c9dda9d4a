import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, launch, tempFolder } from './support/agent-factory.ts';
import { openMarket } from './support/market.ts';

const config = `name: careful
plugins:
  - "@agent-factory/plugin-isolation-process"
  - use: ./reader
    isolation: L1
grants: { reader: ["net:127.0.0.1:9", "net:example.com"] }
`;
const manifest = {
  name: 'reader',
  version: '1.0.0',
  type: 'module',
  main: 'index.js',
  agentFactory: { id: 'reader', kernel: '^0.1.0', permissions: { net: 'Reads pages.' } },
};

describe('permissions of an isolated plugin', function () {
  this.timeout(120_000);
  afterEach(cleanUp);

  it('are shown with what it used and was refused, and can be taken away while it runs', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'agent-factory.config.yaml'), config);
    mkdirSync(join(folder, 'reader'));
    writeFileSync(join(folder, 'reader/package.json'), JSON.stringify(manifest));
    const asks = ['http://127.0.0.1:9/', 'http://elsewhere.example/']
      .map((url) => `await fetch('${url}').catch(() => {});`)
      .join(' ');
    writeFileSync(join(folder, 'reader/index.js'), `export default { async setup() { ${asks} } };`);
    const platform = launch(folder, ['start']);
    await platform.until(/Ctrl-C stops it/);
    const shown = async (): Promise<string> => (await af(folder, ['plugin', 'explain', 'reader'])).stdout;
    const before = await shown();
    assert.match(before, / {2}isolated at L\d: its process runs/);
    assert.match(before, / {2}may net:127\.0\.0\.1:9: used\n/);
    assert.match(before, / {2}may net:example\.com: not used since it was started\n/);
    assert.match(before, / {2}was refused to reach elsewhere\.example with GET/);

    const revoked = await af(folder, ['plugin', 'revoke', 'reader', 'net:example.com']);
    assert.equal(revoked.code, 0, revoked.stderr);
    assert.match(revoked.stdout, /reader may not use net:example\.com any more/);
    assert.match(revoked.stderr, /Take it out of "grants" in the configuration too/);
    assert.doesNotMatch(await shown(), /net:example\.com/);

    const refused = await af(folder, ['plugin', 'revoke', 'reader', 'net:example.com']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /AF_CLI_NOT_GRANTED/);
    platform.child.kill('SIGTERM');
    assert.equal((await platform.ended).code, 0);
  });

  it('are said to come again where the configuration grants them, and are none of a plugin inside the platform', async () => {
    const folder = tempFolder();
    const market = await openMarket(folder);
    try {
      const isolates = '"@agent-factory/plugin-isolation-process"';
      writeFileSync(
        join(folder, 'agent-factory.config.yaml'),
        `plugins: [${isolates}]\ngrants: { dice: [net] }\n`,
      );
      await market.publish('dice', { permissions: { net: 'Asks for luck.' } });
      const add = async (level: string): Promise<void> => {
        const options = ['--registry', market.registry.url, '--cooldown', '0', '--isolation', level];
        const { code, stderr } = await af(folder, [
          'plugin',
          'add',
          '@you/dice',
          '--grant',
          'net',
          ...options,
        ]);
        assert.equal(code, 0, stderr);
      };
      await add('trusted');
      const refused = await af(folder, ['plugin', 'revoke', '@you/dice', 'net']);
      assert.equal(refused.code, 1);
      assert.match(
        refused.stderr,
        /nothing keeps it from "net"; nothing was changed[^]*AF_CLI_REVOKE_TRUSTED/,
      );
      await add('L1');
      const revoked = await af(folder, ['plugin', 'revoke', 'dice', 'net']);
      assert.equal(revoked.code, 0, revoked.stderr);
      assert.match(revoked.stderr, /Take it out of "grants" in the configuration too/);
    } finally {
      await market.registry.close();
    }
  });
});
