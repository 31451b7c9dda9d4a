import assert from 'node:assert/strict';
import { defineCollection, defineContract, defineHook } from '@agent-factory/sdk';
import { memoryPlugin, suiteKernels } from './memory-kernel.ts';

const deprecated = 'Use "clock-2"; this one goes with version 2.0.0 of its plugin.';
const Clock = defineContract<{ now(): number }>({
  id: 'clock',
  version: '1.4.0',
  description: 'Tells the time.',
  deprecated,
});
const Zone = defineCollection<string>({
  id: 'zone',
  version: '1.0.0',
  description: 'Time zones.',
  deprecated,
});
const onTick = defineHook<number, void, 'series'>({ id: 'clock.onTick', kind: 'series', deprecated });
const provides = { clock: '1.4.0' };
const clock = memoryPlugin(
  'clock',
  (ctx) => {
    ctx.provide(Clock, { now: () => 0 });
    ctx.hook(onTick);
  },
  { provides, hooks: { defines: [onTick.id] } },
);

describe('what is deprecated', () => {
  const { kernelOf } = suiteKernels();

  it('goes on working, and the log names who uses it and what to use instead; not who provides it', async () => {
    const user = memoryPlugin(
      'user',
      (ctx) => {
        assert.equal(ctx.use(Clock).now(), 0);
        ctx.contribute(Zone, 'utc');
        ctx.tap(onTick, () => {});
      },
      { requires: { clock: '^1.0.0' }, contributes: { zone: '1.0.0' }, hooks: { taps: [onTick.id] } },
    );
    const { kernel, logged } = kernelOf([clock, user]);
    await kernel.start();
    // The kernel wrote these lines itself.
    const lines = logged.map((line) => JSON.parse(line) as Record<'level' | 'plugin' | 'message', string>);
    const warned = lines.filter(({ level }) => level === 'warn');
    assert.deepEqual(
      warned.map(({ plugin, message }) => [plugin, message]),
      [Clock, Zone, onTick].map(({ id }) => ['user', `It uses "${id}", which is deprecated: ${deprecated}`]),
    );
  });
});
