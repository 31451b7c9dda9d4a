import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import * as domain from '@agent-factory/sdk/domain';
import type { AgentDefinition, GuardrailUse, ToolDefinition, Workflow } from '@agent-factory/sdk/domain';

type Schema = { readonly [key: string]: unknown };

const hash = 'a'.repeat(64);

const agent: AgentDefinition = {
  name: 'guide',
  instructions: 'Answer from the documents.',
  model: ['openai/gpt-5-mini', 'local/tools'],
  tools: ['search_documents'],
  limits: { turns: 4 },
};

const tool: ToolDefinition = {
  name: 'roll_dice',
  description: 'Rolls a die.',
  input: { type: 'object' },
  effect: 'read',
};

const guardrail: GuardrailUse = {
  use: 'pii',
  stages: ['input', 'toolResult'],
  settings: { action: 'redact' },
};

const workflow: Workflow = {
  name: 'refund',
  version: '1.0.0',
  start: 'check',
  nodes: [
    {
      id: 'check',
      type: 'agent',
      agent: 'clerk',
      input: { message: 'input.text' },
      retry: { maxAttempts: 3 },
    },
    { id: 'decide', type: 'branch', evaluator: 'model' },
    { id: 'both', type: 'parallel', branches: ['pay', 'tell'], join: 'all' },
    { id: 'pay', type: 'tool', tool: 'pay', compensation: 'unpay' },
    { id: 'unpay', type: 'tool', tool: 'unpay' },
    { id: 'tell', type: 'map', items: 'input.people', as: 'person', body: 'mail', concurrency: 2 },
    {
      id: 'mail',
      type: 'subworkflow',
      workflow: 'mail',
      outputSchema: { type: 'string' },
      onError: 'unsent',
    },
    { id: 'again', type: 'loop', body: 'check', while: 'last.unsure', maxIterations: 5 },
    { id: 'pause', type: 'wait', forMs: 1000 },
    { id: 'reply', type: 'wait', forEvent: 'reply.received', timeoutMs: 60_000 },
    { id: 'ask', type: 'approval', prompt: 'Pay it?', onReject: 'continue', onTimeout: 'reject' },
  ],
  edges: [
    { from: 'check', to: 'decide' },
    { from: 'decide', to: 'ask', condition: 'steps.check.amount > 100', priority: 1 },
    { from: 'decide', to: 'both' },
  ],
};

const router: domain.Router = {
  name: 'desk',
  version: '0.1.0',
  evaluator: 'cel',
  entry: 'clerk',
  agents: {
    clerk: [{ target: 'expert', condition: 'output.unsure', priority: 2, input: { message: 'input' } }],
    expert: [],
  },
  maxHops: 4,
};

const base: domain.KnowledgeBase = {
  name: 'handbook',
  sources: [
    { type: 'folder', path: 'docs', include: ['**/*.md'] },
    { type: 'url', url: 'https://example.org/rules' },
    { type: 'text', title: 'Hours', text: 'Open from nine to five.' },
  ],
  chunking: { by: 'heading', maxTokens: 300, overlapTokens: 30 },
  embedding: { model: 'openai/text-embedding-3-small', dimensions: 512 },
};
const pack: domain.KnowledgePack = { ...base, version: '2.0.0-beta.1' };

const target = { kind: 'agent', name: 'guide' } as const;
const suite = { name: 'answers', version: '1.0.0', target, cases: [{ name: 'one', input: 'How?' }] };

const blueprint: domain.Blueprint = {
  name: 'help-desk',
  version: '1.0.0',
  plugins: { 'tools-builtin': '^0.1.0' },
  parameters: { type: 'object', properties: { language: { type: 'string', default: 'en' } } },
  agents: [agent],
  tools: [{ name: 'orders', kind: 'http', spec: { url: 'https://api.example.org/orders' } }],
  workflows: [workflow],
  routers: [router],
  knowledge: [base],
  evaluations: [suite],
};

const message: domain.Message = {
  role: 'assistant',
  content: '',
  toolCalls: [{ id: 'c1', name: 'roll_dice', input: { sides: 6 } }],
};

const run: domain.Run = {
  id: 'run_1',
  subject: { kind: 'agent', name: 'guide', hash },
  status: 'succeeded',
  input: [{ role: 'user', content: [{ type: 'text', text: 'Hello' }] }],
  output: 'Hello.',
  citations: [{ source: 'a.md', line: 1 }],
  usage: { inputTokens: 1, outputTokens: 2 },
  turns: 1,
  toolCalls: 0,
  createdAt: 1,
  startedAt: 1,
  endedAt: 2,
  lastSeq: 5,
};

const event: domain.RunEvent = {
  runId: 'run_1',
  seq: 3,
  type: 'model.responded',
  at: 5,
  data: {
    turn: 1,
    message: { role: 'assistant', content: 'Hi' },
    finishReason: 'stop',
    usage: run.usage,
    durationMs: 1.25,
  },
};

const examples: readonly {
  readonly name: string;
  readonly schema: Schema;
  readonly good: object;
  /** What is wrong, and the change that makes it so. */
  readonly bad: Readonly<Record<string, object>>;
}[] = [
  {
    name: 'agentSchema',
    schema: domain.agentSchema,
    good: agent,
    bad: {
      'a name with capitals': { name: 'Guide' },
      'a model without a provider': { model: 'gpt-5' },
      'no models at all': { model: [] },
      'an unknown key': { tool: ['x'] },
      'a limit of zero turns': { limits: { turns: 0 } },
    },
  },
  {
    name: 'toolSchema',
    schema: domain.toolSchema,
    good: tool,
    bad: { 'a name with a space': { name: 'roll dice' }, 'an unknown effect': { effect: 'none' } },
  },
  {
    name: 'guardrailUseSchema',
    schema: domain.guardrailUseSchema,
    good: guardrail,
    bad: {
      'no name': { use: undefined },
      'an unknown stage': { stages: ['everywhere'] },
      'no stage at all': { stages: [] },
    },
  },
  {
    name: 'workflowSchema',
    schema: domain.workflowSchema,
    good: workflow,
    bad: {
      'a version that is no semver': { version: '1.0' },
      'no nodes': { nodes: [] },
      'a node of an unknown type': { nodes: [{ id: 'a', type: 'magic' }] },
      'a loop without a bound': { nodes: [{ id: 'a', type: 'loop', body: 'b', while: 'true' }] },
      'a wait for nothing': { nodes: [{ id: 'a', type: 'wait' }] },
      'a field of another type of node': { nodes: [{ id: 'a', type: 'branch', tool: 'x' }] },
      'an edge without an end': { edges: [{ from: 'check' }] },
      'an empty condition': { edges: [{ from: 'check', to: 'ask', condition: '' }] },
    },
  },
  {
    name: 'routerSchema',
    schema: domain.routerSchema,
    good: router,
    bad: {
      'an evaluator without a name': { evaluator: '' },
      'no agents': { agents: {} },
      'an edge without a target': { agents: { clerk: [{ condition: 'true' }] } },
      'an agent with a bad name': { agents: { 'The Clerk': [] } },
    },
  },
  {
    name: 'knowledgePackSchema',
    schema: domain.knowledgePackSchema,
    good: pack,
    bad: {
      'no sources': { sources: [] },
      'a source that is no web page': { sources: [{ type: 'url', url: 'file:///etc/passwd' }] },
      'an unknown way of splitting': { chunking: { by: 'chapter' } },
    },
  },
  {
    name: 'blueprintSchema',
    schema: domain.blueprintSchema,
    good: blueprint,
    bad: {
      'a wrong agent inside': { agents: [{ name: 'x' }] },
      'a plugin without a range': { plugins: { x: '' } },
      'tools of no kind': { tools: [{ name: 'orders', spec: {} }] },
      'an evaluation that tries nothing': { evaluations: [{ ...suite, cases: [] }] },
    },
  },
  {
    name: 'messageSchema',
    schema: domain.messageSchema,
    good: message,
    bad: {
      'an unknown role': { role: 'robot' },
      'a call without input': { toolCalls: [{ id: 'c', name: 'x' }] },
      'a field of another role': { toolCallId: 'c' },
    },
  },
  {
    name: 'runSchema',
    schema: domain.runSchema,
    good: run,
    bad: {
      'an unknown status': { status: 'done' },
      'a hash that is none': { subject: { kind: 'agent', name: 'guide', hash: 'abc' } },
      'negative usage': { usage: { inputTokens: -1, outputTokens: 0 } },
      'no events': { lastSeq: 0 },
    },
  },
  {
    name: 'eventSchema',
    schema: domain.eventSchema,
    good: event,
    bad: {
      'an unknown type': { type: 'model.thought' },
      'data of another type': { type: 'run.started' },
      'a number below one': { seq: 0 },
    },
  },
];

describe('the schemas of the domain', () => {
  for (const { name, schema, good, bad } of examples) {
    describe(name, () => {
      const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(
        schema,
      );

      it('accepts a full example', () => {
        assert.ok(validate(plain(good)), JSON.stringify(validate.errors));
      });

      for (const [what, change] of Object.entries(bad)) {
        it(`refuses ${what}`, () => {
          assert.equal(validate(plain({ ...good, ...change })), false);
        });
      }
    });
  }

  it('stand alone: no $id and no reference in any of them', () => {
    const schemas = Object.entries(domain).filter(([name]) => name.endsWith('Schema'));
    assert.ok(schemas.length >= 14);
    for (const [name, schema] of schemas) {
      assert.doesNotMatch(JSON.stringify(schema), /"\$(?:id|ref|anchor|dynamicRef|defs)"/, name);
    }
  });

  it('have an alternative for every type of event', () => {
    const types = Object.keys(domain.eventDataSchemas);
    assert.equal((domain.eventSchema['oneOf'] as unknown[]).length, types.length);
    for (const type of domain.finalEvents) assert.ok(types.includes(type));
  });
});

function plain(value: object): unknown {
  return JSON.parse(JSON.stringify(value));
}
