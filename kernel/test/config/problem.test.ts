import assert from 'node:assert/strict';
import { join } from 'node:path';
import { isAgentFactoryError } from '@agent-factory/sdk';
import { listProblems, throwIfProblems } from '../../src/config/problem.ts';

describe('throwIfProblems', () => {
  const file = join(process.cwd(), 'agent-factory.config.yaml');
  const problems = [
    {
      pointer: '/plugins/1/config/port',
      message: 'must be 1',
      fix: 'Did you mean 1?',
      plugin: 'web',
      line: 12,
    },
    { pointer: '/nmae', message: 'is not known here', line: 2 },
    { pointer: '', message: 'must be an object' },
  ];

  it('lists every problem in order of line', () => {
    assert.throws(
      () => throwIfProblems(file, problems),
      (error) => {
        assert.ok(isAgentFactoryError(error, 'AF_CONFIG_INVALID'));
        assert.deepEqual(error.message.split('\n'), [
          'The configuration has 3 problem(s):',
          'agent-factory.config.yaml the whole file: must be an object.',
          'agent-factory.config.yaml:2 nmae: is not known here.',
          'agent-factory.config.yaml:12 plugins/1/config/port (web): must be 1. Did you mean 1?',
        ]);
        return true;
      },
    );
  });

  it('does nothing when there is none', () => {
    throwIfProblems(file, []);
  });

  it('names no file where there is none, and the whole path outside the working directory', () => {
    assert.equal(listProblems(undefined, problems.slice(1, 2)), '2 nmae: is not known here.');
    assert.match(listProblems('/elsewhere/x.yaml', problems.slice(1, 2)), /^\/elsewhere\/x\.yaml:2 /);
  });
});
