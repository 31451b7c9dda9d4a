import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Signals } from '../contracts/signals.ts';
import { onFixture, type ConformanceCase, type ConformanceSuite } from './conformance.ts';

/** A way to send signals, for one case. */
export interface SignalsFixture {
  readonly signals: Signals;
  /** Another handle, as a second process would have; closed with the fixture. */
  another(): Promise<Signals>;
  close(): Promise<void>;
}

/** Listens from now on; `ready` resolves once what `sender` publishes arrives. */
async function listen(
  receiver: Signals,
  sender: Signals,
  channel: string,
): Promise<{ readonly heard: string[]; stop(): void }> {
  const heard: string[] = [];
  let reached = false;
  const subscription = receiver.subscribe(channel, (text) => {
    if (text === 'are you there?') reached = true;
    else if (text !== undefined) heard.push(text);
  });
  // Subscribing takes an engine a while, and nothing sent before is heard.
  await until(async () => {
    if (!reached) await sender.publish(channel, 'are you there?');
    return reached;
  });
  return { heard, stop: () => subscription[Symbol.dispose]() };
}

async function until(done: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 15_000;
  while (!(await done())) {
    assert.ok(performance.now() < end, 'a signal arrives');
    await sleep(10);
  }
}

/** What every `Signals` must do. `open` gives an own set of channels each time. */
export function signalsSuite(open: () => Promise<SignalsFixture>): ConformanceSuite {
  const given = onFixture(open);
  const on = (name: string, work: (here: Signals, there: Signals) => Promise<void>): ConformanceCase =>
    given(name, async (fixture) => work(fixture.signals, await fixture.another()));

  return [
    on('tells every process, the one that speaks included', async (here, there) => {
      const [mine, theirs] = await Promise.all([listen(here, here, 'suite'), listen(there, here, 'suite')]);
      const texts = ['one', '', 'it\'s "quoted"', 'nęwline\n😀', 'x'.repeat(4000)];
      for (const text of texts) await here.publish('suite', text);
      for (const { heard } of [mine, theirs]) {
        await until(() => heard.length >= texts.length);
        assert.deepEqual(heard.toSorted(), texts.toSorted());
      }
    }),
    on('passes on what different processes say', async (here, there) => {
      const { heard } = await listen(here, there, 'suite');
      await Promise.all(['a', 'b', 'c'].map((text, n) => (n % 2 ? here : there).publish('suite', text)));
      await until(() => heard.length >= 3);
      assert.deepEqual(heard.toSorted(), ['a', 'b', 'c']);
    }),
    on('keeps channels apart', async (here, there) => {
      const one = await listen(there, here, 'suite_one');
      const two = await listen(there, here, `suite_${'2'.repeat(42)}`);
      await here.publish('suite_one', 'for one');
      await here.publish(`suite_${'2'.repeat(42)}`, 'for two');
      await here.publish('suite_nobody', 'for nobody');
      await until(() => one.heard.length > 0 && two.heard.length > 0);
      assert.deepEqual([one.heard, two.heard], [['for one'], ['for two']]);
    }),
    on('tells each of several listeners, and none that has gone', async (here, there) => {
      const first = await listen(there, here, 'suite');
      const second = await listen(there, here, 'suite');
      await here.publish('suite', 'both');
      await until(() => first.heard.length > 0 && second.heard.length > 0);
      first.stop();
      first.stop();
      await here.publish('suite', 'one');
      await until(() => second.heard.length > 1);
      assert.deepEqual([first.heard, second.heard], [['both'], ['both', 'one']]);
    }),
    on('hears again after everybody had gone', async (here, there) => {
      (await listen(there, here, 'suite')).stop();
      const { heard } = await listen(there, here, 'suite');
      await here.publish('suite', 'again');
      await until(() => heard.length > 0);
      assert.deepEqual(heard, ['again']);
    }),
    on('publishes without anybody listening', async (here) => {
      await here.publish('suite', 'hello?');
    }),
  ];
}
