import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, tempFolder } from './support/agent-factory.ts';

describe('agent-factory plugin test', function () {
  this.timeout(60_000);
  afterEach(cleanUp);

  it('leaves no folder behind when the plugin does not start', async () => {
    const folder = tempFolder();
    const temporary = join(folder, 'temporary');
    for (const one of ['temporary', 'broken']) mkdirSync(join(folder, one));
    const agentFactory = { id: 'broken', kernel: '^0.1.0', isolation: 'trusted-only' };
    const json = { name: 'broken', version: '1.0.0', type: 'module', main: 'index.js', agentFactory };
    writeFileSync(join(folder, 'broken/package.json'), JSON.stringify(json));
    writeFileSync(
      join(folder, 'broken/index.js'),
      'export default { setup() { throw new Error("not today"); } };',
    );
    const { code, stdout } = await af(folder, ['plugin', 'test', 'broken'], { TMPDIR: temporary });
    assert.equal(code, 1, stdout);
    assert.match(stdout, /✗ it starts in the platform's process/);
    assert.deepEqual(
      readdirSync(temporary).filter((name) => name.startsWith('agent-factory-desk-')),
      [],
    );
  });
});
