import assert from 'node:assert/strict';
import { AgentRuntime, defaultTenant, Journal, type TenantRuntime } from '@agent-factory/sdk/contracts';
import {
  answerOf,
  applyEvent,
  textOf,
  type AgentDefinition,
  type Run,
  type RunEvent,
} from '@agent-factory/sdk/domain';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

/** Asks the agents named in the question, then puts their answers together. */
const chief = functionModel('chief', ({ messages }) => {
  const last = messages.at(-1);
  if (last?.role === 'tool')
    return messages.flatMap((one) => (one.role === 'tool' ? [textOf(one)] : [])).join(' and ');
  return textOf(last ?? { role: 'user', content: '' })
    .split(',')
    .map((name, index) => ({ id: `c${index}`, name: `ask_${name}`, input: { message: `Do ${name}.` } }));
});

const agents: readonly AgentDefinition[] = [
  {
    name: 'chief',
    instructions: 'Ask.',
    model: 'chief/any',
    agents: ['cook', 'sea-man', 'payer', 'slow', 'chief'],
  },
  { name: 'cook', description: 'Cooks.', instructions: 'Cook.', model: 'plain/any' },
  { name: 'sea-man', instructions: 'Sail.', model: 'plain/any' },
  { name: 'payer', instructions: 'Pay.', model: 'payer/any', tools: ['pay'] },
  { name: 'slow', instructions: 'Wait.', model: 'hanging/any' },
];

describe('agents that ask agents', () => {
  let kernel: TestKernel;
  let runtime: TenantRuntime;
  let asked: string[] = [];
  let offered: readonly string[] = [];

  beforeEach(async () => {
    asked = [];
    kernel = await bootRuntime({
      agents,
      models: [
        chief,
        functionModel('plain', ({ messages, tools = [] }) => {
          const question = textOf(messages.at(-1) ?? { role: 'user', content: '' });
          asked.push(question);
          offered = tools.map(({ name }) => name);
          return `done: ${question}`;
        }),
        functionModel('payer', ({ messages }) => {
          const last = messages.at(-1);
          return last?.role === 'tool' ? textOf(last) : [{ id: 'p', name: 'pay', input: {} }];
        }),
        functionModel('hanging', () => new Promise<never>(() => {})),
      ],
      tools: [
        {
          name: 'pay',
          description: 'Pays.',
          input: { type: 'object' },
          effect: 'write',
          run: async () => 'paid',
        },
      ],
    });
    runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
  });
  afterEach(() => kernel.close());

  it('get the answers of runs of their own, which are asked at the same time', async () => {
    const run = await ask('cook,sea_man');
    assert.equal(run.output, 'done: Do cook. and done: Do sea_man.');
    assert.deepEqual(offered, []);
    const children = (await runtime.list()).filter(({ parent }) => parent?.runId === run.id);
    assert.deepEqual(
      children.map(({ parent, subject }) => `${parent?.path} ${subject.name} ${parent?.depth}`).sort(),
      ['turn[1].call[0] cook 1', 'turn[1].call[1] sea-man 1'],
    );
    const own = { inputTokens: 0, outputTokens: 0 };
    for (const event of await eventsOf(run.id))
      if (event.type === 'model.responded' || event.type === 'child.finished') {
        own.inputTokens += event.data.usage.inputTokens;
        own.outputTokens += event.data.usage.outputTokens;
      }
    assert.deepEqual(run.usage, own);
  });

  it('go on from any place in their journal, and ask nobody twice', async () => {
    const whole = await ask('cook,sea_man');
    const events = await eventsOf(whole.id);
    const journal = kernel.use(Journal).tenant(defaultTenant);
    asked = [];
    let expected = 0;
    for (let length = 1; length < events.length; length += 1) {
      const prefix = events
        .slice(0, length)
        .map((event) => ({ ...event, runId: `prefix_${length}` }) as RunEvent);
      await journal.append(prefix, prefix.reduce<Run | undefined>(applyEvent, undefined) as Run);
      // The first run's children have ended, and stand for those that were named already.
      expected += 2 - prefix.filter(({ type }) => type === 'child.started').length;
    }
    for (let length = 1; length < events.length; length += 1)
      assert.equal((await runtime.wait(`prefix_${length}`)).output, whole.output, `after ${length}`);
    assert.equal(asked.length, expected);
  });

  it('wait for an agent that waits, hold nothing, and go on when it does', async () => {
    const journal = kernel.use(Journal).tenant(defaultTenant);
    const whole = await ask('payer,cook');
    const [child] = (await runtime.list()).filter(({ subject }) => subject.name === 'payer');
    const parent = (await eventsOf(whole.id)).map((event) => ({ ...event, runId: 'parent' }) as RunEvent);
    const cut = parent.slice(
      0,
      parent.findIndex(({ type }) => type === 'child.finished'),
    );
    const named = cut.map((event) =>
      event.type === 'child.started' && event.data.runId === child?.id
        ? { ...event, data: { ...event.data, runId: 'child' } }
        : event,
    );
    const begun = (await eventsOf(child?.id ?? ''))
      .map((event) => ({ ...event, runId: 'child' }) as RunEvent)
      .map((event) =>
        event.type === 'run.created'
          ? {
              ...event,
              data: { ...event.data, parent: { runId: 'parent', path: 'turn[1].call[0]', depth: 1 } },
            }
          : event,
      );
    const stopped = begun.slice(0, begun.findIndex(({ type }) => type === 'tool.started') + 1);
    await journal.append(stopped, stopped.reduce<Run | undefined>(applyEvent, undefined) as Run);
    await runtime.wait('child');
    await journal.append(named, named.reduce<Run | undefined>(applyEvent, undefined) as Run);
    const waiting = await runtime.wait('parent');
    assert.deepEqual(
      waiting.waitingFor?.map((wait) => wait.kind === 'child' && wait.runId),
      ['child'],
    );
    await runtime.decide('child', { callId: 'p', outcome: 'done', output: 'paid by hand' });
    for await (const { type } of runtime.events('parent')) if (type === 'run.succeeded') break;
    assert.equal((await runtime.get('parent')).output, 'paid by hand and done: Do cook.');
  });

  it('take their children with them when they are cancelled', async () => {
    const { id, child } = await askSlow();
    await runtime.cancel(id);
    assert.equal((await runtime.wait(child)).status, 'cancelled');
  });

  it('are told when a child was cancelled, and go on', async () => {
    const { id, child } = await askSlow();
    await runtime.cancel(child);
    assert.match(answerOf(await runtime.wait(id)), /AF_RUN_CHILD_CANCELLED/);
  });

  it('cannot ask themselves for ever', async () => {
    const model = functionModel('self', ({ messages }) => {
      const last = messages.at(-1);
      return last?.role === 'tool'
        ? textOf(last)
        : [{ id: 'c', name: 'ask_mirror', input: { message: 'Again.' } }];
    });
    await kernel.close();
    const mirror = { name: 'mirror', instructions: 'Ask.', model: 'self/any', agents: ['mirror'] };
    kernel = await bootRuntime({ agents: [mirror], models: [model] });
    runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'mirror', input: 'Go.' });
    const { output } = await runtime.wait(id);
    assert.ok(typeof output === 'string' && output.includes('AF_RUN_TOO_DEEP'), JSON.stringify(output));
  });

  it('are refused when they name an agent that is not there', async () => {
    await assert.rejects(
      bootRuntime({
        agents: [{ name: 'lost', instructions: 'x', model: 'plain/any', agents: ['cok'] }],
        models: [functionModel('plain', () => 'x')],
      }),
      /config agents\/0 agents\/0: there is no agent "cok" \(there are: lost\)/,
    );
  });

  /** A run whose child is at work, and does not end by itself. */
  async function askSlow(): Promise<{ readonly id: string; readonly child: string }> {
    const { id } = await runtime.start({ agent: 'chief', input: 'slow' });
    for await (const event of runtime.events(id)) {
      if (event.type !== 'child.started') continue;
      const child = event.data.runId;
      while (!(await kernel.use(Journal).tenant(defaultTenant).run(child)))
        await new Promise((resolve) => setImmediate(resolve));
      return { id, child };
    }
    return assert.fail('no child was started');
  }

  async function ask(input: string): Promise<Run> {
    const run = await runtime.wait((await runtime.start({ agent: 'chief', input })).id);
    assert.equal(run.status, 'succeeded', run.error?.message);
    assert.deepEqual((await eventsOf(run.id)).reduce<Run | undefined>(applyEvent, undefined), run);
    return run;
  }

  function eventsOf(id: string): Promise<readonly RunEvent[]> {
    return kernel.use(Journal).tenant(defaultTenant).read(id);
  }
});
