import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ToolEffect } from '@agent-factory/sdk/domain';
import { functionModel } from '@agent-factory/sdk/testing';
import type { Parts } from './boot-runtime.ts';

/** Where a crash matters: in the first or second question to the model, or in the tool. */
export type CrashPoint = 'question-1' | 'tool' | 'question-2';

/** An agent that makes one tool call; `reach` is called at each point where a crash matters. */
export function crashAgent(
  effect: ToolEffect,
  dataDir: string,
  reach: (point: CrashPoint) => void | Promise<void>,
): Parts & { readonly dataDir: string } {
  return {
    dataDir,
    agents: [{ name: 'payer', instructions: 'Pay.', model: 'test/any', tools: ['pay'] }],
    models: [
      functionModel('test', async ({ messages }) => {
        const paid = messages.at(-1)?.role === 'tool';
        await reach(paid ? 'question-2' : 'question-1');
        return paid ? 'Paid.' : [{ id: 'c', name: 'pay', input: { amount: 7 } }];
      }),
    ],
    tools: [
      {
        name: 'pay',
        description: 'Pays.',
        input: { type: 'object' },
        effect,
        async run(_input, { idempotencyKey }) {
          appendFileSync(join(dataDir, 'payments'), `${idempotencyKey}\n`);
          await reach('tool');
          return 'done';
        },
      },
    ],
  };
}
