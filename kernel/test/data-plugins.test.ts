import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import { BlueprintPackage, type DataPackage } from '@agent-factory/sdk/contracts';
import { memoryPlugin } from './memory-kernel.ts';
import { tempFolder } from './temp-folder.ts';

const manifestOf = (id: string, more: object): object => ({
  name: `acme-${id}`,
  version: '1.2.0',
  agentFactory: { id, kernel: '*', ...more },
});

describe('a plugin without code', () => {
  let kernel: Kernel | undefined;
  afterEach(() => kernel?.close());
  const boot = async (folder: string, seen: DataPackage[][]): Promise<Kernel> => {
    const reader = memoryPlugin(
      'reader',
      (ctx) => void seen.push(ctx.all(BlueprintPackage).map(({ value }) => value)),
      { collects: { blueprint: '^1.0.0' } },
    );
    kernel = createKernel({
      config: { plugins: ['reader', './desk'], log: { level: 'silent' }, generations: { drainMs: 0 } },
      baseDir: folder,
      lock: false,
      env: {},
      memory: [reader],
    });
    await kernel.start();
    return kernel;
  };

  it('offers its folder and manifest to those who collect its kind, and runs nothing', async () => {
    const folder = tempFolder({
      'desk/package.json': manifestOf('desk', { kind: 'blueprint' }),
      'desk/index.js': 'throw new Error("was run");',
    });
    const seen: DataPackage[][] = [];
    const running = await boot(folder, seen);
    assert.equal(seen[0]?.[0]?.folder, join(folder, 'desk'));
    assert.equal(seen[0][0].manifest.version, '1.2.0');
    assert.deepEqual(running.inspect().contracts['blueprint'], ['desk']);
    assert.deepEqual(JSON.parse(JSON.stringify(seen)), seen);
  });

  it('is offered anew when one of its files changes, and only then', async () => {
    const folder = tempFolder({ 'desk/package.json': manifestOf('desk', { kind: 'blueprint' }) });
    const seen: DataPackage[][] = [];
    const running = await boot(folder, seen);
    await running.apply();
    assert.equal(seen.length, 1);
    writeFileSync(join(folder, 'desk/blueprint.yaml'), 'description: New.');
    const plan = await running.apply();
    assert.deepEqual(
      plan.start.map(({ plugin }) => plugin),
      ['desk', 'reader'],
    );
    assert.equal(seen.length, 2);
  });

  it('cannot offer what needs code', async () => {
    const folder = tempFolder({
      'desk/package.json': manifestOf('desk', { kind: 'blueprint', provides: { told: '1.0.0' } }),
    });
    await assert.rejects(boot(folder, []), { code: 'AF_ACTIVATE_NOT_PROVIDED' });
  });
});
