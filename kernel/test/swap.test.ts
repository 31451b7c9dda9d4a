import assert from 'node:assert/strict';
import { beforeGreeting, Greeter, greeter } from './greeter.ts';
import { configOf, memoryPlugin, suiteKernels } from './memory-kernel.ts';

describe('swap', () => {
  const { kernelOf } = suiteKernels();

  it('lets work in flight end in the generation it began in, taps included', async () => {
    const log: string[] = [];
    const shout = memoryPlugin(
      'shout',
      (ctx) => ctx.tap(beforeGreeting, (text) => `${text}${String(ctx.config['mark'])}`),
      {
        hooks: { taps: ['greeter.before'] },
        config: { type: 'object', properties: { mark: { type: 'string', default: '!' } } },
      },
    );
    const { kernel } = kernelOf([greeter(log), shout]);
    await kernel.start();
    const lease = kernel.lease();
    const service = kernel.use(Greeter);
    await kernel.apply(configOf(['greeter', { use: 'shout', config: { mark: '?' } }]));
    assert.equal(await lease.run(() => service.greet()), 'hello you!');
    assert.equal(await service.greet(), 'hello you?', 'the same instance, called anew, reaches the new taps');
    assert.equal(kernel.inspect().liveGenerations, 2);
    lease.release();
    lease.release();
    await kernel.close();
    assert.deepEqual(log, ['up you', 'down you']);
  });

  it('aborts the leases of a generation whose drain deadline has passed', async () => {
    const { kernel } = kernelOf([greeter()]);
    await kernel.start();
    const lease = kernel.lease();
    const gone = new Promise<unknown>((resolve) => {
      lease.signal.addEventListener('abort', () => resolve(lease.signal.reason));
    });
    await kernel.apply(
      configOf([{ use: 'greeter', config: { name: 'b' } }], { generations: { drainMs: 1 } }),
    );
    assert.equal(((await gone) as { code: string }).code, 'AF_SWAP_ABORTED');
    lease.release();
  });

  it('ends the oldest generation when too many are alive', async () => {
    const { kernel } = kernelOf([greeter()]);
    await kernel.start();
    const leases = [];
    for (const name of ['b', 'c', 'd', 'e']) {
      const lease = kernel.lease();
      lease.signal.addEventListener('abort', () => lease.release());
      leases.push(lease);
      await kernel.apply(configOf([{ use: 'greeter', config: { name } }], { generations: { maxLive: 3 } }));
      assert.ok(kernel.inspect().liveGenerations <= 3);
    }
    assert.deepEqual(
      leases.map(({ signal }) => signal.aborted),
      [true, true, false, false],
    );
    for (const lease of leases) lease.release();
  });

  it('starts what serves at the swap and stops the old one after it, or before it where only one may be', async () => {
    for (const handover of ['overlap', 'exclusive'] as const) {
      const log: string[] = [];
      const server = memoryPlugin(
        'server',
        (ctx) =>
          ctx.serve(() => {
            log.push(`+${String(ctx.config['n'])}`);
            return () => void log.push(`-${String(ctx.config['n'])}`);
          }),
        { handover, config: { type: 'object', properties: { n: { type: 'integer', default: 0 } } } },
      );
      const { kernel } = kernelOf([server]);
      await kernel.start();
      await kernel.apply(configOf([{ use: 'server', config: { n: 1 } }]));
      await kernel.close();
      assert.deepEqual(log, handover === 'overlap' ? ['+0', '+1', '-0', '-1'] : ['+0', '-0', '+1', '-1']);
    }
  });

  it('starts the exclusive one again when its successor cannot serve', async () => {
    const log: string[] = [];
    const cron = memoryPlugin(
      'cron',
      (ctx) =>
        ctx.serve(() => {
          if (ctx.config['n'] === 1) throw new Error('no clock');
          log.push('run');
          return () => void log.push('stop');
        }),
      {
        handover: 'exclusive',
        config: { type: 'object', properties: { n: { type: 'integer', default: 0 } } },
      },
    );
    const { kernel } = kernelOf([cron]);
    const first = await kernel.start();
    await assert.rejects(kernel.apply(configOf([{ use: 'cron', config: { n: 1 } }])), (error: Error) => {
      assert.match(error.message, /cron@1\.0\.0 failed in serve: no clock/);
      return true;
    });
    assert.deepEqual(log, ['run', 'stop', 'run']);
    assert.equal(kernel.inspect().generation, first.generation);
  });

  it('leaves the serving generation alone when a newcomer fails, and disposes what had started beside it', async () => {
    const log: string[] = [];
    const sibling = memoryPlugin('sibling', (ctx) => {
      log.push('sibling up');
      ctx.own(() => void log.push('sibling down'));
    });
    const bad = memoryPlugin('bad', async () => {
      throw new TypeError('broken');
    });
    const sick = memoryPlugin('sick', (ctx) =>
      ctx.health(() => {
        throw new Error('unwell');
      }),
    );
    const { kernel } = kernelOf([greeter(log), sibling, bad, sick], { config: configOf(['greeter']) });
    const first = await kernel.start();
    for (const [name, reason] of [
      ['bad', /bad@1\.0\.0 failed in setup: broken/],
      ['sick', /sick@1\.0\.0 failed in health: unwell/],
    ] as const) {
      log.length = 0;
      await assert.rejects(kernel.apply(configOf(['greeter', 'sibling', name])), (error: Error) => {
        assert.match(error.message, reason);
        assert.equal((error as { code?: string }).code, 'AF_ACTIVATE_FAILED');
        return true;
      });
      assert.deepEqual(log, ['sibling up', 'sibling down']);
      assert.equal(kernel.inspect().generation, first.generation);
      assert.equal(kernel.inspect().liveGenerations, 1);
      assert.equal(await kernel.use(Greeter).greet(), 'hello you');
    }
  });
});
