import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { it } from 'node:test';
import { LanguageModel } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';

it('repeats what it is told', async () => {
  const kernel = await bootTestKernel({ plugins: [dirname(import.meta.dirname)] });
  try {
    const model = kernel.all(LanguageModel)[0]?.value;
    const answer = await model?.generate(
      { model: 'echo', messages: [{ role: 'user', content: 'Hello.' }] },
      { signal: new AbortController().signal },
    );
    assert.equal(answer?.message.content, 'Hello.');
  } finally {
    await kernel.close();
  }
});
