import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKernel } from '@agent-factory/kernel';
import { Isolation, isolationLevels, type IsolationLevel, type PluginEntry } from '@agent-factory/sdk';
import { Tool, type ToolCallContext } from '@agent-factory/sdk/contracts';
import { bootTestKernel, silentLog, type TestKernel, toolSuite } from '@agent-factory/sdk/testing';
import { RunnerPool } from '../src/runner-pool.ts';
import { skipUnoffered } from './support/skip-unoffered.ts';
import { settings } from './support/settings.ts';
import { startWeatherService, type WeatherService } from './support/weather-service.ts';

const fixtures = join(import.meta.dirname, 'fixtures');
const own = join(import.meta.dirname, '..');
const context: ToolCallContext = {
  signal: new AbortController().signal,
  runId: 'run-1',
  tenant: 'default',
  idempotencyKey: 'key-1',
  log: silentLog,
};

const atLeast = (level: IsolationLevel): readonly IsolationLevel[] =>
  isolationLevels.slice(isolationLevels.indexOf(level));

describe('the weather plugin', function () {
  this.timeout(120_000);
  const pool = new RunnerPool(settings);
  let service: WeatherService;
  before(async () => {
    service = await startWeatherService();
  });
  after(() => Promise.all([service.close(), pool.close()]));

  for (const isolation of ['trusted', 'L1', 'L2', 'L3'] as const) {
    describe(isolation === 'trusted' ? 'in the platform' : `isolated, at least at ${isolation}`, () => {
      const boot = (): Promise<TestKernel> =>
        bootTestKernel({
          plugins: [
            { use: own, config: { allowHosts: [service.host] } },
            {
              use: join(fixtures, 'weather'),
              isolation,
              config: { url: service.url, token: '${secret:env:WEATHER_TOKEN}' },
            } satisfies PluginEntry,
          ],
          grants: { weather: [`net:${service.host}`] },
          env: { WEATHER_TOKEN: 'hunter2-hunter2' },
        });
      let kernel: TestKernel;
      before(async function () {
        if (isolation !== 'trusted') await skipUnoffered(this, isolation, pool, atLeast(isolation));
        kernel = await boot();
      });
      after(() => kernel?.close());

      const examples = { weather: [{ city: 'Oslo' }] };
      const open = async () => ({ tools: kernel.all(Tool).map(({ value }) => value), close: async () => {} });
      for (const { name, run } of toolSuite(open, { examples })) it(name, run);

      it('answers, and sends its secret to the service it is for', async () => {
        const [tool] = kernel.all(Tool);
        assert.deepEqual(await tool?.value.run({ city: 'Oslo' }, context), { city: 'Oslo', celsius: 7 });
        assert.deepEqual(service.seen.at(-1), {
          url: '/now?city=Oslo',
          authorization: 'Bearer hunter2-hunter2',
        });
      });

      it('fails with its own error', async () => {
        const [tool] = kernel.all(Tool);
        await assert.rejects(tool?.value.run({ city: 'Oslp' }, context) ?? Promise.resolve(), {
          code: 'AF_WEATHER_CITY_UNKNOWN',
          message: 'No city is named Oslp.',
          fix: 'Check the spelling.',
          status: 404,
        });
      });

      if (isolation === 'trusted') return;
      it('runs in a process of its own, and what it used is known', async () => {
        const [plugin] = await kernel.use(Isolation).plugins();
        assert.equal(plugin?.state, 'running');
        assert.notEqual(plugin?.pid, process.pid);
        assert.deepEqual(plugin?.used, [`net:${service.host}`]);
        assert.deepEqual(plugin?.refused, []);
      });
    });
  }
});

describe('chance in a plugin', function () {
  this.timeout(120_000);
  for (const isolation of isolationLevels)
    it(`is the machine's, at ${isolation}`, async function () {
      const pool = new RunnerPool(settings);
      await skipUnoffered(this, isolation, pool, [isolation]);
      await pool.close();
      const kernel = await bootTestKernel({
        plugins: [
          { use: own, config: { spare: 0, strongest: isolation } },
          { use: join(fixtures, 'dice'), isolation },
        ],
      });
      try {
        const roll = (): unknown => kernel.all(Tool)[0]?.value.run({}, context);
        const [one, other] = (await Promise.all([roll(), roll()])) as { id: string; bytes: number[] }[]; // as it gives it
        assert.match(String(one?.id), /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/);
        assert.equal(one?.bytes.length, 32);
        assert.notDeepEqual(one, other);
        assert.notDeepEqual(one?.bytes, other?.bytes);
      } finally {
        await kernel.close();
      }
    });
});

describe('a spare process', () => {
  it('is watched in the name of the platform, not of the plugin it was started beside', async () => {
    const lines: string[] = [];
    const kernel = createKernel({
      config: {
        plugins: [
          { use: own, config: { spare: 1 } },
          { use: join(fixtures, 'good'), isolation: 'L1' },
        ],
        dataDir: await mkdtemp(join(tmpdir(), 'agent-factory-spare-')),
        log: { level: 'warn' },
      },
      lock: false,
      writeLog: (line) => lines.push(line),
    });
    await kernel.start();
    const processes = (): number =>
      process.getActiveResourcesInfo().filter((kind) => kind === 'ProcessWrap').length;
    while (processes() < 2) await sleep(10); // until the spare is started as well
    await kernel.close();
    await rm(kernel.sources().dataDir, { recursive: true, force: true });
    assert.deepEqual(
      lines.filter((line) => /left \d+ timer/.test(line)),
      [],
    );
  });
});
