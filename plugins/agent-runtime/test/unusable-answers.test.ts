import assert from 'node:assert/strict';
import { AgentRuntime, defaultTenant, RunReplay, type FinishReason } from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { base } from './support/scripted-runtime.ts';

describe('an answer that a model broke off', () => {
  let kernel: TestKernel;
  let content = '';
  let finishReason: FinishReason = 'stop';
  before(async () => {
    const usage = { inputTokens: 1, outputTokens: 1 };
    kernel = await bootRuntime({
      agents: [{ ...base, name: 'short' }],
      models: [
        functionModel('test', () => ({ message: { role: 'assistant', content }, finishReason, usage })),
      ],
    });
  });
  after(() => kernel?.close());

  /** The run of an answer, which a replay comes to as well. */
  async function runOf(text: string, why: FinishReason): Promise<Run> {
    content = text;
    finishReason = why;
    const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    const run = await runs.wait((await runs.start({ agent: 'short', input: 'Say it.' })).id);
    const report = await kernel.use(RunReplay).tenant(defaultTenant).replay(run.id);
    assert.deepEqual([report.status, report.events], [run.status, run.lastSeq]);
    return run;
  }

  it('for its length is none where nothing of it is there, and else what is there', async () => {
    assert.equal((await runOf('', 'length')).error?.code, 'AF_RUN_ANSWER_CUT');
    assert.equal((await runOf('Half of', 'length')).output, 'Half of');
  });

  it('for its content is none, whatever is there', async () => {
    for (const text of ['', 'Half of'])
      assert.equal((await runOf(text, 'content_filter')).error?.code, 'AF_RUN_ANSWER_FILTERED');
  });
});
