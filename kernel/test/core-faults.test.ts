import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createKernel } from '@agent-factory/kernel';
import { defineContract, defineHook, type InMemoryPlugin, type PluginContext } from '@agent-factory/sdk';
import { configOf, memoryPlugin, suiteKernels } from './memory-kernel.ts';

const settings = { config: { type: 'object', properties: { n: { type: 'integer', default: 0 } } } };

describe('kernel under faults', () => {
  const { kernelOf, open } = suiteKernels();
  const plain = (id = 'plain') => memoryPlugin(id, () => {}, settings);
  const step = (n: number, rest: object = {}) => configOf([{ use: 'plain', config: { n } }], rest);

  it('leaves no guard behind when it is started after its end', async () => {
    const exit = process.exit;
    const { kernel } = kernelOf([plain()]);
    await kernel.close();
    await assert.rejects(kernel.start(), { code: 'AF_KERNEL_CLOSED' });
    assert.equal(process.exit, exit);
  });

  it('finishes the change in hand when it is closed, and refuses those that wait', async () => {
    const ended: string[] = [];
    const slow = memoryPlugin('slow', async (ctx) => {
      ctx.own(() => void ended.push('slow'));
      await wait(5);
    });
    const { kernel } = kernelOf([plain(), slow], { config: configOf(['plain']) });
    await kernel.start();
    const inHand = kernel.apply(configOf(['slow']));
    await wait(1);
    const waiting = kernel.apply(configOf(['plain']));
    const closed = kernel.close();
    await assert.rejects(waiting, { code: 'AF_KERNEL_CLOSED' });
    await inHand;
    await closed;
    assert.deepEqual(ended, ['slow']);
  });

  it('goes back to what served before the change it waited for, and forth again', async () => {
    const { kernel } = kernelOf([plain()]);
    const zero = await kernel.start();
    const [one, back] = await Promise.all([kernel.apply(step(1)), kernel.rollback()]);
    assert.equal(back.generation, zero.generation);
    await kernel.apply(step(0));
    assert.equal(
      (await kernel.rollback()).generation,
      one.generation,
      'an apply that changes nothing does not count',
    );
  });

  it('goes back with the file and folder the configuration came from', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agent-factory-rollback-'));
    const home = join(folder, 'sub');
    const write = (...plugins: string[]): void =>
      writeFileSync(join(home, 'agent-factory.config.json'), JSON.stringify({ plugins }));
    mkdirSync(home);
    for (const id of ['a', 'b']) writePlugin(join(home, id), id, 'export default { setup() {} };');
    write('./a');
    const kernel = createKernel({
      configFile: 'sub/agent-factory.config.json',
      baseDir: folder,
      env: {},
      writeLog: () => {},
    });
    open.push(kernel);
    const first = await kernel.start();
    write('./a', './b');
    await kernel.apply();
    assert.equal((await kernel.rollback()).generation, first.generation);
    assert.equal(kernel.sources().configFile, join(home, 'agent-factory.config.json'));
    rmSync(folder, { recursive: true });
  });

  it('follows a change of settings that starts and stops nothing', async () => {
    const { kernel, logged } = kernelOf([
      memoryPlugin('plain', (ctx) => void globalLog.push(ctx.log), settings),
    ]);
    const globalLog: PluginContext['log'][] = [];
    await kernel.start();
    await kernel.apply(configOf(['plain'], { log: { level: 'debug', format: 'json' } }));
    globalLog[0]?.debug('heard');
    assert.match(logged.join(), /heard/);
    const granted = await kernel.apply(configOf(['plain'], { grants: { plain: ['net'] } }));
    assert.equal(kernel.inspect().generation, granted.generation);
  });

  it('hands out plans without secrets, and hides those of plugins that came later', async () => {
    const keyed = memoryPlugin('keyed', (ctx) => ctx.log.warn('my key is sesame-1234'), {
      config: { type: 'object', properties: { key: { type: 'string', secret: true } } },
    });
    const { kernel, logged } = kernelOf([plain(), keyed], { config: configOf(['plain']) });
    await kernel.start();
    const config = configOf(['plain', { use: 'keyed', config: { key: 'sesame-1234' } }]);
    const plans = [await kernel.plan(config), await kernel.apply(config)];
    const shown = JSON.stringify([plans, kernel.inspect(), kernel.sources(), logged]);
    assert.doesNotMatch(shown, /sesame/);
    assert.match(logged.join(), /my key is \[redacted\]/);
  });

  it('ends exclusive users before their providers', async () => {
    const log: string[] = [];
    const Bell = defineContract<object>({ id: 'bell', version: '1.0.0', description: 'Rings.' });
    const serving = (id: string, uses: boolean): InMemoryPlugin =>
      memoryPlugin(
        id,
        (ctx) => {
          if (uses) ctx.use(Bell);
          else ctx.provide(Bell, {});
          ctx.serve(() => () => void log.push(id));
        },
        {
          ...settings,
          handover: 'exclusive',
          ...(uses ? { requires: { bell: '*' } } : { provides: { bell: '1.0.0' } }),
        },
      );
    const { kernel } = kernelOf([serving('low', false), serving('high', true)]);
    await kernel.start();
    await kernel.apply(configOf([{ use: 'low', config: { n: 1 } }, 'high']));
    assert.deepEqual(log, ['high', 'low']);
  });

  it('reaches its own new taps from what it starts at the swap', async () => {
    const asked: string[] = [];
    const onAsk = defineHook<string, string, 'waterfall'>({ id: 'asker.on', kind: 'waterfall' });
    const asker = memoryPlugin(
      'asker',
      (ctx) => {
        const ask = ctx.hook(onAsk);
        ctx.serve(async () => void asked.push(await ask('x')));
      },
      { ...settings, hooks: { defines: ['asker.on'] } },
    );
    const tap = memoryPlugin('tap', (ctx) => ctx.tap(onAsk, (text) => `${text}${String(ctx.config['n'])}`), {
      ...settings,
      hooks: { taps: ['asker.on'] },
    });
    const { kernel } = kernelOf([asker, tap]);
    await kernel.start();
    await kernel.apply(
      configOf([
        { use: 'asker', config: { n: 1 } },
        { use: 'tap', config: { n: 1 } },
      ]),
    );
    assert.deepEqual(asked, ['x0', 'x1']);
  });

  it('survives a plugin that ends the process from a disposer, a tap or leased work', async () => {
    const exits = memoryPlugin('plain', (ctx) => ctx.own(() => process.exit(3)), settings);
    const { kernel, logged } = kernelOf([exits]);
    await kernel.start();
    const lease = kernel.lease();
    assert.throws(() => lease.run(() => process.exit(3)), { code: 'AF_PLUGIN_EXIT' });
    lease.release();
    await kernel.close();
    assert.match(
      logged.join(),
      /plain@1\.0\.0 a disposer failed: plain@1\.0\.0 tried to end the process in dispose/,
    );
  });

  it('refuses a state folder that cannot be made', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agent-factory-lock-'));
    writePlugin(join(folder, 'a'), 'a', 'export default { setup() {} };');
    const file = join(folder, 'agent-factory.config.json');
    writeFileSync(file, JSON.stringify({ plugins: ['./a'], dataDir: 'a/index.js' }));
    const kernel = createKernel({ configFile: file, env: {}, writeLog: () => {} });
    open.push(kernel);
    await assert.rejects(kernel.start(), {
      code: 'AF_SWAP_FAILED',
      message: /the folder for state cannot be made/,
    });
    rmSync(folder, { recursive: true });
  });

  it('keeps no generation alive that has ended, though plugins are carried over', async () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void; // what the flag adds
    const hook = defineHook<string, void, 'series'>({ id: 'kept.on', kind: 'series' });
    const kept = memoryPlugin('kept', (ctx) => void (call = ctx.hook(hook)), {
      hooks: { defines: ['kept.on'] },
    });
    let call: ((text: string) => Promise<void>) | undefined;
    const seen: WeakRef<object>[] = [];
    const { kernel } = kernelOf([
      kept,
      memoryPlugin('plain', (ctx) => void seen.push(new WeakRef(ctx.config)), settings),
    ]);
    await kernel.start();
    for (let n = 1; n < 5; n++) {
      const lease = kernel.lease();
      await lease.run(() => call?.('x'));
      lease.release();
      await kernel.apply(configOf(['kept', { use: 'plain', config: { n } }]));
    }
    await wait(5);
    gc();
    assert.ok(seen.filter((ref) => ref.deref()).length <= 2, 'the serving one and the one to go back to');
  });
});

function writePlugin(folder: string, id: string, code: string): void {
  mkdirSync(folder, { recursive: true });
  const agentFactory = { id, kernel: '*' };
  writeFileSync(
    join(folder, 'package.json'),
    JSON.stringify({ name: id, version: '1.0.0', type: 'module', main: 'index.js', agentFactory }),
  );
  writeFileSync(join(folder, 'index.js'), code);
}
