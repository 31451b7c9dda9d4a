import assert from 'node:assert/strict';
import { join } from 'node:path';
import { Isolation, type Json } from '@agent-factory/sdk';
import { LanguageModel } from '@agent-factory/sdk/contracts';
import { bootTestKernel, languageModelSuite, type TestKernel } from '@agent-factory/sdk/testing';
import { weatherModel, weatherScript } from './weather-model.ts';

/** The same source and the same suite as in the platform's process. */
describe('llm-scripted, isolated', function () {
  this.timeout(60_000);
  let kernel: TestKernel;
  before(async () => {
    const use = join(import.meta.dirname, '..');
    // The script is plain data.
    const plugins = [
      '@agent-factory/plugin-isolation-process',
      { use, isolation: 'L1' as const, config: { scripts: { demo: weatherScript as unknown as Json } } },
    ];
    kernel = await bootTestKernel({ plugins });
  });
  after(() => kernel?.close());

  it('runs in a process of its own', async () => {
    const [plugin] = await kernel.use(Isolation).plugins();
    assert.equal(plugin?.state, 'running');
    assert.notEqual(plugin?.pid, process.pid);
  });

  const suite = languageModelSuite(async () => {
    const provider = kernel.all(LanguageModel)[0]?.value ?? assert.fail('there is no model');
    return { provider, ...weatherModel };
  });
  for (const { name, run } of suite) it(name, run);
});
