import assert from 'node:assert/strict';
import { join } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { listProblems, placed, throwIfProblems } from '../src/config-problem.ts';

describe('throwIfProblems', () => {
  const file = join(process.cwd(), 'agent-factory.config.yaml');
  const problems = [
    {
      pointer: '/plugins/1/config/port',
      message: 'must be 1',
      fix: 'Did you mean 1?',
      plugin: 'web',
      line: 12,
      column: 5,
    },
    { pointer: '/nmae', message: 'is not known here', line: 2, column: 1 },
    { pointer: '', message: 'must be an object' },
  ];

  it('lists every problem in order of place', () => {
    assert.throws(
      () => throwIfProblems(file, problems),
      (error) => {
        assert.ok(isAgentFactoryError(error, 'AF_CONFIG_INVALID'));
        assert.deepEqual(error.message.split('\n'), [
          'The configuration has 3 problem(s):',
          'agent-factory.config.yaml the whole file: must be an object.',
          'agent-factory.config.yaml:2:1 nmae: is not known here.',
          'agent-factory.config.yaml:12:5 plugins/1/config/port (web): must be 1. Did you mean 1?',
        ]);
        return true;
      },
    );
  });

  it('does nothing when there is none', () => {
    throwIfProblems(file, []);
  });

  it('names no file where there is none, and the whole path outside the working directory', () => {
    assert.equal(listProblems(undefined, problems.slice(1, 2)), '2:1 nmae: is not known here.');
    assert.match(listProblems('/elsewhere/x.yaml', problems.slice(1, 2)), /^\/elsewhere\/x\.yaml:2:1 /);
  });
});

describe('placed', () => {
  it('adds line and column where they are known', () => {
    const problem = { pointer: '/a', message: 'm' };
    assert.deepEqual(
      placed(problem, () => ({ line: 1, column: 2 })),
      { ...problem, line: 1, column: 2 },
    );
    assert.deepEqual(
      placed(problem, () => undefined),
      problem,
    );
  });
});
