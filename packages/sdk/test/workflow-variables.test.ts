import assert from 'node:assert/strict';
import { workflowScope } from '@agent-factory/sdk/domain';
import { refund, surroundings } from './support/sample-workflows.ts';

describe('workflowScope', () => {
  const scope = workflowScope(refund, surroundings);
  const steps = (variables: Readonly<Record<string, object>>): object =>
    (variables['steps'] as { readonly properties: object }).properties; // an object schema, always

  it('shows a node the input and what may have finished before it', () => {
    assert.deepEqual(scope.before('check'), {
      input: refund.input,
      steps: { type: 'object', properties: {}, additionalProperties: false },
    });
    assert.deepEqual(Object.keys(steps(scope.before('both'))).sort(), ['ask', 'check', 'decide']);
  });

  it('shows the conditions on its edges its own result as well, with the type that is known', () => {
    assert.deepEqual(steps(scope.after('check')), { check: surroundings.agents.get('clerk')?.output });
  });

  it('shows a chain what the node that runs it sees, but no other chain beside it', () => {
    assert.deepEqual(Object.keys(steps(scope.before('pay'))).sort(), ['ask', 'check', 'decide']);
  });

  it('shows the chain of a map its item and its number', () => {
    const { input, steps: _steps, ...own } = scope.before('mail');
    assert.equal(input, refund.input);
    assert.deepEqual(own, { index: { type: 'integer', minimum: 0 }, person: {} });
  });

  it('shows the condition of a loop the result of the round', () => {
    assert.deepEqual(scope.round('until')['last'], { type: 'string' });
    assert.deepEqual(scope.before('reply')['last'], {});
  });

  it('shows a node that undoes another the result of that one', () => {
    assert.deepEqual(Object.keys(steps(scope.before('unpay'))).sort(), ['ask', 'check', 'decide', 'pay']);
  });

  it('shows the result of the workflow all nodes of its own chain, and what its chains gave', () => {
    const end = steps(scope.end()) as Readonly<Record<string, { readonly properties?: object }>>;
    assert.deepEqual(Object.keys(end).sort(), ['ask', 'both', 'check', 'decide', 'until']);
    assert.deepEqual(Object.keys(end['both']?.properties ?? {}), ['pay', 'tell']);
    assert.deepEqual(end['until'], { type: 'string' });
  });

  it('takes nothing for known of a node whose failure is handled', () => {
    const handled = { ...refund, start: 'mail', nodes: refund.nodes };
    assert.deepEqual(steps(workflowScope(handled, surroundings).after('mail')), { mail: {} });
  });
});
