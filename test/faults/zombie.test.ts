import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import type { PlatformRole } from '@agent-factory/sdk';
import { AgentRuntime, defaultTenant, Journal } from '@agent-factory/sdk/contracts';
import type { RunEventType, RunStatus } from '@agent-factory/sdk/domain';
import { faultAgent, type StopPoint } from './fault-agent.ts';
import { embedded, embeddedRoles, platformConfig } from './fault-platform.ts';
import { FaultProcess } from './fault-process.ts';
import { countEffects, judgeRuns } from './judge-runs.ts';

/** Written before a process stands still. */
const before: Readonly<Record<StopPoint, RunEventType>> = {
  model: 'model.requested',
  intent: 'tool.started',
  tool: 'tool.started',
};

for (const role of ['all', 'worker'] as const) {
  const platform = { ...(role === 'all' ? embedded : embeddedRoles), leaseMs: 400 };

  describe(`a process of the role ${role} that stands still for longer than its lease and then goes on`, function () {
    this.timeout(60_000);
    let dataDir = '';
    let effects = '';
    let zombie: FaultProcess;
    const kernels: Kernel[] = [];

    beforeEach(async () => {
      dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-zombie-'));
      effects = join(dataDir, 'effects');
      writeFileSync(effects, '');
    });
    afterEach(async () => {
      for (const kernel of kernels.splice(0)) await kernel.close();
      zombie.signal('SIGKILL');
      await zombie.ended;
      await rm(dataDir, { recursive: true, force: true });
    });

    async function boot(as: PlatformRole): Promise<Kernel> {
      const kernel = createKernel({
        config: platformConfig(platform, dataDir),
        baseDir: dataDir,
        memory: [faultAgent(effects, 1, () => {})],
        env: {},
        lock: false,
        role: as,
      });
      kernels.push(kernel);
      await kernel.start();
      return kernel;
    }

    /** A run that the first process accepted, or in the role worker was called for. */
    async function startRun(): Promise<string> {
      if (role === 'all') return (await zombie.start('the-run', defaultTenant)) ?? '';
      const runs = (await boot('api')).use(AgentRuntime).tenant(defaultTenant);
      return (await runs.start({ agent: 'clerk', input: 'Go.' })).id;
    }

    /** The first process stops there; a second one takes over and brings the run to `status`; then the first goes on. */
    async function takeOver(stopAt: StopPoint, status: RunStatus): Promise<string> {
      zombie = new FaultProcess({ platform, role, dataDir, effects, slowMs: 1, stopAt });
      await zombie.ready;
      const id = await startRun();
      const judge = kernels[0] ?? (await boot(role));
      const journal = judge.use(Journal).tenant(defaultTenant);
      while (!(await journal.read(id)).some(({ type }) => type === before[stopAt])) await sleep(20);
      if (kernels.length === 1 && role === 'worker') await boot(role);
      while ((await journal.run(id))?.status !== status) await sleep(20);
      zombie.signal('SIGCONT');
      await zombie.echo();
      await zombie.close(); // in good order: whatever it still had to do is done
      const run = { tenant: defaultTenant, runId: id };
      assert.deepEqual(await judgeRuns(judge, [run], countEffects(effects)), []);
      return id;
    }

    it('writes nothing more of a run that another has ended', async () => {
      const id = await takeOver('model', 'succeeded');
      assert.equal(countEffects(effects).get(`charge ${id}:1:1`), 1);
    });

    it('does not call a tool whose intent it wrote before it stood still', async () => {
      const id = await takeOver('intent', 'waiting');
      assert.equal(countEffects(effects).get(`charge ${id}:1:1`), undefined);
    });

    it('may end a call it had begun, which no other repeats', async () => {
      const id = await takeOver('tool', 'waiting');
      assert.equal(countEffects(effects).get(`charge ${id}:1:1`), 1);
    });
  });
}
