import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { messageKinds } from '@agent-factory/sdk/bridge';
import { waitFor } from '@agent-factory/sdk/testing';
import { bridged } from './bridged.ts';

const late = { deadlineMs: 100, late: () => new Error('too late') };

describe('two peers', () => {
  it('answer a call with JSON, and undefined with undefined', async () => {
    const { here, there } = bridged();
    const echo = there.lend(async (value: unknown) => value);
    assert.deepEqual(await here.call(echo, [{ a: [1, 'ä', null] }]), { a: [1, 'ä', null] });
    assert.equal(await here.call(echo, []), undefined);
  });

  it('pass an error on with its code', async () => {
    const { here, there } = bridged();
    const fail = there.lend(() => {
      throw Object.assign(new Error('no such city'), { code: 'AF_WEATHER_CITY_UNKNOWN' });
    });
    await assert.rejects(here.call(fail, []), { message: 'no such city', code: 'AF_WEATHER_CITY_UNKNOWN' });
  });

  it('carry objects with functions, methods of classes included, and call them', async () => {
    const { here, there, broken } = bridged();
    class Counter {
      readonly name = 'counter';
      #at = 0;
      async next(by: number): Promise<number> {
        return (this.#at += by);
      }
    }
    const text = there.pack({ counter: new Counter(), list: [{ hi: () => 'hi' }] });
    const copy = here.unpack(text) as { counter: Counter; list: [{ hi(): Promise<string> }] };
    assert.equal(copy.counter.name, 'counter');
    assert.equal(await copy.counter.next(2), 2);
    assert.equal(await copy.counter.next(3), 5);
    assert.equal(await copy.list[0].hi(), 'hi');
    assert.deepEqual(broken, []);
  });

  it('stream with credits: no more is under way than was asked for', async () => {
    const { here, there, broken, sent } = bridged();
    let made = 0;
    const count = there.lend(async function* () {
      for (; made < 20; made++) yield made;
    });
    const seen: unknown[] = [];
    for await (const value of here.call(count, [])) {
      seen.push(value);
      if (seen.length === 2) {
        await turn();
        assert.equal(sent.filter((kind) => kind === messageKinds.item).length, 4);
      }
    }
    assert.equal(seen.length, 20);
    assert.deepEqual(broken, []);
  });

  it('tell the source of a stream when its reader leaves', async () => {
    const { here, there } = bridged();
    let left = false;
    const count = there.lend(async function* () {
      try {
        for (;;) yield 1;
      } finally {
        left = true;
      }
    });
    for await (const _ of here.call(count, [])) break;
    await turn();
    assert.ok(left);
    assert.equal(there.serving, 0);
  });

  it('end a stream with the error of its source', async () => {
    const { here, there } = bridged();
    const fail = there.lend(async function* () {
      yield 1;
      throw new Error('dry');
    });
    const seen: unknown[] = [];
    await assert.rejects(async () => {
      for await (const value of here.call(fail, [])) seen.push(value);
    }, /dry/);
    assert.deepEqual(seen, [1]);
  });

  it('cancel: the caller is free at once, the other side is told, its late answer is dropped', async () => {
    const { here, there, broken } = bridged();
    let told = false;
    const slow = there.lend(
      ({ signal }: { signal: AbortSignal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => {
            told = true;
            resolve('late');
          });
        }),
    );
    const controller = new AbortController();
    const call = here.call(slow, [{ signal: controller.signal, n: 1 }]);
    await turn();
    controller.abort(new Error('enough'));
    await assert.rejects(call, /enough/);
    await turn();
    assert.ok(told);
    assert.deepEqual(broken, []);
    assert.equal(here.tick(), 0);
  });

  it('do not make a call whose signal is aborted already', async () => {
    const { here, there } = bridged();
    let calls = 0;
    const write = there.lend(() => (calls += 1));
    await assert.rejects(here.call(write, [{ signal: AbortSignal.abort(new Error('before')) }]), /before/);
    await turn();
    assert.equal(calls, 0);
  });

  it('keep deadlines, and say how long a cancelled call has gone unanswered', async () => {
    const { here, there, clock } = bridged();
    const never = there.lend(() => new Promise(() => {}));
    const call = here.call(never, [], late);
    clock.now += 99;
    assert.equal(here.tick(), 0);
    clock.now += 1;
    here.tick();
    await assert.rejects(call, /too late/);
    clock.now += 500;
    assert.equal(here.tick(), 500);
  });

  it('make no more calls at once than they may; the rest wait, and can be cancelled while they do', async () => {
    const { here, there, sent } = bridged({ maxCalls: 2 });
    const ends: ((value: unknown) => void)[] = [];
    const held = here.lend(() => new Promise((resolve) => ends.push(resolve)));
    const controller = new AbortController();
    const calls = [1, 2, 3].map((n) => there.call(held, [n]));
    const cancelled = there.call(held, [{ signal: controller.signal }]);
    await turn();
    assert.equal(here.serving, 2);
    controller.abort(new Error('enough'));
    await assert.rejects(cancelled, /enough/);
    ends[1]?.('second');
    assert.equal(await calls[1], 'second');
    await turn();
    assert.equal(ends.length, 3);
    for (const end of ends) end('done');
    assert.deepEqual(await Promise.all(calls), ['done', 'second', 'done']);
    assert.ok(!sent.includes(messageKinds.cancel), 'what was not sent is not cancelled');
  });

  it('say when a call is over: with its value, with its failure, or with its stream', async () => {
    const { here, there } = bridged();
    const over: string[] = [];
    const told = (name: string) => ({ ...late, over: () => void over.push(name) });
    await here.call(
      there.lend(() => 1),
      [],
      told('value'),
    );
    await assert.rejects(
      here.call(
        there.lend(() => assert.fail('no')),
        [],
        told('failure'),
      ),
    );
    await assert.rejects(here.call(1, [{ signal: AbortSignal.abort(new Error('before')) }], told('aborted')));
    assert.deepEqual(over.splice(0), ['value', 'failure', 'aborted']);
    const count = there.lend(async function* () {
      yield* [1, 2];
    });
    const seen: unknown[] = [];
    for await (const value of here.call(count, [], told('stream'))) {
      seen.push(value);
      if (value === 1) assert.deepEqual(over, []);
    }
    assert.deepEqual([seen, over], [[1, 2], ['stream']]);
    await here.call(
      there.lend(async () => ({ one: count, two: (async function* () {})() })),
      [],
      told('left'),
    );
    assert.deepEqual(over, ['stream']);
    here.end(new Error('gone'));
    assert.deepEqual(over, ['stream', 'left']);
  });

  it('end a stream that is cancelled, also when all of it has arrived before', async () => {
    const { here, there } = bridged();
    const two = there.lend(async function* () {
      yield* [1, 2];
    });
    const controller = new AbortController();
    const seen: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const value of here.call(two, [{ signal: controller.signal }])) {
        seen.push(value);
        await turn();
        controller.abort(new Error('enough'));
      }
    };
    await assert.rejects(read, /enough/);
    assert.deepEqual(seen, [1]);
  });

  it('close a stream that nobody reads any more', async () => {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void; // there since the line before
    const { here, there } = bridged();
    let isOver = false;
    const never = there.lend(async function* () {
      yield 1;
    });
    await here.call(never, [], { ...late, over: () => void (isOver = true) });
    await waitFor('its end', () => {
      collect();
      return isOver;
    });
  });

  it('fail everything that waits when they end', async () => {
    const { here, there } = bridged();
    const never = there.lend(() => new Promise(() => {}));
    const call = here.call(never, []);
    here.end(new Error('gone'));
    await assert.rejects(call, /gone/);
    await assert.rejects(here.call(never, []), /gone/);
  });
});

describe('a peer that is lied to', () => {
  const lies: Record<
    string,
    [message: [kind: number, id: number, target: number, text: string], reason: RegExp]
  > = {
    'an answer nobody asked for': [[2, 77, 0, '1'], /answered call 77, which was not asked/],
    'a call of a function that was not lent': [[1, 1, 99, '[]'], /function 99, which was not lent/],
    'text that is no JSON': [[1, 1, 1, '{'], /cannot be read/],
    'arguments that are no list': [[1, 1, 1, '{"m":1}'], /no list/],
    'a piece of a stream nobody reads': [[7, 5, 0, '1'], /stream 5, which nobody reads/],
    'a kind there is none of': [[99, 1, 1, ''], /kind 99/],
    'a key named __proto__': [[1, 1, 1, '[{"__proto__":{"x":1}}]'], /__proto__/],
    'that key in disguise': [[1, 1, 1, '[{"\\u005f_proto__":{"x":1}}]'], /__proto__/],
    'half a character': [[1, 1, 1, '["\\ud800"]'], /half of a character/],
    'nesting without end': [[1, 1, 1, '['.repeat(5000) + ']'.repeat(5000)], /nested/],
  };
  for (const [name, [message, reason]] of Object.entries(lies)) {
    it(`notices ${name}, and nothing else happens`, () => {
      const { here, broken } = bridged();
      let calls = 0;
      here.lend(() => (calls += 1));
      here.receive(...message);
      assert.equal(broken.length, 1);
      assert.match(broken[0] ?? '', reason);
      assert.equal(calls, 0);
      assert.equal(({} as { x?: number }).x, undefined);
    });
  }

  for (const kind of ['value', 'rich', 'error'] as const)
    it(`notices an answer (${kind}) that cannot be read, and fails the call it is for`, async () => {
      const { here, there, broken } = bridged();
      const never = there.lend(() => new Promise(() => {}));
      const call = here.call(never, []);
      here.receive(messageKinds[kind], 1, 0, '{');
      await assert.rejects(call);
      assert.match(broken[0] ?? '', /cannot be read/);
    });

  it('notices one number used for two calls, and too many calls at once', () => {
    const { here, broken } = bridged({ maxServing: 2 });
    here.lend(() => new Promise(() => {}));
    here.receive(1, 1, 1, '[]');
    here.receive(1, 1, 1, '[]');
    assert.match(broken.at(-1) ?? '', /number 1 for two calls/);
    here.receive(1, 2, 1, '[]');
    here.receive(1, 3, 1, '[]');
    assert.match(broken.at(-1) ?? '', /more than 2 calls/);
  });

  it('refuses places that would make a thenable or reach a prototype', () => {
    const { here } = bridged();
    for (const path of [['then'], ['__proto__', 'x'], ['constructor'], ['a', 'b']])
      assert.throws(() => here.unpack(JSON.stringify({ v: {}, f: [[path, 1]], i: [] })), /a place leads/);
  });
});
