import assert from 'node:assert/strict';
import { definePlugin, defineErrors, type InMemoryPlugin, type PluginContext } from '@agent-factory/sdk';
import {
  AgentRuntime,
  beforeModel,
  beforeSettle,
  beforeTool,
  Journal,
  onEvent,
  TenantStorage,
  type Tool,
  defaultTenant,
} from '@agent-factory/sdk/contracts';
import { answerOf, type Run, type RunEvent } from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

const refusals = defineErrors({ AF_TEST_REFUSED: { message: 'Not on a Sunday.', fix: 'Wait for Monday.' } });

const shout: Tool = {
  name: 'shout',
  description: 'Shouts.',
  input: {
    type: 'object',
    properties: { text: { type: 'string' } },
    required: ['text'],
    additionalProperties: false,
  },
  effect: 'pure',
  run: async ({ text }) => (text as string).toUpperCase(),
};

describe('the hooks of agent-runtime', () => {
  it('beforeModel sees whose request it is and may change it', async () => {
    const seen: string[] = [];
    const { run } = await runWith((ctx) =>
      ctx.tap(beforeModel, (request) => {
        seen.push(`${request.agent} ${request.messages.length}`);
        return { ...request, model: 'other' };
      }),
    );
    assert.deepEqual(seen, ['caller 2', 'caller 4']);
    assert.equal(run.output, 'other says HELLO');
  });

  it('beforeModel may refuse; the run fails with its error', async () => {
    const { run } = await runWith((ctx) =>
      ctx.tap(beforeModel, () => {
        throw refusals.AF_TEST_REFUSED({});
      }),
    );
    assert.equal(run.status, 'failed');
    assert.equal(run.error?.code, 'AF_TEST_REFUSED');
    assert.equal(run.error.fix, 'Wait for Monday.');
  });

  it('beforeTool may change the input, which the journal keeps', async () => {
    const { run, events } = await runWith((ctx) =>
      ctx.tap(beforeTool, (wish) => ({ ...wish, input: { text: `${wish.input['text'] as string} you` } })),
    );
    assert.equal(run.output, 'any says HELLO YOU');
    const started = events.find((event) => event.type === 'tool.started');
    assert.deepEqual(started?.data.input, { text: 'hello you' });
  });

  it('beforeTool cannot make an input invalid', async () => {
    const { run } = await runWith((ctx) => ctx.tap(beforeTool, (wish) => ({ ...wish, input: { txet: 1 } })));
    assert.match(answerOf(run), /AF_TOOL_INPUT_INVALID/);
  });

  it('beforeTool may refuse a call; the tool is not called and the model is told why', async () => {
    const { run, events } = await runWith((ctx) =>
      ctx.tap(beforeTool, () => {
        throw refusals.AF_TEST_REFUSED({});
      }),
    );
    assert.equal(run.status, 'succeeded');
    assert.equal(run.output, 'any says Not on a Sunday. Wait for Monday. (AF_TEST_REFUSED)');
    assert.ok(events.every(({ type }) => type !== 'tool.started'));
  });

  it('beforeSettle adds what is written with the end of a run, once, and its failures harm nobody', async () => {
    const seen: string[] = [];
    let rows: readonly object[] = [];
    const { run } = await runWith(
      async (ctx) => {
        const database = await ctx.use(TenantStorage).tenant(defaultTenant);
        await database.execute('CREATE TABLE af_tapper_ends (run_id TEXT NOT NULL)');
        ctx.tap(beforeSettle, () => {
          throw new Error('A tap broke.');
        });
        ctx.tap(beforeSettle, (settle) => {
          seen.push(`${settle.tenant} ${settle.event.type} ${settle.run.status}`);
          const sql = 'INSERT INTO af_tapper_ends (run_id) VALUES (?)';
          return { ...settle, along: [...settle.along, { sql, params: [settle.run.id] }] };
        });
      },
      async (kernel) => {
        const database = await kernel.use(TenantStorage).tenant(defaultTenant);
        rows = await database.query('SELECT run_id FROM af_tapper_ends');
      },
    );
    assert.deepEqual(seen, ['default run.succeeded succeeded']);
    assert.deepEqual(rows, [{ run_id: run.id }]);
  });

  it('onEvent is told every event, once and in order, and its failures harm nobody', async () => {
    const told: RunEvent[] = [];
    const { run, events } = await runWith((ctx) =>
      ctx.tap(onEvent, async (event) => {
        await new Promise((resolve) => setImmediate(resolve));
        told.push(event);
        if (event.seq % 2 === 0) throw new Error('A listener broke.');
      }),
    );
    assert.equal(run.status, 'succeeded');
    assert.deepEqual(told, events);
  });
});

async function runWith(
  tap: (ctx: PluginContext) => void | Promise<void>,
  look?: (kernel: TestKernel) => Promise<void>,
): Promise<{ run: Run; events: readonly RunEvent[] }> {
  const tapper: InMemoryPlugin = {
    manifest: {
      id: 'tapper',
      name: 'tapper',
      version: '1.0.0',
      kernel: '^0.1.0',
      requires: { 'tenant-storage': '^1.0.0' },
      hooks: { taps: [beforeModel.id, beforeSettle.id, beforeTool.id, onEvent.id] },
    },
    plugin: definePlugin({ setup: tap }),
  };
  const kernel = await bootRuntime({
    agents: [{ name: 'caller', instructions: 'Shout.', model: 'test/any', tools: ['shout'] }],
    tools: [shout],
    models: [
      functionModel('test', ({ model, messages }) => {
        const last = messages.at(-1);
        return last?.role === 'tool'
          ? `${model} says ${last.content}`
          : [{ id: 'c', name: 'shout', input: { text: 'hello' } }];
      }),
    ],
    plugins: [tapper],
  });
  try {
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'caller', input: 'Go.' });
    const run = await runtime.wait(id);
    const events = await kernel.use(Journal).tenant(defaultTenant).read(id);
    await look?.(kernel);
    await kernel.close(); // waits for what the listeners still have to hear
    return { run, events };
  } finally {
    await kernel.close();
  }
}
