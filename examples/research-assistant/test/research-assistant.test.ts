import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import {
  AgentRuntime,
  Blueprints,
  defaultTenant,
  Evaluations,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import { answerOf, type Run } from '@agent-factory/sdk/domain';

const folder = join(import.meta.dirname, '..');

describe('research-assistant', function () {
  this.timeout(60_000);
  let dataDir = '';
  let kernel: Kernel;
  let runs: TenantRuntime;
  before(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'research-assistant-'));
    kernel = createKernel({
      configFile: join(folder, 'agent-factory.config.yaml'),
      env: { AF_DATA_DIR: dataDir, AF_LOG__LEVEL: 'silent' },
      lock: false,
    });
    await kernel.start();
    runs = kernel.use(AgentRuntime).tenant(defaultTenant);
    const blueprints = kernel.use(Blueprints).tenant(defaultTenant);
    assert.deepEqual(await blueprints.validate({ name: 'research-assistant' }), []);
    await blueprints.install({ name: 'research-assistant', parameters: { subject: 'seafaring', most: 2 } });
  });
  after(async () => {
    await kernel?.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const ended = async (request: Parameters<TenantRuntime['start']>[0]): Promise<Run> =>
    runs.wait((await runs.start(request)).id);

  it('answers from the documents, and cites lines that hold the words', async () => {
    const run = await ended({ agent: 'researcher', input: 'What is a spring tide?' });
    assert.match(answerOf(run), /spring tide.*\[tides\.md:\d+\]/s);
    assert.ok(run.citations.length > 0);
    for (const { source, line = 0, endLine = line, quote = '' } of run.citations) {
      const lines = (await readFile(join(folder, 'documents', source), 'utf8')).split('\n');
      const passage = lines.slice(line - 1, endLine).join(' ');
      assert.ok(passage.includes(quote.replace(/…$/, '').trim()), `${source}:${line} holds: ${quote}`);
    }
  });

  it('answers several questions in one brief, in their order', async () => {
    const questions = ['What is a bowline used for?', 'Who made a lens of rings of glass?'];
    const { status, output } = await ended({ workflow: 'brief', input: { questions } });
    assert.equal(status, 'succeeded');
    const { subject, answers } = output as { subject: string; answers: string[] };
    assert.equal(subject, 'seafaring');
    assert.match(answers[0] ?? '', /loop.*\[knots\.md:\d+\]/s);
    assert.match(answers[1] ?? '', /Fresnel.*\[lighthouses\.md:\d+\]/s);
  });

  it('passes the suite it brings', async () => {
    const evaluations = kernel.use(Evaluations).tenant(defaultTenant);
    const done = await evaluations.wait((await evaluations.start({ suite: 'cites' })).id);
    assert.equal(done.passed, true, JSON.stringify(done.results));
    assert.equal(done.runs, 2);
  });

  it('takes no more questions than was said at the install', async () => {
    const questions = ['One?', 'Two?', 'Three?'];
    await assert.rejects(runs.start({ workflow: 'brief', input: { questions } }), {
      code: 'AF_WORKFLOW_INPUT_INVALID',
    });
  });
});
