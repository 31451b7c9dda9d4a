import assert from 'node:assert/strict';
import type { IsolationRequest, PlatformConfig, Plugin } from '@agent-factory/sdk';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import { configOf, memoryPlugin, suiteKernels } from './memory-kernel.ts';
import { tempFolder } from './temp-folder.ts';

const told = { id: 'told', version: '1.0.0', kind: 'one' as const, description: 'Tells.' };
const block = { id: 'stranger', kernel: '*', provides: { told: '1.0.0' } };
const files = (agentFactory: object) => ({
  'stranger/package.json': { name: 'stranger', version: '1.0.0', main: 'index.js', agentFactory },
  'stranger/index.js': 'throw new Error("was loaded here");',
});

describe('a plugin that is to run isolated', () => {
  const { open } = suiteKernels();

  /** A kernel with a stand-in that notes what it is asked to isolate. */
  const kernelOf = (
    folder: string,
    entry: object,
    rest: Omit<PlatformConfig, 'plugins'> = {},
    offered = true,
  ): { kernel: Kernel; asked: IsolationRequest[]; config: PlatformConfig } => {
    const asked: IsolationRequest[] = [];
    const load = async (request: IsolationRequest): Promise<Plugin> => {
      asked.push(request);
      return {
        setup: (ctx) => (ctx as { provide(...args: unknown[]): void }).provide(told, 'from elsewhere'),
      };
    };
    const isolator = memoryPlugin('isolator', (ctx) => ctx.provide({ ...told, id: 'isolation' }, { load }), {
      provides: { isolation: '1.0.0' },
    });
    const config = configOf([{ use: './stranger', ...entry }, ...(offered ? ['isolator'] : [])], rest);
    const kernel = createKernel({ config, memory: [isolator], baseDir: folder, lock: false, env: {} });
    open.push(kernel);
    return { kernel, asked, config };
  };

  it('is handed to the plugin that isolates, with its level and grants, and not loaded here', async () => {
    const folder = tempFolder(files(block));
    const { kernel, asked } = kernelOf(folder, { isolation: 'L2' }, { grants: { stranger: ['net'] } });
    await kernel.start();
    assert.equal(kernel.use(told), 'from elsewhere');
    assert.equal(asked.length, 1);
    assert.equal(asked[0]?.level, 'L2');
    assert.deepEqual(asked[0]?.granted, ['net']);
    assert.equal(asked[0]?.entry, `${folder}/stranger/index.js`);
    const shown = kernel.inspect().plugins.find(({ id }) => id === 'stranger');
    assert.equal(shown?.isolation, 'L2');
    assert.deepEqual(shown?.dependsOn, ['isolator']);
  });

  it('is started anew when what it was granted changes', async () => {
    const { kernel, asked, config } = kernelOf(tempFolder(files(block)), { isolation: 'L1' });
    await kernel.start();
    const plan = await kernel.apply({ ...config, grants: { stranger: ['net'] } });
    assert.deepEqual(plan.start, [
      { plugin: 'stranger', version: '1.0.0', why: 'its isolation or permissions changed' },
    ]);
    assert.deepEqual(
      asked.map(({ granted }) => granted),
      [[], ['net']],
    );
  });

  it('is refused when nobody isolates', async () => {
    const { kernel } = kernelOf(tempFolder(files(block)), { isolation: 'L1' }, {}, false);
    await assert.rejects(kernel.start(), {
      message: /stranger.*requires.*isolation/s,
      fix: /such as "@agent-factory\/plugin-isolation-process"/,
    });
  });

  it('is isolated at L2 when it was installed from a registry and nobody said otherwise', async () => {
    const installed = {
      'state/plugins/stranger/1.0.0-0123456789ab/package.json': JSON.stringify({
        name: 'stranger',
        version: '1.0.0',
        main: 'index.js',
        agentFactory: block,
      }),
      'state/plugins/stranger/1.0.0-0123456789ab/index.js': 'throw new Error("was loaded here");',
    };
    const rest = { dataDir: 'state' };
    const { kernel, asked } = kernelOf(tempFolder(installed), { use: 'stranger' }, rest);
    await kernel.start();
    assert.equal(asked[0]?.level, 'L2');
    const lowered = kernelOf(tempFolder(installed), { use: 'stranger', isolation: 'L1' }, rest);
    await lowered.kernel.start();
    assert.equal(lowered.asked[0]?.level, 'L1');
    const trusting = kernelOf(tempFolder(installed), { use: 'stranger', isolation: 'trusted' }, rest);
    await assert.rejects(trusting.kernel.start(), /was loaded here/);
    const alone = kernelOf(tempFolder(installed), { use: 'stranger' }, rest, false);
    await assert.rejects(alone.kernel.start(), { fix: /plugin-isolation-process/ });
  });

  it('is refused when it can only be trusted, and runs trusted when the entry says so', async () => {
    const only = files({ ...block, isolation: 'trusted-only' });
    const { kernel } = kernelOf(tempFolder(only), { isolation: 'L1' });
    await assert.rejects(kernel.start(), /write isolation: trusted into its entry/);
    const { kernel: trusting } = kernelOf(tempFolder(only), { isolation: 'trusted' });
    await assert.rejects(trusting.start(), /was loaded here/);
  });
});
