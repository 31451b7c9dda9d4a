import assert from 'node:assert/strict';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import { defineContract, defineHook } from '@agent-factory/sdk';
import { configOf, memoryKernel, memoryPlugin } from './memory-kernel.ts';

interface Steady {
  answer(): Promise<string>;
}
const Steady = defineContract<Steady>({ id: 'steady', version: '1.0.0', description: 'Answers.' });

/** Each way a plugin breaks: what the error must say, besides which plugin. */
const ways: Readonly<Record<string, { readonly code: string; readonly says: RegExp }>> = {
  'throws-on-import': {
    code: 'AF_LOAD_FAILED',
    says: /while its code was loaded: no licence found \(index\.js:1/,
  },
  'throws-nothing': { code: 'AF_LOAD_FAILED', says: /threw undefined, which is no Error/ },
  'hangs-on-import': { code: 'AF_ACTIVATE_TIMEOUT', says: /did not finish import within 50 ms/ },
  'has-a-syntax-error': { code: 'AF_LOAD_FAILED', says: /Unexpected token .*\(index\.js:1\)/ },
  'imports-what-is-missing': { code: 'AF_LOAD_FAILED', says: /a-package-nobody-installed/ },
  'exports-no-plugin': { code: 'AF_LOAD_NO_PLUGIN', says: /no default export with a setup function/ },
  'throws-in-setup': { code: 'AF_ACTIVATE_FAILED', says: /failed in setup: Cannot read properties of null/ },
  'hangs-in-setup': { code: 'AF_ACTIVATE_TIMEOUT', says: /did not finish setup within 50 ms/ },
  'exits-on-import': { code: 'AF_PLUGIN_EXIT', says: /tried to end the process in import/ },
  'exits-by-name': { code: 'AF_PLUGIN_EXIT', says: /tried to end the process in import/ },
  'exits-in-setup': { code: 'AF_PLUGIN_EXIT', says: /tried to end the process in setup/ },
  'provides-the-same': { code: 'AF_RESOLVE_FAILED', says: /provides(-the-same)?.*contract steady/s },
  'from-the-future': { code: 'AF_RESOLVE_FAILED', says: /kernel \^99\.0\.0/ },
  'needs-what-is-missing': { code: 'AF_RESOLVE_FAILED', says: /nobody-has-it/ },
  'provides-nothing': { code: 'AF_ACTIVATE_NOT_PROVIDED', says: /lists "promise" under "provides"/ },
  'provides-unlisted': { code: 'AF_ACTIVATE_UNDECLARED', says: /called provide for "secretly"/ },
  'fails-health': { code: 'AF_ACTIVATE_FAILED', says: /failed in health: its database is down/ },
  'has-a-bad-manifest': { code: 'AF_CONFIG_INVALID', says: /provide.*Did you mean "provides"/s },
  'is-no-plugin': { code: 'AF_CONFIG_INVALID', says: /has no "agentFactory" block/ },
  'is-not-there': {
    code: 'AF_CONFIG_INVALID',
    says: /"\.\/is-not-there" was not found: .* has no package\.json\. Mend the path/,
  },
  'lacks-its-file': { code: 'AF_LOAD_FAILED', says: /dist\/index\.js is not there/ },
};

describe('broken plugins', () => {
  let kernel: Kernel;
  const baseDir = `${import.meta.dirname}/fixtures/plugins`;
  const logged: string[] = [];

  before(async () => {
    kernel = createKernel({
      config: configOf(['./steady']),
      baseDir,
      lock: false,
      env: {},
      writeLog: (line) => logged.push(line),
    });
    await kernel.start();
  });
  after(() => kernel.close());

  for (const [way, { code, says }] of Object.entries(ways)) {
    it(`one that ${way.replaceAll('-', ' ').replace('from', 'comes from')} is named, and what serves goes on serving`, async () => {
      const { generation } = kernel.inspect();
      await assert.rejects(
        kernel.apply(configOf(['./steady', `./${way}`])),
        (error: Error & { code: string; fix: string }) => {
          assert.equal(error.code, code);
          assert.match(error.message, says);
          assert.ok(error.message.includes(way), `the error names the plugin: ${error.message}`);
          assert.ok(error.fix.length > 10, 'the error says what to do');
          return true;
        },
      );
      assert.equal(kernel.inspect().generation, generation);
      assert.equal(kernel.inspect().liveGenerations, 1);
      assert.equal(await kernel.use(Steady).answer(), 'still here');
    });
  }

  it('stops the timers and removes the listeners that a plugin left, and says which plugin', async () => {
    const ticks = globalThis as { leakedTicks?: number };
    await kernel.apply(configOf(['./steady', './leaks']));
    while (!ticks.leakedTicks) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(process.listenerCount('agent-factory-fixture'), 1);
    logged.length = 0;
    await kernel.apply(configOf(['./steady'], { generations: { drainMs: 0 } }));
    while (logged.length < 2) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal(process.listenerCount('agent-factory-fixture'), 0);
    const before = ticks.leakedTicks;
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(ticks.leakedTicks, before);
    assert.match(logged.join('\n'), /leaks@1\.0\.0 left 1 timer/);
    assert.match(logged.join('\n'), /leaks@1\.0\.0 left listeners on process \(agent-factory-fixture\)/);
  });

  it('goes on disposing when a disposer throws, and says which plugin', async () => {
    await kernel.apply(configOf(['./steady', './fails-to-dispose']));
    logged.length = 0;
    await kernel.apply(configOf(['./steady'], { generations: { drainMs: 0 } }));
    while (logged.length < 1) await new Promise((resolve) => setTimeout(resolve, 1));
    assert.match(logged.join('\n'), /fails-to-dispose@1\.0\.0 a disposer failed: stuck/);
    assert.equal((globalThis as { disposedAnyway?: boolean }).disposedAnyway, true);
  });

  it('refuses a registration after setup', async () => {
    await kernel.apply(configOf(['./steady', './registers-too-late']));
    const late = (globalThis as { registerLate?: () => void }).registerLate;
    assert.throws(() => late?.(), { code: 'AF_ACTIVATE_TOO_LATE' });
  });

  it('blames an error outside of any call on the plugin whose code it comes from', async () => {
    await kernel.apply(configOf(['./steady', './throws-later']));
    const fail = (globalThis as { failLater?: () => Error }).failLater;
    assert.equal(kernel.blame(fail?.()), true);
    assert.equal(kernel.blame(new Error('mine')), false);
    assert.equal(kernel.inspect().plugins.find(({ id }) => id === 'throws-later')?.errors, 1);
  });

  it('counts an answer that comes twice once', async () => {
    const onQuestion = defineHook<string, string, 'waterfall'>({ id: 'asker.onQuestion', kind: 'waterfall' });
    let ask: ((text: string) => Promise<string>) | undefined;
    const asker = memoryPlugin(
      'asker',
      (ctx) => {
        ask = ctx.hook(onQuestion);
      },
      { hooks: { defines: ['asker.onQuestion'] } },
    );
    const config = configOf(['asker', './answers-twice']);
    const { kernel: other } = memoryKernel([asker], { config, baseDir });
    await other.start();
    assert.equal(await ask?.('asked'), 'asked, once');
    await other.close();
  });

  it('reads a plugin that is a folder outside any project, which has no SDK of its own', async () => {
    const { cpSync, mkdtempSync, rmSync } = await import('node:fs');
    const { tmpdir } = await import('node:os');
    const folder = mkdtempSync(`${tmpdir()}/agent-factory-outside-`);
    cpSync(`${baseDir}/../outside-plugin`, folder, { recursive: true });
    const alone = createKernel({ config: configOf([folder]), baseDir: folder, lock: false, env: {} });
    await alone.start();
    assert.equal(alone.inspect().plugins[0]?.id, 'outside-plugin');
    await alone.close();
    rmSync(folder, { recursive: true });
  });
});
