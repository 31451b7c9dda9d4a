import assert from 'node:assert/strict';
import type { Workflow } from '@agent-factory/sdk/domain';
import type { Parts } from './support/boot-runtime.ts';
import { assertFailed, bench, dataOf, flow, tool, type Bench } from './support/run-workflow.ts';

describe('the steps of a workflow', () => {
  let open: Bench | undefined;
  const boot = async (workflow: Workflow, parts: Parts = {}): Promise<Bench> => {
    open = await bench([workflow], parts);
    return open;
  };
  afterEach(async () => {
    await open?.close();
    open = undefined;
  });

  it('run one after the other; each is given what its mapping makes, and the last gives the result', async () => {
    const { run, events } = await boot(
      flow({
        start: 'ask',
        nodes: [
          { id: 'ask', type: 'agent', agent: 'echo', input: { message: 'input.text' } },
          { id: 'count', type: 'tool', tool: 'count', input: { text: 'steps.ask' } },
        ],
        edges: [{ from: 'ask', to: 'count' }],
      }),
      {
        tools: [
          tool('count', ({ text }) => ({ text: text ?? null, length: JSON.stringify(text).length - 2 })),
        ],
      },
    );
    const done = await run({ text: 'hello' });
    assert.equal(done.status, 'succeeded', JSON.stringify(done.error));
    assert.deepEqual(done.output, { text: 'HELLO', length: 5 });
    const found = await events(done.id);
    assert.deepEqual(
      dataOf(found, 'step.started').map(({ path, input }) => [path, input]),
      [
        ['ask', { message: 'hello' }],
        ['count', { text: 'HELLO' }],
      ],
    );
    assert.deepEqual(
      dataOf(found, 'child.finished').map(({ path, status }) => [path, status]),
      [['ask', 'succeeded']],
    );
  });

  it('take the way whose condition holds, and keep what it saw', async () => {
    const { run, events } = await boot(
      flow({
        start: 'which',
        nodes: [
          { id: 'which', type: 'branch' },
          { id: 'much', type: 'tool', tool: 'say', input: { it: '"much"' } },
          { id: 'little', type: 'tool', tool: 'say', input: { it: '"little"' } },
        ],
        edges: [
          { from: 'which', to: 'little' },
          { from: 'which', to: 'much', condition: 'input > 100', priority: 1 },
        ],
      }),
      { tools: [tool('say', ({ it = null }) => it)] },
    );
    assert.equal((await run(101)).output, 'much');
    const { id, output } = await run(100);
    assert.equal(output, 'little');
    const [decided] = dataOf(await events(id), 'route.decided');
    assert.deepEqual(decided, {
      path: 'which',
      target: 'little',
      evaluator: 'cel',
      value: 'little',
      saw: { input: 100 },
    });
  });

  it('fail when no way fits', async () => {
    const { run } = await boot(
      flow({
        start: 'which',
        nodes: [
          { id: 'which', type: 'branch' },
          { id: 'end', type: 'wait', forMs: 1 },
        ],
        edges: [{ from: 'which', to: 'end', condition: 'input > 100' }],
      }),
    );
    assertFailed(await run(1), 'AF_WORKFLOW_NO_WAY');
  });

  it('run at the same time in parallel branches, and give all their results', async () => {
    const all = Promise.withResolvers<void>();
    let begun = 0;
    const meet = async ({ it = null }): Promise<never> => {
      begun += 1;
      if (begun === 3) all.resolve();
      await all.promise;
      return it as never;
    };
    const { run } = await boot(
      flow({
        start: 'both',
        nodes: [
          { id: 'both', type: 'parallel', branches: ['a', 'b', 'c'] },
          { id: 'a', type: 'tool', tool: 'meet', input: { it: '1' } },
          { id: 'b', type: 'tool', tool: 'meet', input: { it: '2' } },
          { id: 'c', type: 'tool', tool: 'meet', input: { it: '3' } },
          { id: 'after', type: 'tool', tool: 'say', input: { it: 'steps.b' } },
        ],
        edges: [{ from: 'b', to: 'after' }],
      }),
      { tools: [tool('meet', meet), tool('say', ({ it = null }) => [it])] },
    );
    const done = await run();
    assert.deepEqual(done.output, { a: 1, b: [2], c: 3 });
  });

  it('take the first of several branches that succeeds, and break off the others', async () => {
    const broken = Promise.withResolvers<void>();
    const { run, events } = await boot(
      flow({
        start: 'race',
        nodes: [
          { id: 'race', type: 'parallel', branches: ['bad', 'slow', 'fast', 'never'], join: 'any' },
          { id: 'bad', type: 'tool', tool: 'fail' },
          { id: 'slow', type: 'tool', tool: 'hang' },
          { id: 'fast', type: 'tool', tool: 'say' },
          { id: 'never', type: 'wait', forEvent: 'x' },
        ],
      }),
      {
        tools: [
          tool('fail', () => {
            throw new Error('no');
          }),
          tool('say', () => 'won'),
          tool('hang', (_input, { signal }) => {
            signal.addEventListener('abort', () => broken.resolve());
            return new Promise<never>(() => {});
          }),
        ],
      },
    );
    const done = await run();
    assert.deepEqual(done.output, { branch: 'fast', output: 'won' });
    await broken.promise;
    const found = await events(done.id);
    assert.deepEqual(
      dataOf(found, 'step.skipped').map(({ path }) => path),
      ['race.never'],
    );
    const slow = dataOf(found, 'step.finished').find(({ path }) => path === 'race.slow');
    assert.equal(slow?.error?.code, 'AF_TOOL_DROPPED');
  });

  it('fail together when one branch fails, and when all of a race do', async () => {
    const nodes = [
      { id: 'bad', type: 'tool', tool: 'fail' },
      { id: 'worse', type: 'tool', tool: 'fail' },
    ] as const;
    const fail = tool('fail', () => {
      throw new Error('no');
    });
    for (const join of ['all', 'any'] as const) {
      const { run, close } = await boot(
        flow({
          start: 'p',
          nodes: [{ id: 'p', type: 'parallel', branches: ['bad', 'worse'], join }, ...nodes],
        }),
        { tools: [fail] },
      );
      assertFailed(await run(), 'AF_TOOL_FAILED');
      await close();
    }
    open = undefined;
  });

  it('run for each item of a list, some at once, and keep the order', async () => {
    let now = 0;
    let most = 0;
    const { run, events } = await boot(
      flow({
        start: 'each',
        nodes: [
          { id: 'each', type: 'map', items: 'input', as: 'word', body: 'say', concurrency: 2 },
          { id: 'say', type: 'tool', tool: 'say', input: { it: 'word', index: 'index' } },
        ],
      }),
      {
        tools: [
          tool('say', async ({ it = null, index = null }) => {
            now += 1;
            most = Math.max(most, now);
            for (let turn = 0; turn < 5 - Number(index); turn++) await new Promise(setImmediate);
            now -= 1;
            return [index, it];
          }),
        ],
      },
    );
    const done = await run(['a', 'b', 'c', 'd', 'e']);
    assert.deepEqual(done.output, [
      [0, 'a'],
      [1, 'b'],
      [2, 'c'],
      [3, 'd'],
      [4, 'e'],
    ]);
    assert.equal(most, 2);
    assert.ok(dataOf(await events(done.id), 'step.started').some(({ path }) => path === 'each[4].say'));
    assert.deepEqual((await run([])).output, []);
  });

  it('fail when what should be a list is none', async () => {
    const { run } = await boot(
      flow({
        start: 'each',
        nodes: [
          { id: 'each', type: 'map', items: 'input', body: 'say' },
          { id: 'say', type: 'wait', forMs: 1 },
        ],
      }),
    );
    assertFailed(await run({ a: 1 }), 'AF_WORKFLOW_ITEMS_INVALID');
    assertFailed(await run(null), 'AF_WORKFLOW_ITEMS_INVALID');
  });

  it('run again while a condition holds, which sees the last result', async () => {
    const { run, events } = await boot(
      flow({
        start: 'until',
        nodes: [
          { id: 'until', type: 'loop', body: 'add', while: 'last < input', maxIterations: 5 },
          { id: 'add', type: 'tool', tool: 'add', input: { to: 'last', index: 'index' } },
        ],
      }),
      { tools: [tool('add', ({ to, index }) => Number(to) + Number(index) + 1)] },
    );
    const done = await run(6);
    assert.equal(done.output, 6);
    const found = dataOf(await events(done.id), 'route.decided');
    assert.deepEqual(
      found.map(({ value, target }) => [value, target]),
      [
        [true, 'add'],
        [true, 'add'],
        [false, null],
      ],
    );
    assertFailed(await run(100), 'AF_WORKFLOW_LOOP_BOUND');
  });

  it('may go on when a loop reaches its bound', async () => {
    const { run } = await boot(
      flow({
        start: 'until',
        nodes: [
          { id: 'until', type: 'loop', body: 'add', while: 'true', maxIterations: 3, onBound: 'continue' },
          { id: 'add', type: 'tool', tool: 'add', input: { to: 'last' } },
        ],
      }),
      { tools: [tool('add', ({ to }) => Number(to) + 1)] },
    );
    assert.equal((await run()).output, 3);
  });
});
