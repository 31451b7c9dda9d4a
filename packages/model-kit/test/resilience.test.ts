import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { createResilience, type ResiliencePolicy } from '@agent-factory/model-kit';
import { modelErrors, type LanguageModel, type ModelResponse } from '@agent-factory/sdk/contracts';
import { functionModel, waitFor } from '@agent-factory/sdk/testing';
import { createRetries } from '../src/resilience/retry.ts';

const never = new AbortController().signal;
const policy: ResiliencePolicy = {
  retry: { times: 2, delayMs: 1, maxWaitMs: 60_000 },
  circuit: { failures: 0, resetMs: 1 },
  limits: { waiting: 1000 },
};
const overloaded = (): Error => modelErrors.AF_MODEL_OVERLOADED({ server: 's', status: 500, reason: 'no.' });

/** A model whose calls stay open until they are let go, one by one. */
function heldModel(change: Partial<ResiliencePolicy>): {
  model: LanguageModel;
  open: { model: string; go(): void }[];
  ask(model?: string, tenant?: string, signal?: AbortSignal): Promise<ModelResponse>;
} {
  const open: { model: string; go(): void }[] = [];
  const inner = functionModel('held', ({ model }) => {
    const { promise, resolve } = Promise.withResolvers<string>();
    open.push({ model, go: () => resolve('done') });
    return promise;
  });
  const model = createResilience('held', { ...policy, ...change }).model(inner);
  return {
    model,
    open,
    ask: (name = 'm', tenant = 'default', signal = never) =>
      model.generate({ model: name, messages: [] }, { signal, tenant }),
  };
}

describe('resilience', () => {
  describe('limits', () => {
    it('let so many calls in, the others in their order', async () => {
      const { open, ask } = heldModel({ limits: { provider: { concurrency: 2 }, waiting: 10 } });
      const calls = ['a', 'b', 'c', 'd'].map((name) => ask(name));
      await waitFor('the calls', () => open.length === 2);
      open[0]!.go();
      await waitFor('the calls', () => open.length === 3);
      open[1]!.go();
      await waitFor('the calls', () => open.length === 4);
      assert.deepEqual(
        open.map(({ model }) => model),
        ['a', 'b', 'c', 'd'],
      );
      open[2]!.go();
      open[3]!.go();
      await Promise.all(calls);
    });

    it('are kept for each model and each tenant, and one does not hold up another', async () => {
      const { open, ask } = heldModel({
        limits: {
          model: { concurrency: 1 },
          tenant: { concurrency: 1 },
          provider: { concurrency: 10 },
          waiting: 10,
        },
      });
      const calls = [ask('a', 't1'), ask('b', 't1'), ask('a', 't2'), ask('c', 't3')];
      await waitFor('the calls', () => open.length === 2);
      assert.deepEqual(
        open.map(({ model }) => model),
        ['a', 'c'],
        'b waits for its tenant, the second a for its model',
      );
      for (let n = 0; n < 4; n += 1) {
        await waitFor('the calls', () => open.length > n);
        open[n]!.go();
      }
      await Promise.all(calls);
    });

    it('refuse a call when too many wait', async () => {
      const { open, ask } = heldModel({ limits: { provider: { concurrency: 1 }, waiting: 1 } });
      const first = ask();
      const second = ask();
      await assert.rejects(ask(), { code: 'AF_MODEL_BUSY', retryable: true, message: /held: 1/ });
      await waitFor('the calls', () => open.length === 1);
      open[0]!.go();
      await waitFor('the calls', () => open.length === 2);
      open[1]!.go();
      await Promise.all([first, second]);
    });

    it('forget a call that is given up while it waits', async () => {
      const { open, ask } = heldModel({ limits: { provider: { concurrency: 1 }, waiting: 10 } });
      const first = ask('a');
      const controller = new AbortController();
      const given = ask('b', 'default', controller.signal);
      const third = ask('c');
      const reason = new Error('enough');
      controller.abort(reason);
      await assert.rejects(given, (error) => error === reason);
      await waitFor('the calls', () => open.length === 1);
      open[0]!.go();
      await waitFor('the calls', () => open.length === 2);
      assert.equal(open[1]?.model, 'c');
      open[1].go();
      await Promise.all([first, third]);
    });

    it('spread requests over the minute', async () => {
      mock.timers.enable({ apis: ['setTimeout', 'Date'] });
      let now = 0;
      const clock = mock.method(performance, 'now', () => now);
      const pass = (ms: number): void => {
        now += ms;
        mock.timers.tick(ms);
      };
      try {
        let asked = 0;
        const inner = functionModel('quick', () => ((asked += 1), 'done'));
        const limits = { provider: { requestsPerMinute: 60 }, waiting: 100 };
        const model = createResilience('quick', { ...policy, limits }).model(inner);
        const calls = Array.from({ length: 13 }, () =>
          model.generate({ model: 'm', messages: [] }, { signal: never }),
        );
        await Promise.all(calls.slice(0, 10));
        assert.equal(asked, 10, 'what ten seconds allow, at once');
        pass(1000);
        await calls[10];
        assert.equal(asked, 11);
        pass(2000);
        await Promise.all(calls);
      } finally {
        clock.mock.restore();
        mock.timers.reset();
      }
    });

    it('count the tokens a call has used in truth', async () => {
      mock.timers.enable({ apis: ['setTimeout', 'Date'] });
      let now = 0;
      const clock = mock.method(performance, 'now', () => now);
      try {
        const usage = { inputTokens: 5000, outputTokens: 1000 };
        const inner = functionModel('big', () => ({
          message: { role: 'assistant', content: 'x' },
          finishReason: 'stop',
          usage,
        }));
        const limits = { provider: { tokensPerMinute: 6000 }, waiting: 100 };
        const model = createResilience('big', { ...policy, limits }).model(inner);
        const ask = (): Promise<unknown> =>
          model.generate({ model: 'm', messages: [], maxOutputTokens: 100 }, { signal: never });
        await ask();
        let done = false;
        const second = ask().then(() => (done = true));
        now += 49_000;
        mock.timers.tick(49_000);
        await new Promise((resolve) => setImmediate(resolve));
        assert.equal(done, false, 'the first is not worked off yet');
        now += 2200;
        mock.timers.tick(2200);
        await second;
      } finally {
        clock.mock.restore();
        mock.timers.reset();
      }
    });
  });

  describe('retries', () => {
    it('end when most calls fail, and come back with good answers', () => {
      const retries = createRetries({ times: 5, delayMs: 1, maxWaitMs: 1000 });
      let given = 0;
      while (given < 100 && retries.delayAfter(overloaded(), 0) !== undefined) given += 1;
      assert.equal(given, 10);
      for (let n = 0; n < 6; n += 1) retries.succeeded();
      assert.notEqual(retries.delayAfter(overloaded(), 0), undefined);
      assert.equal(retries.delayAfter(overloaded(), 0), undefined);
    });

    it('double the wait, with jitter, up to a limit', () => {
      const retries = createRetries({ times: 9, delayMs: 100, maxWaitMs: 60_000 });
      for (const [tries, most] of [
        [0, 100],
        [1, 200],
        [3, 800],
        [8, 8000],
      ] as const) {
        const wait = retries.delayAfter(overloaded(), tries) ?? Number.NaN;
        assert.ok(wait >= most / 2 && wait <= most, `${wait} after ${tries}`);
      }
    });

    it('wait at least as long as they are asked to, and not all for the same time', () => {
      const asked = (): Error =>
        modelErrors.AF_MODEL_RATE_LIMITED({ server: 's', status: 429, reason: 'no.', retryAfterMs: 400 });
      const retries = createRetries({ times: 9, delayMs: 1, maxWaitMs: 1000 });
      const waits = Array.from({ length: 8 }, () => retries.delayAfter(asked(), 0) ?? 0);
      assert.ok(waits.every((wait) => wait >= 400 && wait <= 500));
      assert.ok(new Set(waits).size > 1);
    });
  });

  describe('the circuit', () => {
    const failing = (failures: number): { asked: () => number; model: LanguageModel; mend(): void } => {
      let asked = 0;
      let broken = true;
      const inner = functionModel('shaky', () => {
        asked += 1;
        if (broken) throw overloaded();
        return 'well again';
      });
      const model = createResilience('shaky', {
        ...policy,
        retry: { ...policy.retry, times: 0 },
        circuit: { failures, resetMs: 1000 },
      }).model(inner);
      return { asked: () => asked, model, mend: () => (broken = false) };
    };
    const ask = (model: LanguageModel, name = 'm'): Promise<ModelResponse> =>
      model.generate({ model: name, messages: [] }, { signal: never });

    it('opens for one model only, and lets one call through when its time has come', async () => {
      mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
      try {
        const { asked, model, mend } = failing(2);
        for (let n = 0; n < 2; n += 1) await assert.rejects(ask(model), { code: 'AF_MODEL_OVERLOADED' });
        await assert.rejects(ask(model), { code: 'AF_MODEL_CIRCUIT_OPEN', message: /shaky\/m .* 1000 ms/ });
        assert.equal(asked(), 2);
        await assert.rejects(ask(model, 'other'), { code: 'AF_MODEL_OVERLOADED' });
        mock.timers.tick(1000);
        await assert.rejects(ask(model), { code: 'AF_MODEL_OVERLOADED' }, 'one is let through, and fails');
        await assert.rejects(ask(model), { code: 'AF_MODEL_CIRCUIT_OPEN' });
        mend();
        mock.timers.tick(1000);
        const [first, second] = await Promise.allSettled([ask(model), ask(model)]);
        assert.equal(first.status, 'fulfilled');
        assert.equal(second.status, 'rejected', 'nobody waits for the call that is out to see');
        assert.match((await ask(model)).message.content, /well/);
      } finally {
        mock.timers.reset();
      }
    });

    it('does not open for what the caller did wrong, nor when a stream is left', async () => {
      const inner = functionModel('fussy', ({ messages }) => {
        if (messages.length === 0)
          throw modelErrors.AF_MODEL_REQUEST_INVALID({ server: 's', reason: 'nothing is asked.' });
        return 'some words to stream';
      });
      const circuit = { failures: 1, resetMs: 1000 };
      const model = createResilience('fussy', { ...policy, circuit }).model(inner);
      await assert.rejects(ask(model), { code: 'AF_MODEL_REQUEST_INVALID' });
      await assert.rejects(ask(model), { code: 'AF_MODEL_REQUEST_INVALID' });
      const request = { model: 'm', messages: [{ role: 'user' as const, content: 'x' }] };
      for await (const chunk of model.stream(request, { signal: never })) if (chunk.type === 'text') break;
      assert.match((await model.generate(request, { signal: never })).message.content, /words/);
    });
  });
});
