import assert from 'node:assert/strict';
import { dirname } from 'node:path';
import { it } from 'node:test';
import { Tool } from '@agent-factory/sdk/contracts';
import type { ToolCallContext } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';

it('rolls no more than a die has sides', async () => {
  const kernel = await bootTestKernel({ plugins: [dirname(import.meta.dirname)] });
  try {
    const tool = kernel.all(Tool)[0]?.value;
    const context = { signal: new AbortController().signal } as ToolCallContext; // all it looks at
    for (let turn = 0; turn < 100; turn++) {
      const number = Number(await tool?.run({ sides: 4 }, context));
      assert.ok(number >= 1 && number <= 4, `${number}`);
    }
  } finally {
    await kernel.close();
  }
});
