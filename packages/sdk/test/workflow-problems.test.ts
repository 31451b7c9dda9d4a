import assert from 'node:assert/strict';
import { takesLinearTime } from '@agent-factory/sdk/testing';
import { workflowProblems, type Workflow, type WorkflowNode } from '@agent-factory/sdk/domain';
import { refund, surroundings, withNode } from './support/sample-workflows.ts';

function problems(workflow: Workflow): readonly string[] {
  return workflowProblems(workflow, surroundings).map(({ path, message, fix }) => {
    assert.ok(fix, message);
    return `${path} ${message}`;
  });
}

function withEdges(...edges: Workflow['edges']): Workflow {
  return { ...refund, edges: [...refund.edges, ...edges] };
}

function withNodes(...nodes: readonly WorkflowNode[]): Workflow {
  return { ...refund, nodes: [...refund.nodes, ...nodes] };
}

describe('workflowProblems', () => {
  const cases: Readonly<Record<string, readonly [Workflow, RegExp]>> = {
    'a start that is no node': [{ ...refund, start: 'x' }, /^\/start no node has the id "x"/],
    'an id that is taken': [
      withNodes({ id: 'ask', type: 'branch' }),
      /^\/nodes\/11\/id the id "ask" is taken/,
    ],
    'an edge from nowhere': [withEdges({ from: 'x', to: 'ask' }), /^\/edges\/5\/from no node/],
    'an edge to nowhere': [withEdges({ from: 'until', to: 'x' }), /^\/edges\/5\/to no node/],
    'an edge after one that always holds': [
      withEdges({ from: 'ask', to: 'until', condition: 'true' }),
      /^\/edges\/5 .* is never taken: the one to "both" comes first/,
    ],
    'a condition that is not on an edge of a branch': [
      { ...refund, edges: [...refund.edges.slice(0, 3), { from: 'ask', to: 'both', condition: 'true' }] },
      /^\/edges\/3\/condition the edge has a condition, and "ask" is no branch/,
    ],
    'a branch with no way out': [
      withNode('unsent', { type: 'branch' }),
      /^\/nodes\/8 no edge leads out of the branch "unsent"/,
    ],
    'a circle of edges': [
      withEdges({ from: 'until', to: 'check', condition: 'true' }),
      /^\/nodes\/0 .*without a bound: check → decide → ask → both → until → check/,
    ],
    'a loop around itself': [withNode('until', { body: 'until' }), /without a bound: until → until/],
    'a node that goes on with itself after an error': [
      withNode('check', { onError: 'check' }),
      /without a bound: check → check/,
    ],
    'a node nothing leads to': [
      withNodes({ id: 'alone', type: 'wait', forMs: 1 }),
      /^\/nodes\/11 nothing leads to "alone"/,
    ],
    'a node in two chains': [
      withEdges({ from: 'pay', to: 'until' }),
      /"until" is reached from two chains; the second is that of "both"/,
    ],
    'a body that is no node': [withNode('tell', { body: 'x' }), /^\/nodes\/6\/body no node has the id "x"/],
    'a branch of a parallel node that is no node': [
      withNode('both', { branches: ['pay', 'tell', 'x'] }),
      /^\/nodes\/3\/branches\/2 no node/,
    ],
    'an onError that is no node': [withNode('pay', { onError: 'x' }), /^\/nodes\/4\/onError no node/],
    'an agent that is not there': [
      withNode('check', { agent: 'x' }),
      /^\/nodes\/0\/agent there is no agent named "x"/,
    ],
    'a tool that is not there': [withNode('pay', { tool: 'x' }), /^\/nodes\/4\/tool there is no tool/],
    'a workflow that is not there': [
      withNode('mail', { workflow: 'x' }),
      /^\/nodes\/7\/workflow there is no workflow/,
    ],
    'a workflow that runs itself': [
      withNode('mail', { workflow: 'refund' }),
      /^\/nodes\/7\/workflow the workflow would run itself: refund → refund/,
    ],
    'a write that is to be repeated': [
      withNode('pay', { retry: { maxAttempts: 2 } }),
      /^\/nodes\/4\/retry the tool "pay" changes something each time/,
    ],
    'a compensation that is no node': [
      withNode('pay', { compensation: 'x' }),
      /^\/nodes\/4\/compensation no node/,
    ],
    'a compensation that cannot undo anything': [
      withNode('unpay', { type: 'wait', forMs: 1 }),
      /^\/nodes\/4\/compensation "unpay" cannot undo anything: it is a node of type wait/,
    ],
    'a compensation that goes on': [
      withEdges({ from: 'unpay', to: 'unsent' }),
      /^\/nodes\/4\/compensation "unpay" undoes something, so nothing may follow it/,
    ],
    'an output that nothing fits': [
      withNode('check', { outputSchema: { type: 'integer', minimum: 3, maximum: 1 } }),
      /^\/nodes\/0\/outputSchema\/minimum minimum 3 is above maximum 1/,
    ],
    'an input that nothing fits': [
      { ...refund, input: { enum: [] } },
      /^\/input\/enum the list of values is empty/,
    ],
  };

  it('finds none in a workflow of every type of node', () => {
    assert.deepEqual(problems(refund), []);
  });

  for (const [what, [workflow, expected]] of Object.entries(cases)) {
    it(`finds ${what}`, () => {
      const found = problems(workflow);
      assert.ok(
        found.some((one) => expected.test(one)),
        `${found.join('\n')}\nhas none like ${expected}`,
      );
    });
  }

  it('finds a workflow that runs itself through another', () => {
    const inner = { ...refund, name: 'inner', nodes: withNode('mail', { workflow: 'refund' }).nodes };
    const outer = withNode('mail', { workflow: 'inner' });
    const workflows = new Map([...surroundings.workflows, ['refund', outer], ['inner', inner]] as const);
    const found = workflowProblems(outer, { ...surroundings, workflows });
    assert.match(found[0]?.message ?? '', /refund → inner → refund/);
  });

  it('tells all of them at once', () => {
    assert.equal(problems({ ...withNode('pay', { tool: 'x' }), start: 'y' }).length, 2);
  });

  it('looks at a thousand nodes in time that grows with their number alone', () =>
    takesLinearTime((size) => {
      const last = size - 1;
      const nodes: WorkflowNode[] = Array.from({ length: size }, (_, index) =>
        index < last
          ? { id: `n${index}`, type: 'branch' as const }
          : { id: `n${index}`, type: 'wait' as const, forMs: 1 },
      );
      const edges = nodes.slice(1).flatMap(({ id }, index) => [
        { from: `n${index}`, to: id, condition: 'true' },
        { from: `n${index}`, to: `n${Math.min(index + 7, last)}` },
      ]);
      assert.deepEqual(problems({ ...refund, start: 'n0', nodes, edges }), []);
    }, 1000));
});
