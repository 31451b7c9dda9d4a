import type { Json, JsonObject } from '@agent-factory/sdk';
import type { AgentDefinition, Router, Workflow } from '@agent-factory/sdk/domain';
import type { Parts } from './boot-runtime.ts';
import { countedEmbedder, countedTools, type Reached } from './counted-tools.ts';
import { flow } from './run-workflow.ts';

const call = (name: string, input: JsonObject = {}, id?: string): JsonObject => ({
  name,
  input,
  ...(id !== undefined && { id }),
});
const calls = (...toolCalls: readonly JsonObject[]): Json => ({ reply: { toolCalls } });
const base = { instructions: 'Be brief.' } as const;

/** What the models say, word for word; the name of a script is that of its agent. */
const scripts: JsonObject = {
  plain: ['You said: {{input}}'],
  wordy: [{ reply: { chunks: ['One ', 'two ', 'three ', '{{input}}'] } }],
  caller: [calls(call('look', { at: 'a' })), 'It was {{toolResult}}'],
  reader: [calls(call('search_knowledge', { query: 'bees' })), 'Bees are kept [bees.md:1].'],
  many: [
    calls(call('look', { at: 'a' }, 'a'), call('slowly', { at: 'b' }, 'b'), call('look', { at: 'c' }, 'c')),
    calls(call('slowly', { at: 'd' }, 'd'), call('look', { at: 'e' }, 'e')),
    'All of them.',
  ],
  clumsy: [
    calls(
      call('nothing-like-it'),
      call('breaks'),
      call('look', { at: 7 }),
      { name: 'look', malformed: '{"at":' },
      call('unsure', {}, 'unsure'),
    ),
    'It did not work.',
  ],
  desk: [calls(call('transfer_to_second', { reason: 'Yours.' }))],
  second: ['not asked first', 'Gladly.'],
  judge: ['This is for the boss.'],
  boss: ['Granted.'],
  chief: [
    calls(call('ask_plain', { message: 'One?' }), call('ask_caller', { message: 'Two?' })),
    'Both asked.',
  ],
  shaped: [
    { when: { turn: 1 }, reply: { text: 'no JSON' } },
    { when: { turn: 2 }, reply: { json: { mood: 'good' } } },
  ],
  shapeless: ['no JSON'],
  guarded: [calls(call('look', { at: 'me@example.com' })), 'Write to me@example.com.'],
  blocked: ['a password'],
  minded: ['I remember.'],
  mindful: [
    calls(call('recall', { query: 'bees' }), call('update_memory', { changes: { seen: 1 } })),
    'I keep it in mind.',
  ],
  broken: [{ reply: { error: { message: 'It is down.', retryable: true } } }],
  careful: [calls(call('pay', { amount: 5 })), 'Paid: {{toolResult}}'],
  hanging: [{ reply: { text: 'Too late.', delayMs: 60_000 } }],
  endless: [
    calls(call('look', { at: 'x' })),
    calls(call('look', { at: 'y' })),
    calls(call('look', { at: 'z' })),
  ],
  classifier: [{ reply: { json: { label: 'boss', confidence: 0.9, reason: 'It sounds like it.' } } }],
};

const only = (name: string, more: Partial<AgentDefinition> = {}): AgentDefinition => ({
  ...base,
  name,
  model: `scripted/${name}`,
  ...more,
});

const agents: readonly AgentDefinition[] = [
  only('plain'),
  only('wordy'),
  only('caller', { tools: ['look'] }),
  only('reader', { knowledge: ['shelf'] }),
  only('many', { tools: ['look', 'slowly'] }),
  only('clumsy', { tools: ['look', 'breaks', 'unsure'] }),
  only('desk', { handoffs: [{ target: 'second' }] }),
  only('second'),
  only('judge', {
    handoffs: [{ target: 'boss', when: 'output.contains("boss")', input: '"Told: " + output' }],
  }),
  only('boss'),
  only('chief', { agents: ['plain', 'caller'] }),
  only('shaped', {
    output: { type: 'object', properties: { mood: { type: 'string' } }, required: ['mood'] },
  }),
  only('shapeless', { output: { type: 'object', required: ['mood'] } }),
  only('guarded', {
    tools: ['look'],
    guardrails: [{ use: 'pii', stages: ['input', 'toolResult', 'output'], settings: { action: 'redact' } }],
  }),
  only('blocked', {
    guardrails: [{ use: 'keywords', stages: ['output'], settings: { words: ['password'] } }],
  }),
  only('minded', { memory: { last: 4, summary: { after: 4, keep: 2 } } }),
  only('mindful', {
    memory: {},
    workingMemory: { schema: { type: 'object' } },
    semanticMemory: { scope: 'session' },
  }),
  only('broken'),
  only('spared', { model: ['scripted/broken', 'scripted/plain'] }),
  only('careful', { tools: ['pay'], approvals: { pay: { when: 'input.amount > 3' } } }),
  only('hanging'),
  only('endless', { tools: ['look'], limits: { turns: 2 } }),
];

const workflows: readonly Workflow[] = [
  flow({
    name: 'branches',
    start: 'both',
    nodes: [
      { id: 'both', type: 'parallel', branches: ['each', 'until'] },
      { id: 'each', type: 'map', items: 'input', body: 'item', concurrency: 2 },
      { id: 'item', type: 'tool', tool: 'slowly', input: { at: 'item' } },
      { id: 'until', type: 'loop', body: 'count', while: 'index < 2', maxIterations: 5 },
      { id: 'count', type: 'tool', tool: 'look', input: { at: 'string(index)' } },
      { id: 'which', type: 'branch' },
      { id: 'ask', type: 'agent', agent: 'plain', input: { message: '"Asked."' } },
      { id: 'bad', type: 'tool', tool: 'breaks', onError: 'end' },
      { id: 'end', type: 'tool', tool: 'look', input: { at: '"end"' } },
    ],
    edges: [
      { from: 'both', to: 'which' },
      { from: 'which', to: 'ask', condition: 'size(steps.both.each) > 2' },
      { from: 'which', to: 'end' },
      { from: 'ask', to: 'bad' },
    ],
  }),
  flow({
    name: 'race',
    start: 'first',
    nodes: [
      { id: 'first', type: 'parallel', branches: ['quick', 'slow'], join: 'any' },
      { id: 'quick', type: 'tool', tool: 'look', input: { at: '"q"' } },
      { id: 'slow', type: 'tool', tool: 'never', input: { at: '"s"' } },
    ],
  }),
  flow({
    name: 'patient',
    start: 'ok',
    nodes: [
      { id: 'ok', type: 'approval', prompt: 'Go on?' },
      { id: 'news', type: 'wait', forEvent: 'news' },
      { id: 'rest', type: 'wait', forMs: 1 },
      { id: 'inner', type: 'subworkflow', workflow: 'race' },
    ],
    edges: [
      { from: 'ok', to: 'news' },
      { from: 'news', to: 'rest' },
      { from: 'rest', to: 'inner' },
    ],
  }),
  flow({
    name: 'undone',
    start: 'book',
    nodes: [
      { id: 'book', type: 'tool', tool: 'look', input: { at: '"b"' }, compensation: 'unbook' },
      { id: 'unbook', type: 'tool', tool: 'look', input: { at: '"u"' } },
      { id: 'try', type: 'tool', tool: 'breaks', retry: { maxAttempts: 2, delayMs: 1 } },
    ],
    edges: [{ from: 'book', to: 'try' }],
  }),
  flow({
    name: 'tabled',
    start: 'which',
    input: { type: 'integer' },
    nodes: [
      { id: 'which', type: 'branch', evaluator: 'rules' },
      { id: 'few', type: 'tool', tool: 'look', input: { at: '"few"' } },
      { id: 'many', type: 'agent', agent: 'plain', input: { message: '"Many."' } },
    ],
    edges: [
      { from: 'which', to: 'few', condition: { when: { input: '< 10' } } },
      { from: 'which', to: 'many' },
    ],
  }),
];

const routers: readonly Router[] = [
  {
    name: 'pair',
    version: '1.0.0',
    entry: 'caller',
    agents: { caller: [{ target: 'plain', condition: 'hops < 1' }], plain: [] },
  },
  {
    name: 'asking',
    version: '1.0.0',
    evaluator: 'llm',
    entry: 'plain',
    agents: { plain: [{ target: 'boss', condition: 'It is for the boss.' }], boss: [] },
  },
  {
    name: 'table',
    version: '1.0.0',
    evaluator: 'rules',
    entry: 'plain',
    agents: {
      plain: [
        { target: 'boss', condition: { when: { output: '.endsWith("1")', hops: '< 3' } } },
        { target: 'second', condition: { when: { output: ['You said: t 2', 'You said: t 3'] } } },
      ],
      boss: [],
      second: [],
    },
  },
  {
    name: 'likeness',
    version: '1.0.0',
    evaluator: 'semantic',
    entry: 'plain',
    agents: { plain: [{ target: 'boss', condition: ['You said: likeness 1', 'boss'] }], boss: [] },
  },
];

/** A runtime in which every kind of run can happen. */
export function allKinds(reached: Reached): Parts {
  return {
    agents,
    workflows,
    routers,
    tools: countedTools(reached),
    embedders: [countedEmbedder(reached)],
    leaseMs: 10_000,
    plugins: [
      { use: '@agent-factory/plugin-llm-scripted', config: { scripts } },
      '@agent-factory/plugin-memory-sql',
      '@agent-factory/plugin-vector-sql',
      {
        use: '@agent-factory/plugin-knowledge-vector',
        config: {
          bases: [{ name: 'shelf', sources: [{ type: 'text', title: 'bees.md', text: 'Ann keeps bees.' }] }],
          embedding: { model: 'letters/abc' },
        },
      },
      '@agent-factory/plugin-documents-builtin',
      { use: '@agent-factory/plugin-memory-vector', config: { model: 'letters/abc' } },
      '@agent-factory/plugin-guardrails-builtin',
      '@agent-factory/plugin-routing-expression',
      '@agent-factory/plugin-routing-rules',
      { use: '@agent-factory/plugin-routing-llm', config: { model: 'scripted/classifier' } },
      { use: '@agent-factory/plugin-routing-semantic', config: { model: 'letters/abc' } },
    ],
  };
}
