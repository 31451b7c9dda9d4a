import assert from 'node:assert/strict';
import { defineHook, isAgentFactoryError, type AnyHook } from '@agent-factory/sdk';
import { createTapStats, orderTaps, type Tap } from '../src/tap-order.ts';

const hook: AnyHook = defineHook({ id: 'test.onEvent', kind: 'series' });

function tap(plugin: string, index: number, options: Partial<Tap> = {}): Tap {
  return {
    plugin,
    hook,
    handler: () => undefined,
    before: [],
    after: [],
    stage: 0,
    index,
    stats: createTapStats(),
    ...options,
  };
}

const order = (...taps: Tap[]): string => names(orderTaps(hook.id, taps));
const names = (taps: readonly Tap[]): string => taps.map((one) => one.plugin).join(' ');

function refusal(...taps: Tap[]): { message: string; fix: string } {
  try {
    orderTaps(hook.id, taps);
  } catch (error) {
    assert(isAgentFactoryError(error, 'AF_HOOK_ORDER'));
    return error;
  }
  assert.fail('the order was accepted');
}

describe('tap order', () => {
  it('stays as it is where nothing is asked for', () => {
    assert.equal(order(tap('b', 1), tap('c', 0), tap('a', 0), tap('b', 2)), 'b c a b');
  });

  it('puts lower stages first', () => {
    assert.equal(order(tap('a', 0, { stage: 10 }), tap('b', 1), tap('c', 2, { stage: -1 })), 'c b a');
  });

  it('honours before and after, and moves nothing else', () => {
    assert.equal(order(tap('a', 0), tap('b', 1), tap('c', 2, { before: ['b'] }), tap('d', 3)), 'a c b d');
    assert.equal(order(tap('a', 0, { after: ['c'] }), tap('b', 1), tap('c', 2), tap('d', 3)), 'b c a d');
  });

  it('orders all taps of a plugin that taps twice', () => {
    assert.equal(order(tap('a', 0), tap('b', 1), tap('a', 2), tap('c', 3, { before: ['a'] })), 'b c a a');
  });

  it('accepts an anchor that its stage already fulfils', () => {
    assert.equal(order(tap('a', 0, { stage: 5, after: ['b'] }), tap('b', 1)), 'b a');
  });

  it('refuses an anchor that does not tap the hook, with the nearest name', () => {
    const error = refusal(tap('memory', 0), tap('guard', 1, { before: ['memroy'] }));
    assert.match(
      error.message,
      /test\.onEvent.*guard asks to run before "memroy", which does not tap this hook/,
    );
    assert.match(error.fix, /Did you mean "memory"\?/);
  });

  it('names the plugins that tap the hook when no name is near', () => {
    const error = refusal(tap('memory', 0), tap('audit', 1), tap('guard', 2, { after: ['zzzzzzzz'] }));
    assert.match(error.fix, /one of the plugins that tap it: memory, audit/);
    assert.match(refusal(tap('guard', 0, { after: ['zzzzzzzz'] })).fix, /no other plugin taps this hook/);
  });

  it('spells a cycle of three', () => {
    const error = refusal(
      tap('free', 0),
      tap('a', 1, { before: ['b'] }),
      tap('b', 2, { before: ['c'] }),
      tap('c', 3, { before: ['a'] }),
      tap('victim', 4, { after: ['c'] }),
    );
    for (const rule of ['a asks to run before b', 'b asks to run before c', 'c asks to run before a']) {
      assert.ok(error.message.includes(rule), error.message);
    }
    assert.doesNotMatch(error.message, /free|victim/);
  });

  it('refuses a cycle between stage and anchor', () => {
    const error = refusal(tap('a', 0, { stage: 5, before: ['b'] }), tap('b', 1));
    assert.match(error.message, /a asks to run before b; b runs earlier because its stage is lower/);
  });

  it('refuses a plugin that wants to run before itself', () => {
    assert.match(refusal(tap('a', 0, { before: ['a'] })).message, /a asks to run before a/);
  });

  it('keeps every rule in random acyclic graphs', () => {
    let seed = 7;
    const random = (below: number): number => {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      return Math.floor((seed / 2147483648) * below);
    };
    for (let round = 0; round < 200; round++) {
      const size = 2 + random(12);
      const taps = Array.from({ length: size }, (_, at) => {
        const stage = Math.floor((at * 3) / size);
        const later = at + 1 < size && random(2) === 0 ? [`p${at + 1 + random(size - at - 1)}`] : [];
        const earlier = at > 0 && random(2) === 0 ? [`p${random(at)}`] : [];
        return tap(`p${at}`, random(1000), { stage, before: later, after: earlier });
      });
      const ordered = orderTaps(hook.id, taps);
      const place = new Map(ordered.map((one, at) => [one.plugin, at]));
      assert.equal(place.size, size);
      for (const one of ordered) {
        const here = place.get(one.plugin)!;
        for (const other of one.before) assert.ok(here < place.get(other)!);
        for (const other of one.after) assert.ok(here > place.get(other)!);
        for (const other of ordered) if (one.stage < other.stage) assert.ok(here < place.get(other.plugin)!);
      }
    }
  });
});
