import assert from 'node:assert/strict';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { AgentRuntime, defaultTenant, type TenantRuntime } from '@agent-factory/sdk/contracts';
import { functionModel, type TestKernel } from '@agent-factory/sdk/testing';
import { bootRuntime } from './support/boot-runtime.ts';

const fixed = { name: 'fixed', instructions: 'Be fixed.', model: 'test/any' };
const first = { name: 'own', instructions: 'Be first.', model: 'test/any' };
const second = { ...first, instructions: 'Be second.', agents: ['fixed'] };

describe('the definitions of a tenant', () => {
  let kernel: TestKernel;
  let runtime: TenantRuntime;
  let answer: (text: string) => void = () => {};

  beforeEach(async () => {
    kernel = await bootRuntime({
      agents: [fixed],
      models: [
        functionModel('test', ({ messages }) => {
          const [{ content } = { content: '' }] = messages;
          if (messages.length === 2 && messages[1]?.content === 'wait')
            return new Promise<string>((resolve) => (answer = resolve));
          return `under: ${content as string}`;
        }),
      ],
    });
    runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
  });
  afterEach(() => kernel.close());

  it('are created, listed beside those of the platform, and run', async () => {
    const kept = await runtime.definitions.put('agent', first);
    assert.deepEqual([kept.revision, kept.source], [1, 'tenant']);
    assert.deepEqual(
      (await runtime.definitions.list('agent')).map(({ name, source }) => `${name} ${source}`),
      ['fixed platform', 'own tenant'],
    );
    const { id } = await runtime.start({ agent: 'own', input: 'x' });
    const run = await runtime.wait(id);
    assert.equal(run.output, 'under: Be first.');
    assert.equal(run.subject.hash, kept.hash);
  });

  it('are changed revision by revision, and compared', async () => {
    await runtime.definitions.put('agent', first);
    assert.equal((await runtime.definitions.put('agent', first)).revision, 1);
    assert.equal((await runtime.definitions.put('agent', second, { ifRevision: 1 })).revision, 2);
    assert.deepEqual(await runtime.definitions.diff('agent', 'own', 1, 2), [
      { path: '/instructions', before: 'Be first.', after: 'Be second.' },
      { path: '/agents', after: ['fixed'] },
    ]);
    assert.deepEqual((await runtime.definitions.get('agent', 'own', 1)).definition, first);
    const changed = { code: 'AF_DEFINITION_CHANGED', status: 409 };
    await assert.rejects(runtime.definitions.put('agent', first, { ifRevision: 1 }), changed);
    await assert.rejects(
      runtime.definitions.put('agent', { ...first, limits: {} }, { ifRevision: 0 }),
      changed,
    );
    await assert.rejects(runtime.definitions.get('agent', 'own', 9), {
      code: 'AF_DEFINITION_REVISION_UNKNOWN',
    });
  });

  it('are removed, keep their revisions, and may come back', async () => {
    await runtime.definitions.put('agent', first);
    await runtime.definitions.remove('agent', 'own');
    await assert.rejects(runtime.start({ agent: 'own', input: 'x' }), { code: 'AF_AGENT_UNKNOWN' });
    await assert.rejects(runtime.definitions.remove('agent', 'own'), { code: 'AF_AGENT_UNKNOWN' });
    assert.deepEqual(
      (await runtime.definitions.revisions('agent', 'own')).map(({ revision, hash }) => [
        revision,
        hash === null,
      ]),
      [
        [2, true],
        [1, false],
      ],
    );
    assert.equal((await runtime.definitions.put('agent', first, { ifRevision: 0 })).revision, 3);
  });

  it('do not touch runs in flight', async () => {
    await runtime.definitions.put('agent', first);
    const { id, subject } = await runtime.start({ agent: 'own', input: 'wait' });
    await runtime.definitions.put('agent', second);
    answer('done');
    const run = await runtime.wait(id);
    assert.deepEqual([run.output, run.subject], ['done', subject]);
  });

  it('are refused with every problem, its place and what was meant', async () => {
    await assert.rejects(
      runtime.definitions.put('agent', { ...first, model: 'tset/any', tools: ['x'], agents: ['fixde'] }),
      (error) => {
        assert.ok(isAgentFactoryError(error, 'AF_DEFINITION_INVALID'));
        assert.match(error.message, /agent tools\/0.*agent agents\/0.*Did you mean "fixed"\?.*agent model/s);
        assert.equal((error.details['problems'] as readonly unknown[]).length, 3);
        return true;
      },
    );
    await assert.rejects(runtime.definitions.put('agent', { name: 'own' }), {
      code: 'AF_DEFINITION_INVALID',
    });
    await assert.rejects(runtime.definitions.put('agent', fixed), {
      code: 'AF_DEFINITION_FIXED',
      status: 409,
    });
    assert.equal((await runtime.definitions.list('agent')).length, 1);
  });

  it('with a schema that is none are refused when they are made, with its place', async () => {
    for (const [output, reason] of [
      [{ type: 'object', properties: { total: { type: 'numbr' } } }, /numbr/],
      [{ type: 'object', propertis: {} }, /did you mean "properties"/],
      [{ type: 'object', properties: { at: { $ref: '#/$defs/none' } } }, /none/],
      [{ type: 'object', properties: { code: { type: 'string', pattern: '(' } } }, /regular expression/i],
    ] as const) {
      await assert.rejects(runtime.definitions.put('agent', { ...first, output }), (error) => {
        assert.ok(isAgentFactoryError(error, 'AF_DEFINITION_INVALID'));
        const [problem] = error.details['problems'] as readonly { path: string; message: string }[];
        assert.equal(problem?.path, '/output');
        assert.match(problem.message, reason);
        return true;
      });
    }
    const broken = { type: 'strin' };
    const nodes = [
      { id: 'ask', type: 'agent', agent: 'fixed', outputSchema: broken },
      { id: 'wait', type: 'wait', forMs: 1 },
    ];
    const flow = {
      name: 'flow',
      version: '1.0.0',
      start: 'ask',
      nodes,
      edges: [{ from: 'ask', to: 'wait' }],
    };
    await assert.rejects(runtime.definitions.put('workflow', { ...flow, input: broken }), (error) => {
      assert.ok(isAgentFactoryError(error, 'AF_DEFINITION_INVALID'));
      const problems = error.details['problems'] as readonly { readonly path: string }[];
      assert.deepEqual(
        problems.map(({ path }) => path),
        ['/input', '/nodes/0/outputSchema'],
      );
      return true;
    });
  });

  it('with a condition that nothing evaluates are refused in one way, with what brings it', async () => {
    const words = /No evaluator of conditions is named "cel"\. There are: none\..*plugin-routing-expression/s;
    const handoffs = [{ target: 'fixed', when: 'true' }];
    await assert.rejects(runtime.definitions.put('agent', { ...first, handoffs }), words);
    const nodes = [
      { id: 'a', type: 'branch' },
      { id: 'b', type: 'wait', forMs: 1 },
    ];
    const edges = [{ from: 'a', to: 'b', condition: 'true' }];
    const flow = { name: 'flow', version: '1.0.0', start: 'a', nodes, edges };
    await assert.rejects(runtime.definitions.put('workflow', flow), words);
  });
});
