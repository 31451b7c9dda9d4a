import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import { AgentRuntime, defaultTenant, Journal } from '@agent-factory/sdk/contracts';
import type { Run, RunStatus } from '@agent-factory/sdk/domain';
import { freshPostgres, type FreshPostgres } from '@agent-factory/test-servers';
import { startCutProxy, type CutProxy } from '../support/cut-proxy.ts';
import { faultAgent, type StopPoint } from './fault-agent.ts';
import { platformConfig, type FaultPlatform } from './fault-platform.ts';
import { countEffects, judgeRuns } from './judge-runs.ts';

describe('a worker whose network to the database is cut for longer than its lease', function () {
  this.timeout(60_000);
  let dataDir = '';
  let effects = '';
  let postgres: FreshPostgres;
  let network: CutProxy;
  const kernels: Kernel[] = [];

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-cut-'));
    effects = join(dataDir, 'effects');
    writeFileSync(effects, '');
    postgres = await freshPostgres();
    network = await startCutProxy(Number(new URL(postgres.url).port));
  });
  afterEach(async () => {
    network.heal();
    for (const kernel of kernels.splice(0)) await kernel.close();
    await network.close();
    await postgres.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  async function boot(url: string, reach: (point: StopPoint) => void): Promise<Kernel> {
    const platform: FaultPlatform = {
      plugins: [{ use: '@agent-factory/plugin-storage-postgres', config: { url } }],
      roles: ['all'],
      leaseMs: 500,
    };
    const kernel = createKernel({
      config: platformConfig(platform, dataDir),
      baseDir: dataDir,
      memory: [faultAgent(effects, 1, reach)],
      env: {},
      lock: false,
    });
    kernels.push(kernel);
    await kernel.start();
    return kernel;
  }

  /** The network of the first worker is cut there; a second one brings the run to `status`; then the first is back. */
  async function takeOver(cutAt: StopPoint, status: RunStatus): Promise<Run> {
    let isCut = false;
    const throughNetwork = new URL(postgres.url);
    throughNetwork.port = String(network.port);
    const first = await boot(throughNetwork.href, (point) => {
      if (isCut || point !== cutAt) return;
      isCut = true;
      network.cut();
    });
    const { id } = await first
      .use(AgentRuntime)
      .tenant(defaultTenant)
      .start({ agent: 'clerk', input: 'Go.' });
    while (!isCut) await sleep(5);
    const judge = await boot(postgres.url, () => {});
    const journal = judge.use(Journal).tenant(defaultTenant);
    let run = await journal.run(id);
    for (; run?.status !== status; run = await journal.run(id)) await sleep(20);
    const before = await journal.read(id);
    network.heal();
    // In good order: whatever it still had to write is written, or refused.
    await first.close();
    kernels.splice(kernels.indexOf(first), 1);
    assert.deepEqual(await journal.read(id), before);
    assert.deepEqual(
      await judgeRuns(judge, [{ tenant: defaultTenant, runId: id }], countEffects(effects)),
      [],
    );
    return run;
  }

  it('appends nothing more to the run that another has ended', async () => {
    const { id } = await takeOver('model', 'succeeded');
    assert.equal(countEffects(effects).get(`charge ${id}:1:1`), 1);
  });

  it('leaves the result of a write unknown, which nobody repeats', async () => {
    const { id } = await takeOver('tool', 'waiting');
    assert.equal(countEffects(effects).get(`charge ${id}:1:1`), 1);
  });
});
