import assert from 'node:assert/strict';
import { join } from 'node:path';
import { ModelPrices, type ModelCost } from '@agent-factory/sdk/contracts';
import type { Usage } from '@agent-factory/sdk/domain';
import { bootTestKernel } from '@agent-factory/sdk/testing';
import type { ModelPricesConfig } from '../src/config.ts';
import { createModelPrices } from '../src/model-prices.ts';
import { readBuiltInPrices } from '../src/price-table.ts';

const folder = join(import.meta.dirname, '..');
const usage: Usage = { inputTokens: 1000, outputTokens: 100 };
const today = Date.parse('2026-11-29');

function priceOf(
  name: string,
  { used = usage, at = today, ...config }: { used?: Usage; at?: number } & Partial<ModelPricesConfig> = {},
): Promise<ModelCost | undefined> {
  const slash = name.indexOf('/');
  return createModelPrices({ prices: {}, sameAs: {}, ...config }).priceOf({
    provider: name.slice(0, slash),
    model: name.slice(slash + 1),
    usage: used,
    at,
  });
}

describe('model-prices', () => {
  it('prices input and output in billionths of a dollar, exactly', async () => {
    // 1,000 tokens at $0.25 and 100 at $2 for a million: $0.00045.
    assert.deepEqual(await priceOf('openai/gpt-5-mini'), { nanoUsd: 450_000, since: '2025-08-07' });
  });

  it('prices what came from the cache and went into it apart from the rest', async () => {
    const used = { inputTokens: 1000, outputTokens: 100, cachedInputTokens: 600, cacheWriteTokens: 300 };
    // 100 at $1, 600 at $0.10, 300 at $1.25, 100 at $5.
    const cost = await priceOf('anthropic/claude-haiku-4-5', { used });
    assert.equal(cost?.nanoUsd, 100_000 + 60_000 + 375_000 + 500_000);
  });

  it('takes the price of plain input where none for the cache is known', async () => {
    const used = { ...usage, cachedInputTokens: 500 };
    const at = Date.parse('2024-06-01');
    assert.equal((await priceOf('openai/gpt-4o', { used, at }))?.nanoUsd, 5_000_000 + 1_500_000);
  });

  it('prices a call by what held on its day', async () => {
    const before = await priceOf('openai/o3', { at: Date.parse('2025-06-09T23:59:59Z') });
    const after = await priceOf('openai/o3', { at: Date.parse('2025-06-10T00:00:00Z') });
    assert.deepEqual([before?.nanoUsd, after?.nanoUsd], [14_000_000, 2_800_000]);
    assert.equal(await priceOf('openai/o3', { at: Date.parse('2025-04-15') }), undefined);
  });

  it('does not know what it does not know', async () => {
    for (const name of [
      'openai/gpt-99',
      'openai/gpt-5-mini-tuned',
      'nobody/gpt-5-mini',
      'openai/',
      'openai/*x',
    ]) {
      assert.equal(await priceOf(name), undefined, name);
    }
  });

  it('knows a model by its dated name', async () => {
    for (const name of [
      'openai/gpt-5-mini-2025-08-07',
      'anthropic/claude-haiku-4-5-20251001',
      'anthropic/claude-3-5-haiku-latest',
    ]) {
      assert.ok(await priceOf(name), name);
    }
  });

  it('asks nothing for what nobody is paid for', async () => {
    assert.equal((await priceOf('local/tools'))?.nanoUsd, 0);
  });

  it('lets prices of one’s own go before, and providers cost what others do', async () => {
    const entry = { since: '2026-01-01', input: 1, output: 1 };
    const prices = { 'openai/gpt-5-mini': [entry], 'ollama/*': [{ ...entry, input: 0, output: 0 }] };
    assert.equal((await priceOf('openai/gpt-5-mini', { prices }))?.nanoUsd, 1_100_000);
    assert.equal(await priceOf('openai/gpt-5-mini', { prices, at: Date.parse('2025-12-31') }), undefined);
    assert.equal((await priceOf('ollama/llama3.2', { prices }))?.nanoUsd, 0);
    const sameAs = { azure: 'openai' };
    assert.equal((await priceOf('azure/gpt-5', { sameAs }))?.nanoUsd, 2_250_000);
    assert.equal(await priceOf('azure/none', { sameAs }), undefined);
  });

  it('takes entries in any order', async () => {
    const prices = {
      'x/y': [
        { since: '2026-01-01', input: 1, output: 0 },
        { since: '2026-06-01', input: 2, output: 0 },
        { since: '2026-03-01', input: 3, output: 0 },
      ],
    };
    assert.equal((await priceOf('x/y', { prices }))?.nanoUsd, 2_000_000);
    assert.equal((await priceOf('x/y', { prices, at: Date.parse('2026-04-01') }))?.nanoUsd, 3_000_000);
  });

  describe('its table', () => {
    for (const [name, entries] of Object.entries(readBuiltInPrices())) {
      it(`has sense at ${name}`, () => {
        assert.match(name, /^[a-z-]+\/.+$/);
        const days = entries.map(({ since }) => since);
        assert.equal(new Set(days).size, days.length, 'two prices from one day');
        for (const { since, input, output, cachedInput = 0, cacheWrite = input } of entries) {
          assert.ok(!Number.isNaN(Date.parse(since)) && /^\d{4}-\d{2}-\d{2}$/.test(since), since);
          assert.ok(output === 0 || output >= input, 'output is cheaper than input');
          assert.ok(cachedInput <= input && cacheWrite >= input);
          for (const price of [input, output, cachedInput, cacheWrite]) {
            // A token then costs a whole number of billionths.
            assert.equal(Math.round(price * 1e6) % 1000, 0, `${price} is finer than a billionth for a token`);
          }
        }
      });
    }
  });

  it('serves through the kernel, and refuses a day that is none', async () => {
    const config = { prices: { 'x/y': [{ since: '2026-01-01', input: 1, output: 2 }] } };
    const kernel = await bootTestKernel({ plugins: [{ use: folder, config }] });
    const cost = await kernel.use(ModelPrices).priceOf({ provider: 'x', model: 'y', usage, at: today });
    assert.deepEqual(cost, { nanoUsd: 1_200_000, since: '2026-01-01' });
    await kernel.close();
    const wrong = { prices: { 'x/y': [{ since: 'March', input: 1, output: 2 }] } };
    await assert.rejects(bootTestKernel({ plugins: [{ use: folder, config: wrong }] }), /since/);
  });
});
