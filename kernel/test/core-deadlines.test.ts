import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import type { PluginContext } from '@agent-factory/sdk';
import { configOf, memoryPlugin, suiteKernels } from './memory-kernel.ts';

const settings = { config: { type: 'object', properties: { n: { type: 'integer', default: 0 } } } };

describe('kernel at its deadlines', () => {
  const { kernelOf } = suiteKernels();
  const plain = (id = 'plain') => memoryPlugin(id, () => {}, settings);
  const step = (n: number, rest: object = {}) => configOf([{ use: 'plain', config: { n } }], rest);

  it('refuses what a setup does after its deadline, and undoes what it still brings', async () => {
    const log: string[] = [];
    const late = Promise.withResolvers<void>();
    const over = Promise.withResolvers<unknown>();
    const tardy = memoryPlugin(
      'tardy',
      async (ctx) => {
        const opening = ctx.resource(
          'tardy',
          () => late.promise.then(() => 'r'),
          () => void log.push('closed'),
        );
        await late.promise;
        ctx.own(() => void log.push('undone'));
        await opening.catch(() => log.push('refused'));
        try {
          ctx.health(() => {});
        } catch (error) {
          over.resolve(error);
        }
      },
      { activationMs: 5 },
    );
    const { kernel } = kernelOf([plain(), tardy], { config: configOf(['plain']) });
    await kernel.start();
    await assert.rejects(kernel.apply(configOf(['plain', 'tardy'])), { code: 'AF_ACTIVATE_TIMEOUT' });
    late.resolve();
    assert.equal(((await over.promise) as { code: string }).code, 'AF_ACTIVATE_TOO_LATE');
    assert.deepEqual(log.sort(), ['closed', 'refused', 'undone']);
  });

  it('stops what starts to serve after its deadline, and goes on serving the old', async () => {
    const log: string[] = [];
    const late = Promise.withResolvers<() => void>();
    const hangs = memoryPlugin('hangs', (ctx) => ctx.serve(() => late.promise), { activationMs: 5 });
    const { kernel } = kernelOf([plain(), hangs], { config: configOf(['plain']) });
    const first = await kernel.start();
    await assert.rejects(kernel.apply(configOf(['plain', 'hangs'])), { code: 'AF_ACTIVATE_TIMEOUT' });
    assert.equal(kernel.inspect().generation, first.generation);
    late.resolve(() => void log.push('stopped'));
    await wait(1);
    assert.deepEqual(log, ['stopped']);
  });

  it('gives health checks a deadline too', async () => {
    const sick = memoryPlugin('sick', (ctx) => ctx.health(() => new Promise<void>(() => {})), {
      activationMs: 5,
    });
    const { kernel } = kernelOf([sick]);
    await assert.rejects(kernel.start(), {
      code: 'AF_ACTIVATE_TIMEOUT',
      message: /did not finish health within 5 ms/,
    });
  });

  it('gives no lease on what has ended, and loses none that is taken in the last moment', async () => {
    let take: PluginContext['lease'] | undefined;
    let isGone = false;
    const worker = memoryPlugin(
      'plain',
      (ctx) => {
        if (ctx.config['n'] !== 0) return;
        take = ctx.lease;
        ctx.own(() => void (isGone = true));
      },
      settings,
    );
    const { kernel } = kernelOf([worker]);
    await kernel.start();
    const first = kernel.lease();
    await kernel.apply(step(1));
    first.release();
    const last = take?.(); // between the end of the first and the look that follows it
    await wait(5);
    assert.equal(isGone, false);
    assert.notEqual(last?.generation, kernel.inspect().generation);
    last?.release();
    while (!isGone) await wait(1);
    assert.throws(() => take?.(), { code: 'AF_SWAP_ABORTED' });
  });

  it('drains by its own clock when a plugin asked for the change', async () => {
    const asked = Promise.withResolvers<void>();
    const asker = memoryPlugin(
      'plain',
      (ctx) => {
        if (ctx.config['n'] === 0)
          void wait(5)
            .then(() => kernel.apply(step(1, { generations: { drainMs: 10 } })))
            .then(() => asked.resolve());
      },
      settings,
    );
    const { kernel, logged } = kernelOf([asker]);
    await kernel.start();
    const lease = kernel.lease();
    const aborted = new Promise((resolve) => lease.signal.addEventListener('abort', resolve));
    await asked.promise;
    await aborted;
    lease.release();
    await kernel.close();
    assert.doesNotMatch(logged.join(), /timer/);
  });
});
