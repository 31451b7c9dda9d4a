import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publish } from '@agent-factory/plugin-install';
import { createAuthorKey, packFolder } from '@agent-factory/plugin-package';
import { openRegistry, type OpenRegistry } from '@agent-factory/registry-server';
import { af, cleanUp, tempFolder } from './support/agent-factory.ts';

const password = 'correct horse battery';

describe('agent-factory plugin search', function () {
  this.timeout(60_000);
  let registry: OpenRegistry;
  let folder: string;

  before(async () => {
    folder = tempFolder();
    const quiet = { info: () => {}, warn: () => {}, error: () => {} };
    registry = await openRegistry({ port: 0, dataDir: join(folder, 'registry'), log: quiet });
    writeFileSync(join(folder, 'agent-factory.config.json'), '{"plugins":[]}');
    const response = await fetch(`${registry.url}/-/user/org.couchdb.user:you`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'you', password, email: 'you@example.com', type: 'user', roles: [] }),
    });
    const { token } = (await response.json()) as { token: string };
    const key = createAuthorKey();
    const blocks = {
      dice: { kernel: '^0.1.0', contributes: { tool: '1.0.0' }, permissions: { net: 'Asks for luck.' } },
      cards: { kernel: '^7.0.0', contributes: { tool: '1.0.0' } },
      rules: { kernel: '^0.1.0', kind: 'knowledge' },
    };
    for (const [id, block] of Object.entries(blocks)) {
      const source = join(folder, id);
      mkdirSync(source);
      const json = { version: '1.0.0', type: 'module', license: 'MIT', description: 'A game.' };
      writeFileSync(
        join(source, 'package.json'),
        JSON.stringify({ ...json, name: `@you/${id}`, keywords: [id], agentFactory: { id, ...block } }),
      );
      writeFileSync(join(source, 'index.js'), 'export default {};\n');
      await publish(await packFolder(source, { key }), { registry: registry.url, token });
    }
  });
  after(async () => {
    await cleanUp();
    await registry.close();
  });

  const found = async (...args: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await af(folder, [
      'plugin',
      'search',
      '--registry',
      registry.url,
      '--json',
      ...args,
    ]);
    assert.equal(code, 0, stderr);
    const list = JSON.parse(stdout) as { name: string }[];
    return list.map(({ name }) => name.slice('@you/'.length)).toSorted();
  };

  it('narrows by what plugins are, with words or without', async () => {
    const cases: Record<string, string[]> = {
      game: ['cards', 'dice', 'rules'],
      'game --capability tool --kernel': ['dice'],
      '--kind knowledge --scope @you': ['rules'],
      '--category dice cards': ['cards', 'dice'],
    };
    for (const [args, names] of Object.entries(cases))
      assert.deepEqual(await found(...args.split(' ')), names, args);
  });

  it('says what was asked for when there is none, and what a facet may be', async () => {
    const none = await af(folder, [
      'plugin',
      'search',
      'game',
      '--registry',
      registry.url,
      '--permission',
      'files',
    ]);
    assert.equal(none.code, 0);
    assert.match(none.stdout, /has no plugin for "game", permission files\./);
    const wrong = await af(folder, ['plugin', 'search', '--kind', 'magic']);
    assert.equal(wrong.code, 2, wrong.stderr);
    assert.match(wrong.stderr, /code, blueprint, knowledge/);
  });
});
