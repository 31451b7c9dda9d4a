import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, tempFolder } from './support/agent-factory.ts';
import { openMarket, type Market } from './support/market.ts';

describe('agent-factory plugin search', function () {
  this.timeout(60_000);
  let market: Market;
  let folder: string;

  before(async () => {
    folder = tempFolder();
    market = await openMarket(folder);
    writeFileSync(join(folder, 'agent-factory.config.json'), '{"plugins":[]}');
    const tool = { contributes: { tool: '1.0.0' } };
    await market.publish('dice', { ...tool, permissions: { net: 'Asks for luck.' } });
    await market.publish('cards', { ...tool, kernel: '^7.0.0' });
    await market.publish('rules', { kind: 'knowledge' });
  });
  after(async () => {
    await cleanUp();
    await market.registry.close();
  });

  const found = async (...args: string[]): Promise<string[]> => {
    const { code, stdout, stderr } = await af(folder, [
      'plugin',
      'search',
      '--registry',
      market.registry.url,
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
      market.registry.url,
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
