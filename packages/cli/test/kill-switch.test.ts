import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { waitFor } from '@agent-factory/sdk/testing';
import { watchBlocks } from '../src/block-watch.ts';
import { af, cleanUp, launch, tempFolder, type Command } from './support/agent-factory.ts';
import { openMarket, type Market } from './support/market.ts';

/** Says in a file that it runs, and that it was stopped. */
const code = (id: string): string => `import { appendFileSync } from 'node:fs';
const say = (what) => appendFileSync(process.env.AF_TEST_RAN, \`${id} \${what}\\n\`);
export default { setup(ctx) { say('began'); ctx.own(() => say('ended')); } };
`;

describe('a plugin that its registry blocks', function () {
  this.timeout(120_000);
  let market: Market;
  let folder: string;
  let ran: string;

  before(async () => {
    folder = tempFolder();
    ran = join(folder, 'ran.txt');
    market = await openMarket(folder);
    writeFileSync(join(folder, 'agent-factory.config.json'), '{"plugins":[]}');
    for (const id of ['dice', 'cards', 'coins']) await market.publish(id, {}, { code: code(id) });
    const options = ['--registry', market.registry.url, '--cooldown', '0', '--yes', '--isolation', 'trusted'];
    const added = await af(folder, ['plugin', 'add', '@you/dice', '@you/cards', '@you/coins', ...options]);
    assert.equal(added.code, 0, added.stderr);
  });
  after(async () => {
    await cleanUp();
    await market.registry.close();
  });

  const start = (): Command => launch(folder, ['start', '--check-blocks', '1s'], { AF_TEST_RAN: ran });
  const said = (): string[] => (existsSync(ran) ? readFileSync(ran, 'utf8').trim().split('\n') : []);
  const states = async (): Promise<Record<string, string>> => {
    const { stdout } = await af(folder, ['plugin', 'list', '--json']);
    const list = JSON.parse(stdout) as { id: string; state: string }[];
    return Object.fromEntries(list.map(({ id, state }) => [id, state]));
  };

  it('is stopped in each process of a platform, whichever of them writes it down', async () => {
    const told = new Set<string>();
    const watches = await Promise.all(
      ['api', 'worker'].map(async (role) => {
        const watch = await watchBlocks(join(folder, '.agent-factory'), 1_000);
        watch.serve(async () => told.add(role));
        return watch;
      }),
    );
    try {
      await market.block('@you/coins', 'It is loaded.');
      await waitFor('both', () => told.size === 2, 60_000);
    } finally {
      for (const watch of watches) watch.close();
    }
  });

  it('is asked for as rarely as one likes', async () => {
    const warnings: string[] = [];
    const note = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', note);
    (await watchBlocks(join(folder, '.agent-factory'), 30 * 86_400_000)).close();
    await new Promise((next) => setImmediate(next));
    process.off('warning', note);
    assert.ok(!warnings.includes('TimeoutOverflowWarning'));
  });

  it('is not asked for all the time, nor never', async () => {
    const { code, stderr } = await af(folder, ['start', '--check-blocks', '0']);
    assert.equal(code, 1);
    assert.match(stderr, /"0" is no time for --check-blocks\.[^]*at least 1s[^]*AF_CLI_DURATION_INVALID/);
  });

  it('is stopped on a platform that runs it, while the others go on', async () => {
    const platform = start();
    await platform.until(/Ctrl-C stops it/);
    assert.deepEqual(said().toSorted(), ['cards began', 'dice began']);
    await market.block('@you/dice', 'It steals.');
    await platform.until(/✗ dice is stopped: it is blocked: It steals\./);
    await waitFor('the end of dice', () => said().includes('dice ended'));
    assert.ok(!said().includes('cards ended'));
    const { dice, cards } = await states();
    assert.deepEqual([dice, cards], ['inactive', 'active']);
    platform.child.kill('SIGTERM');
    assert.equal((await platform.ended).code, 0);
  });

  it('is not started at all where it was blocked while the platform was down', async () => {
    writeFileSync(ran, '');
    await market.block('@you/cards', 'It cheats.');
    const platform = start();
    await platform.until(/Ctrl-C stops it/);
    assert.match(platform.text(), /✗ cards is stopped: it is blocked: It cheats\./);
    assert.deepEqual(said(), ['']);
    const { dice, cards } = await states();
    assert.deepEqual([dice, cards], ['inactive', 'inactive']);
    platform.child.kill('SIGTERM');
    assert.equal((await platform.ended).code, 0);
  });

  it('stays stopped when its registry is gone, and cannot be installed again', async () => {
    const { url } = market.registry;
    const options = ['--registry', url, '--cooldown', '0', '--yes', '--isolation', 'trusted'];
    const again = await af(folder, ['plugin', 'add', '@you/cards', ...options]);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /AF_INSTALL_(NOT_FOUND|NO_VERSION)/);
    await market.registry.close();
    const platform = start();
    await platform.until(/Ctrl-C stops it/);
    assert.deepEqual(said(), ['']);
    platform.child.kill('SIGTERM');
    assert.equal((await platform.ended).code, 0);
  });
});
