import assert from 'node:assert/strict';
import type { Workflow } from '@agent-factory/sdk/domain';
import type { Parts } from './support/boot-runtime.ts';
import { assertFailed, bench, dataOf, flow, tool, type Bench } from './support/run-workflow.ts';

describe('what the steps of a workflow may and may not', () => {
  let open: Bench | undefined;
  const boot = async (workflow: Workflow, parts: Parts = {}): Promise<Bench> => {
    open = await bench([workflow], parts);
    return open;
  };
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  it('may be whole workflows, whose failure is theirs', async () => {
    const inner = flow({
      name: 'inner',
      start: 'say',
      nodes: [{ id: 'say', type: 'tool', tool: 'say' }],
      result: '"<" + steps.say + ">"',
    });
    const outer = flow({
      start: 'sub',
      nodes: [{ id: 'sub', type: 'subworkflow', workflow: 'inner', input: { it: 'input' } }],
    });
    const say = tool('say', ({ it = null }) => {
      if (it === 'bad') throw new Error('bad word');
      return it;
    });
    open = await bench([inner, outer], { tools: [say] });
    assert.equal((await open.run('x')).output, '<x>');
    const failed = await open.run('bad');
    assertFailed(failed, 'AF_TOOL_FAILED');
    const [child] = dataOf(await open.events(failed.id), 'child.finished');
    assert.equal(child?.status, 'failed');
  });

  it('fail by what their schemas forbid, and by expressions that cannot be evaluated', async () => {
    const say = tool('say', ({ it = null }) => it);
    const step = { id: 'say', type: 'tool', tool: 'say', input: { it: 'input' } } as const;
    const cases = [
      [{ ...step, outputSchema: { type: 'string' } }, 'AF_WORKFLOW_OUTPUT_INVALID'],
      [{ ...step, inputSchema: { required: ['other'] } }, 'AF_WORKFLOW_STEP_INPUT_INVALID'],
      [{ ...step, input: { it: 'input.a.b.c' } }, 'AF_CONDITION_FAILED'],
    ] as const;
    for (const [node, code] of cases) {
      const { run, close } = await boot(flow({ start: 'say', nodes: [node] }), { tools: [say] });
      assertFailed(await run(7), code);
      await close();
    }
    open = undefined;
  });

  it('are refused an input that does not fit; a result that does not fit fails the run', async () => {
    const { run } = await boot(
      flow({
        start: 'say',
        input: { type: 'object', required: ['it'] },
        output: { type: 'string' },
        nodes: [{ id: 'say', type: 'tool', tool: 'say' }],
      }),
      { tools: [tool('say', ({ it = null }) => it)] },
    );
    await assert.rejects(run({}), { code: 'AF_WORKFLOW_INPUT_INVALID', status: 400 });
    assert.equal((await run({ it: 'x' })).output, 'x');
    assertFailed(await run({ it: 1 }), 'AF_WORKFLOW_RESULT_INVALID');
  });

  it('end when there are too many of them', async () => {
    const { run } = await boot(
      flow({
        start: 'until',
        limits: { steps: 10 },
        nodes: [
          { id: 'until', type: 'loop', body: 'say', while: 'true', maxIterations: 1000, onError: 'after' },
          { id: 'say', type: 'tool', tool: 'say' },
          { id: 'after', type: 'tool', tool: 'say' },
        ],
      }),
      { tools: [tool('say', () => 1)] },
    );
    assertFailed(await run({}), 'AF_WORKFLOW_LIMIT_STEPS');
  });
});
