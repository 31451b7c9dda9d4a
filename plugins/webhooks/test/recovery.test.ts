import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { waitFor } from '@agent-factory/sdk/testing';
import { sqlEngines } from '@agent-factory/test-servers';
import { Webhook } from 'standardwebhooks';
import { defineTargets, openWebhooks, type WebhookPlatform } from './support/open-webhooks.ts';
import { startReceiver, type Receiver } from './support/receiver.ts';

describe('what is to be told', function () {
  this.timeout(60_000);
  let platform: WebhookPlatform | undefined;
  let receiver: Receiver;
  beforeEach(async () => {
    receiver = await startReceiver();
  });
  afterEach(async () => {
    await platform?.close();
    platform = undefined;
    await receiver.close();
  });

  for (const engine of Object.keys(sqlEngines)) {
    it(`outlives a process that is killed between the end of a run and the sending, on ${engine}`, async () => {
      platform = await openWebhooks(engine);
      const script = join(import.meta.dirname, 'fixtures/end-and-die.ts');
      const child = spawn(
        process.execPath,
        [
          '--conditions=@agent-factory/source',
          script,
          platform.dataDir,
          JSON.stringify(platform.storage),
          receiver.url,
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      );
      const said = text(child.stdout);
      const [, signal] = await once(child, 'exit');
      assert.equal(signal, 'SIGKILL');
      const [secret = '', runId = ''] = (await said).split('\n');
      assert.equal(receiver.received.length, 0);
      const { runs } = await platform.boot();
      assert.equal((await runs().get(runId)).status, 'succeeded');
      const [only] = await waitFor('the request', () => receiver.received.length > 0 && receiver.received);
      assert.ok(only);
      new Webhook(secret).verify(only.body, only.headers);
      assert.deepEqual([only.event.type, only.event.data['runId']], ['run.succeeded', runId]);
    });

    it(`is sent by a worker when the run ended elsewhere, on ${engine}`, async () => {
      platform = await openWebhooks(engine);
      const api = await platform.boot({ role: 'api' });
      await platform.boot({ role: 'worker' });
      await defineTargets(api);
      await api.ask('POST', '/webhooks', { url: receiver.url, events: ['run.succeeded'] });
      await api.runs().start({ agent: 'guide', input: 'Hello' });
      await waitFor('the request', () => receiver.received.length === 1);
    });
  }

  it('is found again when the call to send it was lost', async () => {
    platform = await openWebhooks();
    const api = await platform.boot({ role: 'api' });
    await defineTargets(api);
    await api.ask('POST', '/webhooks', { url: receiver.url, events: ['run.succeeded'] });
    const { id } = await api.runs().start({ agent: 'guide', input: 'Hello' });
    await api.runs().wait(id);
    await api.kernel.close();
    await platform.boot();
    await waitFor('the request', () => receiver.received.length === 1);
  });

  it('waits for nobody else’s slow receiver, of the same tenant or another', async () => {
    platform = await openWebhooks();
    const booted = await platform.boot();
    await defineTargets(booted);
    const gate = Promise.withResolvers<void>();
    receiver.answer = async ({ path }) => {
      if (path === '/slow') await gate.promise;
      return 200;
    };
    for (const path of ['/slow', '/slow', '/quick'])
      await booted.ask('POST', '/webhooks', { url: receiver.url + path, events: ['run.succeeded'] });
    const quick = (): number => receiver.received.filter(({ path }) => path === '/quick').length;
    for (let count = 1; count <= 8; count++) {
      await booted.runs().start({ agent: 'guide', input: 'Hello' });
      await waitFor('the quick one', () => quick() === count);
    }
    const slow = (): number => receiver.received.filter(({ path }) => path === '/slow').length;
    await waitFor('four at a time each', () => slow() === 8);
    gate.resolve();
    await waitFor('the slow ones', () => receiver.received.length === 24);
  });
});
