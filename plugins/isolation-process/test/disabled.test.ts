import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKernel, type Kernel } from '@agent-factory/kernel';
import { Isolation, type IsolatedPlugin, type PlatformConfig } from '@agent-factory/sdk';
import { waitFor } from '@agent-factory/sdk/testing';
import { callTool } from './support/call-tool.ts';
import { toolCode, writePlugin } from './support/write-plugin.ts';

type Failure = Error & { code?: string; fix?: string; status?: number; retryable?: boolean };

const own = join(import.meta.dirname, '..');
const breaker = writePlugin(
  'breaker',
  toolCode('breaker', "({ hold }) => hold ? new Promise(() => {}) : 'up'"),
  {
    manifest: { config: { type: 'object', properties: { turn: { type: 'integer' } } } },
  },
);

describe('a plugin whose process ends again and again', function () {
  this.timeout(120_000);
  const dataDir = mkdtempSync(join(tmpdir(), 'af-disabled-'));
  const configOf = (turn: number): PlatformConfig => ({
    plugins: [
      { use: own, config: { strongest: 'L1', spare: 0 } },
      { use: join(import.meta.dirname, 'fixtures/good'), isolation: 'L1' },
      { use: breaker, isolation: 'L1', config: { turn } },
    ],
    dataDir,
    log: { level: 'silent' },
  });
  let kernel: Kernel;
  before(async () => {
    kernel = createKernel({ config: configOf(1), lock: false, env: {} });
    await kernel.start();
  });
  after(async () => {
    await kernel.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const stateOf = async (id: string): Promise<IsolatedPlugin> =>
    (await kernel.use(Isolation).plugins()).find((one) => one.id === id) ?? assert.fail(`${id} is not there`);
  const failureOf = (call: Promise<unknown>): Promise<Failure> =>
    call.then(
      (answer) => assert.fail(`it answered ${JSON.stringify(answer)}`),
      (error: Failure) => error,
    );
  const neighbourAnswers = async (): Promise<void> =>
    assert.deepEqual(await callTool(kernel, 'good', { here: true }), { given: { here: true }, handle: null });

  it('is disabled the fifth time, and until then started again; the plugin beside it goes on', async () => {
    for (let crash = 1; crash <= 5; crash++) {
      const answer = await waitFor('its start', () =>
        callTool(kernel, 'breaker').catch((error: Failure) => {
          assert.equal(error.code, 'AF_ISOLATION_RESTARTING', error.message);
          return undefined;
        }),
      );
      assert.equal(answer, 'up');
      const { state, pid = assert.fail('it has no process'), crashes } = await stateOf('breaker');
      assert.deepEqual([state, crashes], ['running', crash - 1]);
      const held = failureOf(callTool(kernel, 'breaker', { hold: true }));
      process.kill(pid, 'SIGKILL');
      const { code, message } = await held;
      assert.equal(code, 'AF_ISOLATION_CRASHED');
      assert.match(message, /^The process of breaker@1\.0\.0 ended during the call: it ended by SIGKILL/);
      await neighbourAnswers();
    }
    const { state, why, pid, crashes } = await stateOf('breaker');
    assert.deepEqual([state, pid, crashes], ['disabled', undefined, 5]);
    assert.equal(why, 'it crashed 5 times within ten minutes, last because it ended by SIGKILL');
    const good = await stateOf('good');
    assert.deepEqual([good.state, good.crashes], ['running', 0]);
  });

  it('is called no more: whoever calls it is told its name, and why', async () => {
    for (const call of [callTool(kernel, 'breaker'), callTool(kernel, 'breaker', { hold: true })]) {
      const { code, message, fix, status, retryable } = await failureOf(call);
      assert.deepEqual([code, status, retryable], ['AF_ISOLATION_DISABLED', 503, false]);
      assert.equal(
        message,
        'breaker@1.0.0 has been disabled: it crashed 5 times within ten minutes, last because it ended by SIGKILL.',
      );
      assert.match(fix ?? '', /applying the configuration with a change to its entry starts it again/);
    }
    await neighbourAnswers();
  });

  it('is started again when the configuration is applied with a change to its entry, as its error says', async () => {
    const neighbour = (await stateOf('good')).pid;
    await kernel.apply(configOf(2));
    assert.equal(await callTool(kernel, 'breaker'), 'up');
    const { state, crashes } = await stateOf('breaker');
    assert.deepEqual([state, crashes], ['running', 0]);
    assert.equal((await stateOf('good')).pid, neighbour, 'the process beside it is the same as before');
  });
});
