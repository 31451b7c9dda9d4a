import assert from 'node:assert/strict';
import { AuditLog, defaultTenant, TenantStorage } from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import { askedPause, retryDelay } from '../src/send/retry-time.ts';
import { removeEnded } from '../src/store/delivery-rows.ts';
import { timedSender } from './support/fake-time.ts';
import { openWebhooks, type WebhookPlatform, type WebhookProcess } from './support/open-webhooks.ts';
import { startReceiver, type Receiver } from './support/receiver.ts';

const hour = 3_600_000;
const day = 24 * hour;

describe('attempts to deliver', function () {
  this.timeout(60_000);
  let platform: WebhookPlatform;
  let receiver: Receiver;
  let booted: WebhookProcess;
  let id: string;
  before(async () => {
    platform = await openWebhooks();
    receiver = await startReceiver();
    booted = await platform.boot({ role: 'api' }); // sends nothing by itself
  });
  after(async () => {
    await platform?.close();
    await receiver?.close();
  });
  beforeEach(async () => {
    receiver.received.length = 0;
    receiver.answer = () => 500;
    const wish = { url: receiver.url, events: ['run.succeeded'] };
    id = String(Object((await booted.ask('POST', '/webhooks', wish))[1]['webhook']).id);
  });
  const test = async (): Promise<string> =>
    String((await booted.ask('POST', `/webhooks/${id}/test`))[1]['id']);
  const deliveryOf = async (message: string): Promise<Record<string, unknown>> =>
    (await booted.ask('GET', `/webhooks/${id}/deliveries/${message}`))[1];

  it('are ten, over some 76 hours, then it is dead', async () => {
    const message = await test();
    const sender = timedSender(booted);
    const began = sender.now;
    const pauses: number[] = [];
    for (;;) {
      const { sent, nextAt } = await sender.drain(id);
      assert.equal(sent, 1);
      if (nextAt === undefined) break;
      sender.now = nextAt - 1;
      assert.equal((await sender.drain(id)).sent, 0, 'not before its time');
      pauses.push(nextAt - (sender.now = nextAt) + nextAt - began);
    }
    assert.equal(receiver.received.length, 10);
    assert.equal(new Set(receiver.received.map((one) => one.id)).size, 1);
    assert.equal(pauses[0], 5_000);
    assert.ok(Math.abs((sender.now - began) / hour - 76) < 1, `${sender.now - began} ms`);
    const dead = await deliveryOf(message);
    assert.deepEqual([dead['state'], dead['attempts'], dead['error']], ['dead', 10, 'AF_WEBHOOK_REFUSED']);
    const stamps = receiver.received.map(({ headers }) => Number(headers['webhook-timestamp']));
    assert.equal(stamps.at(-1), Math.floor(sender.now / 1000), 'each is signed anew');
  });

  it('wait as long as a receiver asks that has too much to do, up to a day', async () => {
    await test();
    const sender = timedSender(booted);
    let asked: string | undefined;
    let status = 503;
    receiver.answer = (_one, response) => {
      response.writeHead(status, asked === undefined ? {} : { 'retry-after': asked });
    };
    const pauseAfter = async (): Promise<number> => {
      const { nextAt = 0 } = await sender.drain(id);
      const pause = nextAt - sender.now;
      sender.now = nextAt;
      return pause;
    };
    asked = '3600';
    assert.equal(await pauseAfter(), hour);
    status = 429;
    asked = new Date(Math.ceil(sender.now / 1000) * 1000 + 2 * hour).toUTCString();
    assert.ok(Math.abs((await pauseAfter()) - 2 * hour) <= 1_000);
    asked = '999999';
    assert.equal(await pauseAfter(), day);
    status = 500;
    assert.equal(await pauseAfter(), 2 * hour, 'others have nothing to ask');
  });

  it('differ by a tenth more or less', () => {
    const delay = (random: number): number | undefined =>
      retryDelay(1, undefined, { retryMs: [1_000], random: () => random });
    assert.deepEqual([delay(0), delay(0.5), delay(1)], [900, 1_000, 1_100]);
    assert.equal(retryDelay(2, 5_000, { retryMs: [1_000], random: () => 0 }), undefined);
    assert.equal(askedPause(503, 'soon', 0), undefined);
    assert.equal(askedPause(503, new Date(0).toUTCString(), 5_000), 0);
  });

  it('end for days that nothing was received: the webhook is disabled, and that is written down', async () => {
    const first = await test();
    const sender = timedSender(booted);
    await sender.drain(id);
    sender.now += 4 * day;
    await sender.drain(id);
    const isEnabled = async (): Promise<unknown> =>
      (await booted.ask('GET', `/webhooks/${id}`))[1]['enabled'];
    assert.equal(await isEnabled(), true);
    const second = await test();
    sender.now += day;
    await sender.drain(id);
    const [, webhook] = await booted.ask('GET', `/webhooks/${id}`);
    assert.deepEqual([webhook['enabled'], webhook['disabledBy']], [false, 'AF_WEBHOOK_FAILING']);
    for (const message of [first, second]) {
      await sender.drain(id);
      assert.equal((await deliveryOf(message))['state'], 'dead');
    }
    const entries = await booted.kernel.use(AuditLog).chain(defaultTenant).list({ action: 'disableWebhook' });
    assert.equal(
      entries.filter(({ target, code }) => target.endsWith(id) && code === 'AF_WEBHOOK_FAILING').length,
      1,
    );
  });

  it('begin anew to count days when something was received', async () => {
    await test();
    const sender = timedSender(booted);
    await sender.drain(id);
    assert.equal(typeof (await booted.ask('GET', `/webhooks/${id}`))[1]['failingSince'], 'number');
    receiver.answer = () => 200;
    sender.now += 6 * day;
    await sender.drain(id);
    const [, webhook] = await booted.ask('GET', `/webhooks/${id}`);
    assert.deepEqual([webhook['enabled'], webhook['failingSince']], [true, undefined]);
  });

  it('are so many at the same time, whoever makes them', async () => {
    for (let count = 0; count < 6; count++) await test();
    let [open, most] = [0, 0];
    const gate = Promise.withResolvers<void>();
    receiver.answer = async () => {
      most = Math.max(most, ++open);
      await gate.promise;
      open -= 1;
      return 200;
    };
    const senders = [1, 2].map(() => timedSender(booted, { config: { perWebhook: 2 } }));
    const both = senders.map((sender) => sender.drain(id));
    await waitFor('two requests', () => receiver.received.length === 2);
    // What a third one would find.
    assert.equal((await timedSender(booted, { config: { perWebhook: 2 } }).drain(id)).sent, 0);
    gate.resolve();
    await Promise.all(both);
    assert.deepEqual([receiver.received.length, most], [6, 2]);
  });

  it('cannot be begun anew before they ended, and are forgotten long after', async () => {
    const message = await test();
    const path = `/webhooks/${id}/deliveries/${message}`;
    assert.equal((await booted.ask('POST', `${path}/replay`))[1]['code'], 'AF_WEBHOOK_DELIVERY_PENDING');
    receiver.answer = () => 200;
    const sender = timedSender(booted);
    await sender.drain(id);
    const database = await booted.kernel.use(TenantStorage).tenant(defaultTenant);
    await removeEnded(database, sender.now - 1, 100);
    assert.equal((await deliveryOf(message))['state'], 'delivered');
    assert.ok((await removeEnded(database, sender.now, 100)) >= 1);
    for (const [method, which] of [
      ['GET', path],
      ['POST', `${path}/replay`],
    ] as const)
      assert.equal((await booted.ask(method, which))[1]['code'], 'AF_WEBHOOK_DELIVERY_UNKNOWN');
    const rows = await database.query('SELECT number FROM af_webhooks_attempts WHERE webhook_id = ?', [id]);
    assert.deepEqual(rows, []);
    const [, { code }] = await booted.ask('GET', `/webhooks/${id}/deliveries?after=x`);
    assert.equal(code, 'AF_WEBHOOK_QUERY_INVALID');
  });

  it('are made by somebody else when the one at work is gone', async () => {
    await test();
    const sender = timedSender(booted);
    const gone = new AbortController();
    const left = Promise.withResolvers<void>();
    receiver.answer = async () => {
      gone.abort(new Error('the worker must stop'));
      await left.promise;
    };
    await assert.rejects(sender.drain(id, gone.signal), /must stop/);
    left.resolve();
    receiver.answer = () => 200;
    const { sent, nextAt = 0 } = await sender.drain(id);
    assert.equal(sent, 0, 'it may still be at it');
    sender.now = nextAt;
    assert.equal((await sender.drain(id)).sent, 1);
    assert.equal(new Set(receiver.received.map((one) => one.id)).size, 1);
  });
});
