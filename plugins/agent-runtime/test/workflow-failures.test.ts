import assert from 'node:assert/strict';
import type { ConditionEvaluator } from '@agent-factory/sdk/contracts';
import type { Workflow } from '@agent-factory/sdk/domain';
import { functionModel } from '@agent-factory/sdk/testing';
import type { Parts } from './support/boot-runtime.ts';
import { assertFailed, bench, dataOf, flow, tool, type Bench } from './support/run-workflow.ts';

describe('a workflow in which something fails', () => {
  let open: Bench | undefined;
  const boot = async (workflow: Workflow, parts: Parts = {}): Promise<Bench> => {
    open = await bench([workflow], parts);
    return open;
  };
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  it('tries a step again after a while, with the same key, until it succeeds', async () => {
    const keys: string[] = [];
    const { run, events } = await boot(
      flow({
        start: 'try',
        nodes: [
          {
            id: 'try',
            type: 'tool',
            tool: 'flaky',
            retry: { maxAttempts: 3, delayMs: 4, factor: 2.5, maxDelayMs: 9 },
          },
        ],
      }),
      {
        tools: [
          tool('flaky', (_input, { idempotencyKey }) => {
            keys.push(idempotencyKey);
            if (keys.length < 3) throw new Error('not yet');
            return 'now';
          }),
        ],
      },
    );
    const done = await run({});
    assert.equal(done.output, 'now');
    assert.equal(new Set(keys).size, 1);
    const found = await events(done.id);
    const retried = found.filter((event) => event.type === 'step.retried');
    const begun = found.filter((event) => event.type === 'step.started');
    assert.deepEqual(
      begun.map(({ data }) => data.attempt),
      [1, 2, 3],
    );
    for (const [index, { data, at }] of retried.entries()) {
      const delay = data.at - at; // counted from the failure, which was just before
      assert.ok(delay <= (index === 0 ? 4 : 9) && (begun[index + 1]?.at ?? 0) >= data.at, String(delay));
    }
  });

  it('fails with the last error when it was tried often enough', async () => {
    const { run, events } = await boot(
      flow({
        start: 'ask',
        nodes: [{ id: 'ask', type: 'agent', agent: 'mute', retry: { maxAttempts: 2, delayMs: 1 } }],
      }),
      {
        agents: [{ name: 'mute', instructions: 'Say nothing.', model: 'test/any' }],
        models: [
          functionModel('test', () => {
            throw new Error('no voice');
          }),
        ],
      },
    );
    const done = await run('hello');
    assertFailed(done, 'AF_RUN_MODEL_FAILED');
    const children = dataOf(await events(done.id), 'child.started');
    assert.deepEqual(
      children.map(({ path }) => path),
      ['ask', 'ask#2'],
    );
    assert.equal(new Set(children.map(({ runId }) => runId)).size, 2);
  });

  it('goes on where a node says so, and can see what was wrong', async () => {
    const { run } = await boot(
      flow({
        start: 'bad',
        nodes: [
          { id: 'bad', type: 'tool', tool: 'fail', onError: 'mend' },
          { id: 'mend', type: 'tool', tool: 'say', input: { it: 'steps.bad.error' } },
        ],
      }),
      { tools: [failing, say] },
    );
    assert.deepEqual((await run({})).output, {
      code: 'AF_TOOL_FAILED',
      message: 'The tool "fail" failed: no.',
    });
  });

  it('undoes what was done, the last first, and fails as it did', async () => {
    const done: unknown[] = [];
    const note = tool('note', ({ it = null }) => {
      done.push(it);
      return it;
    });
    const undo = (id: string): Workflow['nodes'] => [
      { id, type: 'tool', tool: 'note', input: { it: `"${id}"` }, compensation: `un${id}` },
      { id: `un${id}`, type: 'tool', tool: 'note', input: { it: `"undo " + steps.${id}` } },
    ];
    const { run, events } = await boot(
      flow({
        start: 'a',
        nodes: [
          ...undo('a'),
          { id: 'each', type: 'map', items: '[1, 2]', body: 'b', concurrency: 1 },
          { id: 'b', type: 'tool', tool: 'note', input: { it: 'item' }, compensation: 'unb' },
          { id: 'unb', type: 'tool', tool: 'note', input: { it: '"undo " + string(item)' } },
          { id: 'bad', type: 'tool', tool: 'fail', compensation: 'unbad' },
          { id: 'unbad', type: 'tool', tool: 'note' },
        ],
        edges: [
          { from: 'a', to: 'each' },
          { from: 'each', to: 'bad' },
        ],
      }),
      { tools: [note, failing] },
    );
    const run_ = await run({});
    assertFailed(run_, 'AF_TOOL_FAILED');
    assert.deepEqual(done, ['a', 1, 2, 'undo 2', 'undo 1', 'undo a']);
    const undone = dataOf(await events(run_.id), 'step.started').filter(({ compensates }) => compensates);
    assert.deepEqual(
      undone.map(({ path, compensates }) => [path, compensates]),
      [
        ['each[1].b.unb', 'each[1].b'],
        ['each[0].b.unb', 'each[0].b'],
        ['a.una', 'a'],
      ],
    );
  });

  it('undoes the rest when something cannot be undone, and says what is left', async () => {
    const undone: unknown[] = [];
    const { run } = await boot(
      flow({
        start: 'a',
        nodes: [
          { id: 'a', type: 'tool', tool: 'say', compensation: 'una' },
          { id: 'una', type: 'tool', tool: 'note' },
          { id: 'b', type: 'tool', tool: 'say', compensation: 'unb' },
          { id: 'unb', type: 'tool', tool: 'fail' },
          { id: 'bad', type: 'tool', tool: 'fail' },
        ],
        edges: [
          { from: 'a', to: 'b' },
          { from: 'b', to: 'bad' },
        ],
      }),
      { tools: [say, failing, tool('note', () => undone.push('a'))] },
    );
    const failed = await run({});
    assertFailed(failed, 'AF_WORKFLOW_COMPENSATION_FAILED');
    assert.match(failed.error?.message ?? '', /AF_TOOL_FAILED.*It failed because: The tool "fail" failed/);
    assert.deepEqual(undone, ['a']);
  });

  it('undoes what was done although its result does not fit', async () => {
    const undone: unknown[] = [];
    const { run } = await boot(
      flow({
        start: 'a',
        nodes: [
          { id: 'a', type: 'tool', tool: 'say', compensation: 'una', outputSchema: { type: 'string' } },
          { id: 'una', type: 'tool', tool: 'note' },
        ],
      }),
      { tools: [say, tool('note', () => undone.push('a'))] },
    );
    assertFailed(await run({ it: 1 }), 'AF_WORKFLOW_OUTPUT_INVALID');
    assert.deepEqual(undone, ['a']);
  });

  it('ends a step that takes too long: a tool, an agent, and a whole chain of nodes', async () => {
    const aborted = Promise.withResolvers<void>();
    const hang = tool('hang', () => new Promise<never>(() => {}));
    const parts: Parts = {
      tools: [hang],
      agents: [{ name: 'slow', instructions: 'Think.', model: 'test/any' }],
      models: [
        {
          ...functionModel('test', () => ''),
          generate: (_request, { signal }) => {
            signal.addEventListener('abort', () => aborted.resolve());
            return new Promise(() => {});
          },
        },
      ],
    };
    const cases = [
      [[{ id: 'x', type: 'tool', tool: 'hang', timeoutMs: 20 }], 'AF_TOOL_TIMEOUT'],
      [[{ id: 'x', type: 'agent', agent: 'slow', timeoutMs: 20 }], 'AF_WORKFLOW_STEP_TIMEOUT'],
      [
        [
          { id: 'x', type: 'parallel', branches: ['y', 'z'], timeoutMs: 20 },
          { id: 'y', type: 'tool', tool: 'hang' },
          { id: 'z', type: 'wait', forEvent: 'never' },
        ],
        'AF_WORKFLOW_STEP_TIMEOUT',
      ],
    ] as const;
    for (const [nodes, code] of cases) {
      const { run, close } = await boot(flow({ start: 'x', nodes }), parts);
      assertFailed(await run({}), code);
      await close();
    }
    await aborted.promise;
    open = undefined;
  });

  it('says at which step an evaluator broke', async () => {
    const broken: ConditionEvaluator = {
      name: 'broken',
      description: 'Breaks.',
      condition: {},
      deterministic: true,
      compile: () => Promise.reject(new Error('not needed here')),
      compileChoice: async () => ({ reads: [], decide: () => Promise.reject(new Error('it broke')) }),
    };
    const { run } = await boot(
      flow({
        start: 'which',
        evaluator: 'broken',
        nodes: [
          { id: 'which', type: 'branch' },
          { id: 'end', type: 'tool', tool: 'say' },
        ],
        edges: [{ from: 'which', to: 'end', condition: 'any' }],
      }),
      { evaluators: [broken], tools: [say] },
    );
    const failed = await run({});
    assertFailed(failed, 'AF_WORKFLOW_STEP_FAILED');
    assert.match(failed.error?.message ?? '', /which.*it broke/);
  });

  it('when it is cancelled, ends the runs it started as well', async () => {
    const begun = Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<void>();
    const { start, runs, events } = await boot(
      flow({
        start: 'both',
        nodes: [
          { id: 'both', type: 'parallel', branches: ['ask', 'wait'] },
          { id: 'ask', type: 'agent', agent: 'slow' },
          { id: 'wait', type: 'wait', forEvent: 'never' },
        ],
      }),
      {
        agents: [{ name: 'slow', instructions: 'Think.', model: 'test/any' }],
        models: [
          {
            ...functionModel('test', () => ''),
            generate: (_request, { signal }) => {
              begun.resolve();
              signal.addEventListener('abort', () => aborted.resolve());
              return new Promise(() => {});
            },
          },
        ],
      },
    );
    const { id } = await start('think');
    await begun.promise;
    assert.equal((await runs.cancel(id)).status, 'cancelled');
    await aborted.promise;
    const [child] = dataOf(await events(id), 'child.started');
    assert.equal((await runs.wait(child?.runId ?? '')).status, 'cancelled');
    await assert.rejects(runs.send(id, { name: 'never' }), { code: 'AF_RUN_ENDED' });
  });
});

const say = tool('say', ({ it = null }) => it);
const failing = tool('fail', () => {
  throw new Error('no');
});
