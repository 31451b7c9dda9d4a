import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Blueprints, defaultTenant, type TenantBlueprints } from '@agent-factory/sdk/contracts';
import { rejectsWith } from '@agent-factory/sdk/testing';
import {
  at,
  openEvaluations,
  type EvaluationPlatform,
  type EvaluationProcess,
} from './support/open-evaluations.ts';

const suiteOf = (agent: string): Record<string, unknown> => ({
  name: 'echoes',
  version: '1.0.0',
  target: { kind: 'agent', name: agent },
  cases: [{ name: 'one', input: 'Open at ${param:hour}?', expected: ['${param:hour}'] }],
  scorers: [{ use: 'contains', threshold: '${param:least}' }],
});

describe('evaluation suites of blueprints', function () {
  this.timeout(60_000);
  let platform: EvaluationPlatform;
  let here: EvaluationProcess;
  let blueprints: TenantBlueprints;
  before(async () => {
    platform = await openEvaluations();
    for (const name of ['desk', 'shop']) await writeBlueprint(join(platform.dataDir, name), name);
    here = await platform.boot({ more: [at('blueprints'), './desk', './shop'] });
    blueprints = here.kernel.use(Blueprints).tenant(defaultTenant);
  });
  after(() => platform?.close());

  it('are there once they are installed, with what was answered, and nobody else changes them', async () => {
    assert.deepEqual(await here.evaluations.suites(), []);
    await blueprints.install({ name: 'desk', parameters: { hour: 'nine', least: 1 } });
    const [kept] = await here.evaluations.suites();
    assert.deepEqual([kept?.source, kept?.blueprint], ['blueprint', 'desk']);
    assert.deepEqual(kept?.suite.cases[0], { name: 'one', input: 'Open at nine?', expected: ['nine'] });
    assert.equal(kept?.suite.scorers?.[0]?.threshold, 1);
    const done = await here.evaluations.wait((await here.evaluations.start({ suite: 'echoes' })).id);
    assert.deepEqual([done.passed, done.target.name], [true, 'desk-agent']);
    await rejectsWith(here.evaluations.putSuite(kept?.suite), 'AF_EVALUATION_SUITE_FIXED');
    await rejectsWith(here.evaluations.removeSuite('echoes'), 'AF_EVALUATION_SUITE_FIXED');
  });

  it('are not chosen among when several bring one name, and go with their blueprint', async () => {
    await blueprints.install({ name: 'shop', parameters: { hour: 'ten', least: 1 } });
    const { details } = await rejectsWith(here.evaluations.suite('echoes'), 'AF_EVALUATION_SUITE_AMBIGUOUS');
    assert.equal(details['places'], 'the blueprint desk, the blueprint shop');
    await rejectsWith(here.evaluations.start({ suite: 'echoes' }), 'AF_EVALUATION_SUITE_AMBIGUOUS');
    await blueprints.remove('desk');
    assert.equal((await here.evaluations.suite('echoes')).blueprint, 'shop');
    await blueprints.remove('shop');
    assert.deepEqual(await here.evaluations.suites(), []);
    assert.equal((await here.evaluations.list()).evaluations.length, 1, 'what was evaluated stays');
  });
});

async function writeBlueprint(folder: string, name: string): Promise<void> {
  const agent = { name: `${name}-agent`, instructions: 'Answer.', model: 'test/any' };
  const block = { id: name, kernel: '*', kind: 'blueprint' };
  const files = {
    'package.json': { name: `blueprint-${name}`, version: '1.0.0', agentFactory: block },
    'blueprint.yaml': {
      parameters: {
        type: 'object',
        properties: { hour: { type: 'string' }, least: { type: 'number' } },
        required: ['hour', 'least'],
      },
    },
    'agents/one.yaml': agent,
    'evaluations/echoes.yaml': suiteOf(agent.name),
  };
  for (const [path, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), JSON.stringify(content));
  }
}
