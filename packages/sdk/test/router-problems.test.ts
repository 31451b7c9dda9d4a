import assert from 'node:assert/strict';
import { routerEdges, routerProblems, routerVariables, type Router } from '@agent-factory/sdk/domain';
import { desk, surroundings } from './support/sample-workflows.ts';

describe('routerProblems', () => {
  const { agents } = surroundings;
  const cases: Readonly<Record<string, readonly [Router, RegExp]>> = {
    'an entry that is not in the graph': [{ ...desk, entry: 'x' }, /^\/entry "x" is not in agents/],
    'an agent that is not there': [
      { ...desk, agents: { ...desk.agents, expert: [{ target: 'ghost' }], ghost: [] } },
      /^\/agents\/ghost there is no agent named "ghost"/,
    ],
    'a way to nowhere': [
      { ...desk, agents: { ...desk.agents, expert: [{ target: 'x' }] } },
      /^\/agents\/expert\/0\/target "x" is not in agents/,
    ],
    'an agent nothing leads to': [
      { ...desk, agents: { clerk: [], expert: [] } },
      /^\/agents\/expert no way leads to "expert"/,
    ],
    'a way that is never taken': [
      {
        ...desk,
        agents: { clerk: [{ target: 'expert' }, { target: 'clerk', condition: 'true' }], expert: [] },
      },
      /^\/agents\/clerk\/1 .* is never taken/,
    ],
    'a circle that nothing ends': [
      { ...desk, agents: { clerk: [{ target: 'expert' }], expert: [{ target: 'clerk' }] } },
      /^\/agents\/clerk .* for ever: clerk → expert → clerk/,
    ],
  };

  it('finds none in a router that is well', () => {
    assert.deepEqual(routerProblems(desk, agents), []);
  });

  for (const [what, [router, expected]] of Object.entries(cases)) {
    it(`finds ${what}`, () => {
      const found = routerProblems(router, agents).map(({ path, message }) => `${path} ${message}`);
      assert.ok(
        found.some((one) => expected.test(one)),
        found.join('\n'),
      );
    });
  }
});

describe('routerEdges', () => {
  it('puts the most important way first, and equal ones as they are written', () => {
    const ways = [
      { target: 'a' },
      { target: 'b', priority: 2 },
      { target: 'c', priority: -1 },
      { target: 'd' },
    ];
    const sorted = routerEdges({ ...desk, agents: { clerk: ways } }, 'clerk');
    assert.deepEqual(
      sorted.map(({ target }) => target),
      ['b', 'a', 'd', 'c'],
    );
    assert.deepEqual(routerEdges(desk, 'constructor'), []);
  });
});

describe('routerVariables', () => {
  it('gives the answer the type of its agent', () => {
    assert.deepEqual(routerVariables(desk, surroundings.agents, 'expert')['output'], { type: 'string' });
    const variables = routerVariables(desk, surroundings.agents, 'clerk');
    assert.deepEqual(variables['output'], surroundings.agents.get('clerk')?.output);
  });
});
