import assert from 'node:assert/strict';
import {
  AgentRuntime,
  defaultTenant,
  Guardrail,
  Journal,
  passed,
  RunReplay,
  type ModelRequest,
  type RunRequest,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import {
  applyEvent,
  textOf,
  type AgentDefinition,
  type GuardrailUse,
  type Message,
  type Run,
  type RunEvent,
} from '@agent-factory/sdk/domain';
import {
  functionModel,
  testPlugin,
  type FunctionModelReply,
  type TestKernel,
} from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { base } from './support/scripted-runtime.ts';

const mail = 'ann@example.com';
const pii: GuardrailUse = { use: 'pii', stages: ['input', 'toolResult'] };
const keywords = (action: string, more: Partial<GuardrailUse> = {}): GuardrailUse => ({
  use: 'keywords',
  stages: ['input', 'toolResult'],
  settings: { words: ['forbidden'], action },
  ...more,
});

/** Does not work on one word. */
const fragile = testPlugin('fragile', [Guardrail], (ctx) => {
  ctx.contribute(Guardrail, {
    name: 'fragile',
    description: 'Breaks.',
    stages: ['input'],
    settings: { type: 'object' },
    prepare: async () => ({
      check({ value }) {
        if (JSON.stringify(value).includes('break')) throw new Error('it broke');
        return passed;
      },
    }),
  });
});

const agents: readonly AgentDefinition[] = [
  { ...base, name: 'private', guardrails: [pii] },
  { ...base, name: 'strict', guardrails: [keywords('block')] },
  { ...base, name: 'strict-on-one', guardrails: [keywords('block', { tools: ['look'] })] },
  { ...base, name: 'asking', guardrails: [pii, keywords('ask')], memory: {} },
  { ...base, name: 'fragile', guardrails: [pii, { use: 'fragile' }] },
  { ...base, name: 'desk', handoffs: [{ target: 'private' }, { target: 'strict' }] },
  { ...base, name: 'judge', handoffs: [{ target: 'private', when: 'true' }] },
];

const said = (...texts: readonly string[]): readonly Message[] =>
  texts.map((content, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', content }));
const looked = (content: string, name = 'look'): readonly Message[] => [
  { role: 'user', content: 'Look.' },
  { role: 'assistant', content: '', toolCalls: [{ id: 'l', name, input: {} }] },
  { role: 'tool', toolCallId: 'l', name, content },
  { role: 'assistant', content: 'Seen.' },
  { role: 'user', content: 'Go on.' },
];

describe('a conversation that a run is given', () => {
  let kernel: TestKernel;
  let runs: TenantRuntime;
  let asked: ModelRequest[] = [];
  let answers: FunctionModelReply[] = [];

  before(async () => {
    kernel = await bootRuntime({
      agents,
      models: [
        functionModel('test', (request) => {
          asked.push(request);
          return answers.shift() ?? 'Fine.';
        }),
      ],
      plugins: [
        fragile,
        '@agent-factory/plugin-guardrails-builtin',
        '@agent-factory/plugin-memory-sql',
        '@agent-factory/plugin-routing-expression',
      ],
    });
    runs = kernel.use(AgentRuntime).tenant(defaultTenant);
  });
  after(() => kernel?.close());

  async function settled(request: RunRequest, ...replies: readonly FunctionModelReply[]): Promise<Run> {
    asked = [];
    answers = [...replies];
    return runs.wait((await runs.start(request)).id);
  }
  const eventsOf = (id: string): Promise<readonly RunEvent[]> =>
    kernel.use(Journal).tenant(defaultTenant).read(id);
  const shown = (question = 0): readonly string[] => asked[question]?.messages.slice(1).map(textOf) ?? [];
  const trips = async (id: string): Promise<readonly string[]> =>
    (await eventsOf(id)).flatMap(({ type, data }) =>
      type === 'guardrail.tripped' ? [`${data.stage} ${data.message ?? 'last'} ${data.verdict}`] : [],
    );
  async function replays({ id, status, lastSeq }: Run): Promise<void> {
    const report = await kernel.use(RunReplay).tenant(defaultTenant).replay(id);
    assert.deepEqual([report.status, report.events], [status, lastSeq]);
  }

  it('is shown to no model before all of it was looked at', async () => {
    const input = [
      ...said(`I am ${mail}.`, `You are ${mail}.`),
      ...looked(`{"who":"${mail}"}`).slice(0, -1),
      { role: 'user', content: `Write to ${mail}.` },
    ] as const;
    const run = await settled({ agent: 'private', input });
    assert.equal(run.status, 'succeeded', run.error?.message);
    assert.deepEqual(shown(), [
      'I am [email].',
      'You are [email].',
      'Look.',
      '',
      '{"who":"[email]"}',
      'Seen.',
      'Write to [email].',
    ]);
    assert.deepEqual(await trips(run.id), [
      'input 0 redact',
      'input 1 redact',
      'toolResult 4 redact',
      'input last redact',
    ]);
    await replays(run);
  });

  it('keeps its images, and loses what a provider wants back with an answer that was changed', async () => {
    const image = { type: 'image', mediaType: 'image/png', url: 'data:image/png;base64,AAAA' } as const;
    const carry = { provider: 'test', data: mail };
    await settled({
      agent: 'private',
      input: [
        { role: 'user', content: [{ type: 'text', text: mail }, image] },
        { role: 'assistant', content: mail, carry },
        { role: 'user', content: 'And?' },
        { role: 'assistant', content: 'Nothing.', carry },
        { role: 'user', content: 'Go on.' },
      ],
    });
    assert.deepEqual(asked[0]?.messages.slice(1, 5), [
      { role: 'user', content: [{ type: 'text', text: '[email]' }, image] },
      { role: 'assistant', content: '[email]' },
      { role: 'user', content: 'And?' },
      { role: 'assistant', content: 'Nothing.', carry },
    ]);
  });

  for (const [where, input] of [
    ['an earlier message of the user', said('It is forbidden.', 'So?', 'Go on.')],
    ['an earlier answer', said('Go on.', 'It is forbidden.', 'Go on.')],
    ['what a tool gave', looked('It is forbidden.')],
  ] as const)
    it(`ends the run where ${where} is blocked`, async () => {
      const run = await settled({ agent: 'strict', input });
      assert.deepEqual([run.error?.code, asked.length], ['AF_GUARDRAIL_BLOCKED', 0]);
      await replays(run);
    });

  it('is looked at for the tools that a guardrail is for', async () => {
    const one = { agent: 'strict-on-one' } as const;
    const run = await settled({ ...one, input: looked('It is forbidden.') });
    assert.equal(run.error?.code, 'AF_GUARDRAIL_BLOCKED');
    const other = await settled({ ...one, input: looked('It is forbidden.', 'listen') });
    assert.equal(other.status, 'succeeded', other.error?.message);
  });

  it('has a person asked about each message once, and what is remembered is not looked at again', async () => {
    const session = 'kept';
    await settled({ agent: 'asking', input: 'Hello.', session });
    const input = said('Is it forbidden?', `It is ${mail}.`, 'So it is forbidden.');
    let run = await settled({ agent: 'asking', input, session });
    const ids: string[] = [];
    for (let [wait] = run.waitingFor ?? []; wait?.kind === 'approval'; [wait] = run.waitingFor ?? []) {
      const { approvalId } = wait;
      ids.push(approvalId);
      await runs.approve(run.id, { approvalId, outcome: 'approved' });
      run = await runs.wait(run.id);
    }
    assert.deepEqual([run.status, ids], ['succeeded', ['input[0]!keywords', 'input!keywords']]);
    assert.deepEqual(
      [asked.length, shown()],
      [1, ['Hello.', 'Fine.', 'Is it forbidden?', 'It is [email].', 'So it is forbidden.']],
    );
    await replays(run);
  });

  it('that a guardrail breaks on ends in a replay where it ended', async () => {
    const run = await settled({
      agent: 'fragile',
      input: said('Hello.', `I am ${mail}.`, `${mail} will break it.`),
    });
    assert.equal(run.error?.code, 'AF_GUARDRAIL_FAILED');
    assert.deepEqual(await trips(run.id), ['input 1 redact', 'input last redact']);
    await replays(run);
  });

  it('goes into a fork as guardrails left it', async () => {
    const input = said(`I am ${mail}.`, 'Hello.', 'Go on.');
    const run = await settled({ agent: 'private', input });
    const replay = kernel.use(RunReplay).tenant(defaultTenant);
    for (const seq of [2, run.lastSeq]) {
      asked = [];
      const { run: fork } = await replay.fork(run.id, { seq });
      assert.equal((await runs.wait(fork.id)).status, 'succeeded');
      if (seq === 2) assert.deepEqual(shown(), ['I am [email].', 'Hello.', 'Go on.']);
      await replays(await runs.wait(fork.id));
    }
  });

  it('of a run from before its earlier messages were looked at is replayed as it was', async () => {
    const run = await settled({ agent: 'private', input: said('I am Ann.', 'Hello.', `I am ${mail}.`) });
    const runId = 'run_before';
    const events = (await eventsOf(run.id)).map((event): RunEvent => {
      const own = { ...event, runId };
      if (own.type !== 'run.created') return own;
      return { ...own, data: { ...own.data, input: said(`I am ${mail}.`, 'Hello.', `I am ${mail}.`) } };
    });
    const old = events.reduce<Run | undefined>(applyEvent, undefined);
    assert.ok(old);
    await kernel.use(Journal).tenant(defaultTenant).append(events, old);
    await replays(old);
  });

  it('is looked at by the guardrails of each agent that it is handed to', async () => {
    const input = said(`I am ${mail}.`, 'Hello.', 'Go on.');
    const run = await settled({ agent: 'desk', input }, [
      { id: 'h', name: 'transfer_to_private', input: {} },
    ]);
    assert.equal(run.status, 'succeeded', run.error?.message);
    assert.equal(shown(0)[0], `I am ${mail}.`);
    assert.equal(shown(1)[0], 'I am [email].');
    await replays(run);
    const stopped = await settled({ agent: 'desk', input: said('It is forbidden.', 'Yes.', 'Go on.') }, [
      { id: 'h', name: 'transfer_to_strict', input: {} },
    ]);
    assert.deepEqual([stopped.error?.code, asked.length], ['AF_GUARDRAIL_BLOCKED', 1]);
    const answered = await settled({ agent: 'judge', input: 'Who?' }, `It was ${mail}.`);
    assert.equal(answered.status, 'succeeded', answered.error?.message);
    assert.equal(shown(1)[1], 'It was [email].');
    await replays(answered);
  });
});
