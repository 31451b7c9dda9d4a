import assert from 'node:assert/strict';
import {
  AgentRuntime,
  ConversationMemory,
  defaultTenant,
  RunReplay,
  SemanticMemory,
} from '@agent-factory/sdk/contracts';
import { textOf, type AgentDefinition } from '@agent-factory/sdk/domain';
import { functionModel, type FunctionModelReply, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';
import { base, call } from './support/scripted-runtime.ts';

const mail = 'ann@example.com';
const remembers: Partial<AgentDefinition> = {
  memory: {},
  semanticMemory: {},
  guardrails: [{ use: 'pii', stages: ['input'] }],
};
const agents: readonly AgentDefinition[] = [
  {
    ...base,
    ...remembers,
    name: 'shaped',
    output: { type: 'object', properties: { mood: { type: 'string' } }, required: ['mood'] },
  },
  { ...base, ...remembers, name: 'desk', handoffs: [{ target: 'inner' }] },
  { ...base, ...remembers, name: 'judge', handoffs: [{ target: 'inner', when: 'true', input: '"Told."' }] },
  // What the desk's guardrails took out, those of the one behind it need not know.
  { ...base, memory: {}, semanticMemory: {}, name: 'inner' },
  { ...base, name: 'open', handoffs: [{ target: 'closed' }] },
  { ...base, ...remembers, name: 'closed' },
];

describe('what a guardrail took out of a question', () => {
  let kernel: TestKernel;
  let answers: FunctionModelReply[] = [];
  let shown: string[] = [];

  before(async () => {
    kernel = await bootRuntime({
      agents,
      models: [
        functionModel('test', ({ messages }) => {
          shown.push(...messages.map(textOf));
          return answers.shift() ?? 'Fine.';
        }),
      ],
      plugins: [
        '@agent-factory/plugin-guardrails-builtin',
        '@agent-factory/plugin-routing-expression',
        '@agent-factory/plugin-memory-sql',
        '@agent-factory/plugin-vector-sql',
        '@agent-factory/plugin-llm-local',
        '@agent-factory/plugin-memory-vector',
      ],
    });
  });
  after(() => kernel?.close());

  const hand = (name: string): FunctionModelReply => [call(`transfer_to_${name}`)];
  for (const [agent, how, replies] of [
    ['shaped', 'after an answer was repaired', ['no JSON', '{"mood":"good"}']],
    ['desk', 'after a hand-over by a tool', [hand('inner'), 'Done.']],
    ['judge', 'after a hand-over by a condition', ['Over.', 'Done.']],
    ['open', 'where the one who was handed over to took it out', [hand('closed'), 'Done.']],
  ] as const)
    it(`does not come back through a memory ${how}`, async () => {
      const runs = kernel.use(AgentRuntime).tenant(defaultTenant);
      answers = [...replies];
      const ids = { session: agent, user: agent };
      const { id } = await runs.start({ agent, input: `I am ${mail}, with a lamp.`, ...ids });
      const run = await runs.wait(id);
      assert.equal(run.status, 'succeeded', run.error?.message);
      const conversation = await kernel.use(ConversationMemory).tenant(defaultTenant).read(agent);
      const [question] = conversation.messages;
      assert.deepEqual(question?.message, { role: 'user', content: 'I am [email], with a lamp.' });
      const owner = { scope: 'user', id: agent } as const;
      const [fact] = await kernel.use(SemanticMemory).tenant(defaultTenant).recall(owner, 'lamp');
      assert.match(fact?.text ?? '', /^user: I am \[email\], with a lamp\.\nassistant: /);
      const report = await kernel.use(RunReplay).tenant(defaultTenant).replay(id);
      assert.deepEqual([report.status, report.events], ['succeeded', run.lastSeq]);

      shown = [];
      answers = agent === 'shaped' ? ['{"mood":"good"}'] : ['Over.', 'Done.'];
      const next = await runs.start({ agent: agent === 'open' ? 'closed' : agent, input: 'Next.', ...ids });
      assert.equal((await runs.wait(next.id)).status, 'succeeded');
      assert.ok(!shown.some((text) => text.includes(mail)), shown.join('|'));
    });
});
