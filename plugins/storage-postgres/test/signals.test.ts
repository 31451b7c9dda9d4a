import assert from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { openTestStorage } from './open-test-storage.ts';

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await done())) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('the connection for signals', () => {
  it('belongs to none of those who listen, and each hears as itself', async () => {
    const { signals, close } = await openTestStorage();
    const plugin = new AsyncLocalStorage<string>();
    const intervals: (string | undefined)[] = [];
    const { setInterval: real } = globalThis;
    globalThis.setInterval = Object.assign((...given: Parameters<typeof real>) => {
      intervals.push(plugin.getStore());
      return real(...given);
    }, real);
    const heard: (string | undefined)[] = [];
    const subscribe = (name: string): Disposable =>
      plugin.run(name, () => signals.subscribe('news', () => heard.push(plugin.getStore())));
    using _first = subscribe('first');
    using _second = subscribe('second');
    await plugin.run('third', () => signals.publish('news', 'hello'));
    await until(() => heard.length === 2);
    globalThis.setInterval = real;
    assert.deepEqual(heard, ['first', 'second']);
    assert.ok(intervals.length > 0);
    assert.ok(intervals.every((name) => name === undefined));
    await close();
  });
});
