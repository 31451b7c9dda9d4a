import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import {
  AgentRuntime,
  Blueprints,
  Evaluations,
  defaultTenant,
  Journal,
  type TenantRuntime,
} from '@agent-factory/sdk/contracts';
import { answerOf, type Run } from '@agent-factory/sdk/domain';

const folder = join(import.meta.dirname, '..');
const complaint = { message: 'A17 came broken, I want my money back.' };

describe('support-bot', function () {
  this.timeout(30_000);
  let dataDir = '';
  let kernel: Kernel | undefined;
  /** Starts the platform as the command does; a second time after the first was closed. */
  const start = async (): Promise<TenantRuntime> => {
    await kernel?.close();
    kernel = createKernel({
      configFile: join(folder, 'agent-factory.config.yaml'),
      env: { AF_DATA_DIR: dataDir, AF_LOG__LEVEL: 'silent' },
      lock: false,
    });
    await kernel.start();
    return kernel.use(AgentRuntime).tenant(defaultTenant);
  };
  const install = async (parameters: { readonly limit?: number } = {}): Promise<TenantRuntime> => {
    const runs = await start();
    const blueprints = kernel?.use(Blueprints).tenant(defaultTenant);
    await blueprints?.install({ name: 'support-bot', parameters: { shop: 'Acme', ...parameters } });
    return runs;
  };
  const support = async (runs: TenantRuntime, input: { readonly message: string }): Promise<Run> =>
    runs.wait((await runs.start({ workflow: 'support', input })).id);

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'support-bot-'));
  });
  afterEach(async () => {
    await kernel?.close();
    kernel = undefined;
    await rm(dataDir, { recursive: true, force: true });
  });

  it('answers what needs no person at once, and opens a ticket where it knows no order', async () => {
    const runs = await install();
    const told = await support(runs, { message: 'Where is my order B42?' });
    assert.equal(told.output, 'Thank you for asking! Your lamp is on its way, there tomorrow.');
    const asked = await support(runs, { message: 'I want my money back!' });
    assert.match(answerOf(asked), /Which order is it.*Your ticket is 1\./);
    const tickets = (await readFile(join(dataDir, 'tickets.jsonl'), 'utf8')).trim().split('\n');
    assert.equal(tickets.length, 1);
    assert.equal((JSON.parse(tickets[0] ?? '{}') as { subject: string }).subject, 'No order at Acme');
  });

  it('asks a person before it pays back, and goes on after a restart', async () => {
    const { id, status, waitingFor } = await support(await install(), complaint);
    assert.equal(status, 'waiting');
    assert.equal(waitingFor?.[0]?.kind, 'approval');
    assert.equal(waitingFor[0].detail, 'Pay this order back?');

    const runs = await start();
    await runs.approve(id, { approvalId: 'ask', outcome: 'approved', by: 'ada' });
    const done = await runs.wait(id);
    assert.equal(done.output, 'Thank you for asking! We pay back 35 for order A17.');
    const events = await kernel?.use(Journal).tenant(defaultTenant).read(id);
    const paid = events?.filter(({ type }) => type === 'tool.finished') ?? [];
    assert.deepEqual(
      paid.map(({ data }) => 'tool' in data && data.tool),
      ['find_order', 'pay_back'],
    );
    await assert.rejects(runs.approve(id, { approvalId: 'ask', outcome: 'approved' }), {
      code: 'AF_RUN_ENDED',
    });
  });

  it('pays nothing back when the person says no', async () => {
    const runs = await install();
    const { id } = await support(runs, complaint);
    await runs.approve(id, { approvalId: 'ask', outcome: 'rejected', by: 'ada', reason: 'too late' });
    const done = await runs.wait(id);
    assert.match(answerOf(done), /We cannot pay this back/);
    const events = await kernel?.use(Journal).tenant(defaultTenant).read(id);
    assert.ok(!events?.some(({ type, data }) => type === 'tool.started' && data.tool === 'pay_back'));
  });

  it('asks nobody for sums that the shop pays back anyway', async () => {
    const run = await support(await install({ limit: 50 }), complaint);
    assert.equal(run.output, 'Thank you for asking! We pay back 35 for order A17.');
  });

  it('passes the suite it brings', async () => {
    await install();
    const evaluations = kernel?.use(Evaluations).tenant(defaultTenant) ?? assert.fail();
    const done = await evaluations.wait((await evaluations.start({ suite: 'answers' })).id);
    assert.equal(done.passed, true, JSON.stringify(done.results));
    assert.equal(done.runs, 2);
  });

  it('lets one of three agents answer at the desk', async () => {
    const runs = await install();
    const ask = async (input: string): Promise<Run> =>
      runs.wait((await runs.start({ router: 'desk', input })).id);
    assert.match(answerOf(await ask('A17 is broken, money back please.')), /whole price/);
    assert.match(answerOf(await ask('Are you open?')), /^Thank you for asking!/);
  });
});
