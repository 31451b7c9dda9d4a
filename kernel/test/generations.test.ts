import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { createKernel } from '@agent-factory/kernel';
import { defineCollection, defineHook } from '@agent-factory/sdk';
import { Greeter, greeter } from './greeter.ts';
import { configOf, memoryPlugin, suiteKernels } from './memory-kernel.ts';

const Word = defineCollection<string>({ id: 'word', version: '1.0.0', description: 'Words.' });

describe('generations', () => {
  const { kernelOf } = suiteKernels();

  it('activates providers before their users, whatever the order in the configuration', async () => {
    const seen: string[] = [];
    const user = memoryPlugin(
      'user',
      async (ctx) => {
        seen.push(
          await ctx
            .use(Greeter)
            .greet()
            .catch(() => 'too early'),
        );
      },
      { requires: { greeter: '^1.0.0' } },
    );
    const { kernel } = kernelOf([user, greeter(seen)]);
    const plan = await kernel.start();
    assert.deepEqual(
      plan.start.map(({ plugin }) => plugin),
      ['greeter', 'user'],
    );
    assert.equal(seen[0], 'up you');
    assert.equal(await kernel.use(Greeter).greet(), 'hello you');
  });

  it('gathers contributions in activation order, and none at all', async () => {
    const reader = memoryPlugin('reader', (ctx) => void ctx.all(Word), { collects: { word: '^1.0.0' } });
    const alone = kernelOf([reader]);
    await alone.kernel.start();
    assert.deepEqual(alone.kernel.all(Word), []);
    const word = (id: string) =>
      memoryPlugin(id, (ctx) => ctx.contribute(Word, id), { contributes: { word: '1.0.0' } });
    const { kernel } = kernelOf([word('b'), reader, word('a')]);
    await kernel.start();
    assert.deepEqual(kernel.all(Word), [
      { plugin: 'a', value: 'a' },
      { plugin: 'b', value: 'b' },
    ]);
  });

  it('lets taps of a plugin that is left out wait, and refuses those of one that nobody knows', async () => {
    const onKnock = defineHook<string, void, 'series'>({ id: 'door.onKnock', kind: 'series' });
    const heard: string[] = [];
    const door = memoryPlugin(
      'door',
      (ctx) => {
        const knock = ctx.hook(onKnock);
        ctx.serve(() => void knock('knock'));
      },
      { hooks: { defines: ['door.onKnock'] } },
    );
    const ear = memoryPlugin('ear', (ctx) => ctx.tap(onKnock, (sound) => void heard.push(sound)), {
      hooks: { taps: ['door.onKnock'] },
    });
    await kernelOf([door, ear]).kernel.start();
    assert.deepEqual(heard, ['knock']);
    const without = kernelOf([door, ear], { except: ['door'] });
    await without.kernel.start();
    assert.deepEqual(
      without.kernel.inspect().plugins.map(({ id, state }) => [id, state]),
      [['ear', 'active']],
    );
    await assert.rejects(kernelOf([ear]).kernel.start(), { code: 'AF_HOOK_UNKNOWN' });
  });

  it('changes nothing when the configuration says the same', async () => {
    const log: string[] = [];
    const { kernel } = kernelOf([greeter(log)]);
    const first = await kernel.start();
    const again = await kernel.apply();
    assert.equal(again.generation, first.generation);
    assert.deepEqual(again.keep, [{ plugin: 'greeter', version: '1.0.0', why: 'unchanged' }]);
    assert.deepEqual(log, ['up you']);
  });

  it('restarts what changed and what stands on it, and carries the rest over with its state', async () => {
    const log: string[] = [];
    const counter = memoryPlugin('counter', (ctx) => {
      log.push('counter up');
      ctx.own(() => void log.push('counter down'));
    });
    const user = memoryPlugin('user', (ctx) => void ctx.use(Greeter), { requires: { greeter: '^1.0.0' } });
    const { kernel } = kernelOf([greeter(log), counter, user]);
    await kernel.start();
    const next = configOf([{ use: 'greeter', config: { name: 'all' } }, 'counter', 'user']);
    const plan = await kernel.apply(next);
    assert.deepEqual(
      plan.keep.map(({ plugin }) => plugin),
      ['counter'],
    );
    assert.deepEqual(plan.start, [
      { plugin: 'greeter', version: '1.0.0', why: 'its configuration changed' },
      { plugin: 'user', version: '1.0.0', why: 'it depends on greeter, which changes' },
    ]);
    assert.equal(await kernel.use(Greeter).greet(), 'hello all');
    await kernel.close();
    assert.equal(log.filter((line) => line === 'counter up').length, 1);
    assert.deepEqual(
      log.filter((line) => line.startsWith('down')),
      ['down you', 'down all'],
    );
  });

  it('restarts a plugin when the content that its settings point at has changed', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agent-factory-content-'));
    const reader = memoryPlugin('reader', () => {}, {
      config: { type: 'object', properties: { folder: { type: 'string', path: true, reload: true } } },
    });
    const { kernel } = kernelOf([reader], { config: configOf([{ use: 'reader', config: { folder } }]) });
    await kernel.start();
    assert.deepEqual((await kernel.apply()).start, []);
    writeFileSync(join(folder, 'new.yaml'), 'name: new');
    assert.deepEqual(
      (await kernel.apply()).start.map(({ plugin }) => plugin),
      ['reader'],
    );
    assert.deepEqual((await kernel.apply()).start, []);
    assert.ok(kernel.sources().watched.includes(folder));
    rmSync(folder, { recursive: true });
  });

  it('goes back to the configuration before', async () => {
    const { kernel } = kernelOf([greeter()]);
    const first = await kernel.start();
    await assert.rejects(kernel.rollback(), { code: 'AF_SWAP_FAILED' });
    await kernel.apply(configOf([{ use: 'greeter', config: { name: 'b' } }]));
    const back = await kernel.rollback();
    assert.equal(back.generation, first.generation);
    assert.equal(await kernel.use(Greeter).greet(), 'hello you');
  });

  it('applies one change at a time, each on what the one before left', async () => {
    const { kernel } = kernelOf([greeter()]);
    await kernel.start();
    const names = ['b', 'c', 'd'];
    const plans = await Promise.all(
      names.map((name) => kernel.apply(configOf([{ use: 'greeter', config: { name } }]))),
    );
    assert.equal(await kernel.use(Greeter).greet(), 'hello d');
    assert.equal(new Set(plans.map(({ generation }) => generation)).size, 3);
  });

  it('opens a shared resource once and closes it with its last holder', async () => {
    const log: string[] = [];
    const pool = memoryPlugin(
      'pool',
      async (ctx) => {
        const value = await ctx.resource(
          'pool:a',
          () => ({ n: log.push('open') }),
          () => void log.push('close'),
        );
        assert.equal(value.n, 1);
      },
      { config: { type: 'object', properties: { n: { type: 'integer', default: 0 } } } },
    );
    const { kernel } = kernelOf([pool]);
    await kernel.start();
    for (const n of [1, 2, 3]) await kernel.apply(configOf([{ use: 'pool', config: { n } }]));
    assert.deepEqual(log, ['open']);
    await kernel.close();
    assert.deepEqual(log, ['open', 'close']);
  });

  it('gives the same generation id on two machines with the same configuration, whatever their secrets', async () => {
    const keyed = memoryPlugin('keyed', () => {}, {
      config: { type: 'object', properties: { key: { type: 'string', secret: true } } },
    });
    const ids = [];
    for (const KEY of ['one-secret', 'other-secret']) {
      const config = configOf([{ use: 'keyed', config: { key: '${env:KEY}' } }]);
      const { kernel } = kernelOf([keyed], { config, env: { KEY } });
      ids.push((await kernel.start()).generation);
    }
    assert.equal(ids[0], ids[1]);
  });

  it('refuses work once closed, and closes twice without harm', async () => {
    const { kernel } = kernelOf([greeter()]);
    await kernel.start();
    await Promise.all([kernel.close(), kernel.close()]);
    assert.throws(() => kernel.lease(), { code: 'AF_KERNEL_CLOSED' });
    await assert.rejects(kernel.apply(), { code: 'AF_KERNEL_CLOSED' });
  });

  it('adds to the configuration each time it is read, and says why a plugin is left out', async () => {
    let asked = 0;
    const spares = ['spare', 'other'].map((id) => memoryPlugin(id, () => {}));
    const { kernel } = kernelOf([greeter(), ...spares], {
      config: configOf(['greeter', { use: 'other', enabled: false }]),
      amend: (config, dataDir) => {
        assert.ok(isAbsolute(dataDir));
        asked += 1;
        const reason = 'it was blocked';
        return { ...config, plugins: [...config.plugins, { use: 'spare', enabled: asked > 1, reason }] };
      },
    });
    await kernel.start();
    const stateOf = (id: string): string[] =>
      kernel.inspect().plugins.flatMap((plugin) => (plugin.id === id ? [plugin.state, plugin.why] : []));
    assert.deepEqual(stateOf('spare'), ['inactive', 'it was blocked']);
    assert.match(stateOf('other').join(), /inactive,its entry in the configuration says/);
    await kernel.apply();
    assert.equal(stateOf('spare')[0], 'active');
  });

  it('needs no configuration file to exist for an object, and says so when a file is wanted', async () => {
    const kernel = createKernel({ configFile: 'nowhere.yaml', baseDir: import.meta.dirname });
    await assert.rejects(kernel.start(), { code: 'AF_CONFIG_UNREADABLE' });
    await kernel.close();
  });
});
