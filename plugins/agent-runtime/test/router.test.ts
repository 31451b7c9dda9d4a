import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ConditionEvaluator } from '@agent-factory/sdk/contracts';
import type { Router } from '@agent-factory/sdk/domain';
import { functionModel } from '@agent-factory/sdk/testing';
import type { Parts } from './support/boot-runtime.ts';
import { assertFailed, bench, dataOf, tool, type Bench } from './support/run-workflow.ts';

const desk: Router = {
  name: 'desk',
  version: '1.0.0',
  entry: 'triage',
  agents: {
    triage: [
      { target: 'money', condition: 'output == "money"' },
      { target: 'words', condition: 'output == "words"', input: { message: '"About: " + input' } },
    ],
    money: [],
    words: [{ target: 'triage', condition: 'output.contains("?")' }],
  },
};

describe('a router', () => {
  let open: Bench | undefined;
  let dataDir = '';
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-router-'));
  });
  afterEach(async () => {
    await open?.close();
    open = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });
  const boot = async (router: Router, parts: Parts = {}): Promise<Bench> => {
    await open?.close();
    open = await bench([], {
      dataDir,
      routers: [router],
      agents: ['triage', 'money', 'words'].map((name) => ({
        name,
        instructions: `You are ${name}.`,
        model: 'test/any',
        ...(name === 'money' && { tools: ['pay'] }),
      })),
      models: [
        functionModel('test', ({ messages }) => {
          const [system] = messages;
          const question = JSON.stringify(messages.findLast(({ role }) => role === 'user')?.content);
          if (system?.content === 'You are triage.') return question.includes('pay') ? 'money' : 'words';
          if (system?.content === 'You are words.') return `words on ${question}`;
          const paid = messages.at(-1);
          return paid?.role === 'tool' ? `paid ${paid.content}` : [{ id: 'c', name: 'pay', input: {} }];
        }),
      ],
      tools: [tool('pay', () => 'it', 'write')],
      ...parts,
    });
    return open;
  };
  const ask = async ({ runs }: Bench, input: string): ReturnType<Bench['run']> =>
    runs.wait((await runs.start({ router: 'desk', input })).id);

  it('lets one agent answer after the other, in one run, and keeps every decision', async () => {
    const desks = await boot(desk);
    const { id, output, turns } = await ask(desks, 'Please pay.');
    assert.equal(output, 'paid it');
    assert.equal(turns, 3);
    const events = await desks.events(id);
    assert.deepEqual(
      dataOf(events, 'handoff').map(({ from, to }) => [from, to.name, to.hash.length]),
      [
        ['desk', 'triage', 64],
        ['triage', 'money', 64],
      ],
    );
    const [decided] = dataOf(events, 'route.decided');
    assert.equal(decided?.path, 'triage');
    assert.equal(decided.target, 'money');
    assert.deepEqual(decided.saw, { output: 'money' });
  });

  it('gives the next agent what the way says, and ends with an answer from which no way leads on', async () => {
    const desks = await boot(desk);
    const { id, output } = await ask(desks, 'Say something.');
    assert.equal(output, 'words on "About: Say something."');
    const last = dataOf(await desks.events(id), 'route.decided').at(-1);
    assert.deepEqual([last?.path, last?.target], ['words', null]);
  });

  it('has a later agent remember, and guarded, as it says itself', async () => {
    const seen: string[] = [];
    const desks = await boot(desk, {
      plugins: ['@agent-factory/plugin-memory-sql', '@agent-factory/plugin-guardrails-builtin'],
      agents: ['triage', 'money', 'words'].map((name) => ({
        name,
        instructions: `You are ${name}.`,
        model: 'test/any',
        ...(name === 'words' && { memory: {}, guardrails: [{ use: 'pii', settings: { action: 'redact' } }] }),
      })),
      models: [
        functionModel('test', ({ messages }) => {
          const [system] = messages;
          if (system?.content === 'You are triage.') return 'words';
          seen.push(messages.map(({ content }) => JSON.stringify(content)).join('|'));
          return 'Noted.';
        }),
      ],
    });
    const say = async (input: string): Promise<string> => {
      const { id } = await desks.runs.start({ router: 'desk', input, session: 's' });
      const run = await desks.runs.wait(id);
      assert.equal(run.status, 'succeeded', JSON.stringify(run.error));
      const report = await desks.replay(id);
      assert.equal(report.events, run.lastSeq);
      return id;
    };
    const events = await desks.events(await say('I am ann@example.org.'));
    assert.deepEqual(
      dataOf(events, 'guardrail.tripped').map(({ stage, turn }) => [stage, turn]),
      [['input', 1]],
    );
    assert.ok(!seen[0]?.includes('ann@'), seen[0]);
    await say('And now?');
    assert.match(seen[1] ?? '', /About: I am .*Noted\..*About: And now/);
  });

  it('ends a circle after so many hand-overs', async () => {
    const desks = await boot({ ...desk, maxHops: 4 });
    const run = await ask(desks, 'Why?');
    assertFailed(run, 'AF_ROUTER_HOPS');
    assert.equal(dataOf(await desks.events(run.id), 'handoff').length, 5);
  });

  it('asks a model which way to go where its evaluator does, and writes down question and answer', async () => {
    const evaluator: ConditionEvaluator = {
      name: 'model',
      description: 'Asks a model.',
      condition: {},
      deterministic: false,
      compile: () => Promise.reject(new Error('not needed here')),
      compileChoice: async (options) => ({
        reads: ['input'],
        async decide({ input = null }, services) {
          const request = {
            messages: [{ role: 'user', content: `Which: ${JSON.stringify(input)}` }],
          } as const;
          const answer = await services?.askModel?.('test/chooser', request);
          const chosen = options[answer?.message.content === 'paid' ? 0 : 1]?.id ?? null;
          return { chosen, saw: { input }, confidence: 0.9, reason: 'It says so.' };
        },
      }),
    };
    const desks = await boot({ ...desk, evaluator: 'model' }, { evaluators: [evaluator] });
    const { id, output } = await ask(desks, 'Hm.');
    assert.equal(output, 'words on "About: Hm."');
    const events = await desks.events(id);
    const asked = dataOf(events, 'model.requested').filter(({ path }) => path === 'triage');
    assert.deepEqual(
      asked.map(({ model: name }) => name),
      ['chooser'],
    );
    assert.equal(dataOf(events, 'route.decided')[0]?.confidence, 0.9);
  });

  it('goes where a table of rules says, by the whole answer and the words of the question', async () => {
    const tabled: Router = {
      ...desk,
      evaluator: 'rules',
      agents: {
        triage: [
          { target: 'money', condition: { when: { output: 'money' } } },
          { target: 'words', condition: { when: { output: '.startsWith("w")', hops: '< 5' } } },
        ],
        money: [],
        words: [{ target: 'triage', condition: { if: 'input.contains("?")' } }],
      },
    };
    const desks = await boot(tabled, { plugins: ['@agent-factory/plugin-routing-rules'] });
    const paid = await ask(desks, 'Please pay.');
    assert.equal(paid.output, 'paid it');
    const [decided] = dataOf(await desks.events(paid.id), 'route.decided');
    assert.deepEqual([decided?.evaluator, decided?.target], ['rules', 'money']);
    assert.deepEqual(decided?.saw, { output: 'money' });
    const said = await ask(desks, 'Say something.');
    assert.deepEqual(
      dataOf(await desks.events(said.id), 'route.decided').map(({ path, target }) => [path, target]),
      [
        ['triage', 'words'],
        ['words', null],
      ],
    );
    assert.equal((await desks.replay(said.id)).events, said.lastSeq);
    const wrong: Router = {
      ...tabled,
      agents: { ...tabled.agents, words: [{ target: 'triage', condition: { when: { outptu: 'a' } } }] },
    };
    await assert.rejects(boot(wrong, { plugins: ['@agent-factory/plugin-routing-rules'] }), /outptu/);
  });

  it('fails where what the next agent is given cannot be worked out', async () => {
    const counting = { target: 'words', condition: 'true', input: { message: 'string(int(output))' } };
    const desks = await boot({ ...desk, agents: { triage: [counting], words: [] } });
    const run = await ask(desks, 'Hm.');
    assertFailed(run, 'AF_ROUTER_INPUT_FAILED');
    assert.match(run.error?.message ?? '', /"triage".*"words"/);
  });

  it('is refused when a condition or an agent of it is wrong', async () => {
    const wrong: Router = { ...desk, agents: { ...desk.agents, money: [{ target: 'ghost' }] } };
    await assert.rejects(boot(wrong), /"ghost" is not in agents/);
    await assert.rejects(
      boot({ ...desk, evaluator: 'magic' }),
      /No evaluator of conditions is named "magic"/,
    );
  });
});
