import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { it } from 'node:test';
import { Guardrail } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';

it('lets a few capitals pass', async () => {
  const kernel = await bootTestKernel({ plugins: [dirname(import.meta.dirname)] });
  try {
    const guardrail = await kernel.all(Guardrail)[0]?.value.prepare({});
    const subject = { stage: 'input', value: 'USA?', agent: 'clerk', runId: 'run-1' } as const;
    assert.deepEqual(await guardrail?.check(subject), { verdict: 'pass' });
  } finally {
    await kernel.close();
  }
});
