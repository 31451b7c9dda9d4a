import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKernel } from '@agent-factory/kernel';
import { AgentRuntime, defaultTenant, Journal } from '@agent-factory/sdk/contracts';
import { faultAgent } from './fault-agent.ts';
import { embedded, platformConfig } from './fault-platform.ts';
import { countEffects, judgeRuns } from './judge-runs.ts';

const hour = 3_600_000;

/** The clock that this process is told the time by; the database has its own. */
const realNow = Date.now;

describe('a process whose clock jumps while a run is at work', function () {
  this.timeout(30_000);
  let dataDir = '';
  let effects = '';

  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agent-factory-clock-'));
    effects = join(dataDir, 'effects');
    writeFileSync(effects, '');
  });
  afterEach(async () => {
    Date.now = realNow;
    await rm(dataDir, { recursive: true, force: true });
  });

  for (const [way, jump] of [
    ['back', -hour],
    ['forward', hour],
  ] as const)
    it(`${way} by an hour ends the run, with each effect once`, async () => {
      const kernel = createKernel({
        config: platformConfig(embedded, dataDir),
        baseDir: dataDir,
        memory: [
          faultAgent(effects, 1, (point) => {
            if (point === 'model') Date.now = () => realNow() + jump;
          }),
        ],
        env: {},
        lock: false,
      });
      await kernel.start();
      try {
        const { id } = await kernel
          .use(AgentRuntime)
          .tenant(defaultTenant)
          .start({ agent: 'clerk', input: 'Go.' });
        const journal = kernel.use(Journal).tenant(defaultTenant);
        while ((await journal.run(id))?.status !== 'succeeded') await sleep(10);
        const happened = countEffects(effects);
        assert.deepEqual(await judgeRuns(kernel, [{ tenant: defaultTenant, runId: id }], happened), []);
        assert.deepEqual([...new Set(happened.values())], [1]);
      } finally {
        await kernel.close();
      }
    });
});
