import assert from 'node:assert/strict';
import { AuditLog, defaultTenant, StorageTransfer, TenantStorage } from '@agent-factory/sdk/contracts';
import { waitFor } from '@agent-factory/sdk/testing';
import { sqlEngines } from '@agent-factory/test-servers';
import { Webhook } from 'standardwebhooks';
import {
  defineTargets,
  openWebhooks,
  type BootOptions,
  type WebhookPlatform,
  type WebhookProcess,
} from './support/open-webhooks.ts';
import { startReceiver, type Received, type Receiver } from './support/receiver.ts';

const everything = ['run.succeeded', 'run.failed', 'run.cancelled', 'run.waiting'];

for (const engine of Object.keys(sqlEngines)) {
  describe(`webhooks on ${engine}`, function () {
    this.timeout(60_000);
    let platform: WebhookPlatform;
    let receiver: Receiver;
    let booted: WebhookProcess;
    const start = async (options: BootOptions = {}): Promise<void> => {
      booted = await platform.boot(options);
      await defineTargets(booted, [defaultTenant, 'acme']);
    };
    /** Makes one that is told of these; its id and secret. */
    const make = async (
      more: object = {},
      tenant = defaultTenant,
    ): Promise<{ id: string; secret: string }> => {
      const wish = { url: `${receiver.url}/hook`, events: everything, ...more };
      const [status, { webhook, secret }] = await booted.ask('POST', '/webhooks', wish, { tenant });
      assert.equal(status, 201);
      return { id: String(Object(webhook).id), secret: String(secret) };
    };
    const delivered = (count: number): Promise<readonly Received[]> =>
      waitFor(`${count} requests`, () => receiver.received.length >= count && receiver.received);
    const run = async (input: string, tenant?: string): Promise<string> => {
      const { id } = await booted.runs(tenant).start({ agent: 'guide', input });
      await booted.runs(tenant).wait(id);
      return id;
    };
    const deliveryOf = async (id: string, message: string): Promise<Record<string, unknown>> =>
      (await booted.ask('GET', `/webhooks/${id}/deliveries/${message}`))[1];
    const inState = (id: string, message: string, state: string): Promise<Record<string, unknown>> =>
      waitFor(`${message} to be ${state}`, async () => {
        const delivery = await deliveryOf(id, message);
        return delivery['state'] === state && delivery;
      });

    beforeEach(async () => {
      platform = await openWebhooks(engine);
      receiver = await startReceiver();
    });
    afterEach(async () => {
      await platform?.close();
      await receiver?.close();
    });

    it('tell how runs end and what they wait for, signed, and nothing of what was said', async () => {
      await start();
      const { id, secret } = await make();
      const done = await run('Tell me the secret word.');
      const failed = await run('please fail');
      const paying = await booted.runs().start({ workflow: 'pay', input: {} });
      await booted.runs().start({ workflow: 'nap', input: {} }); // waits for nobody
      await waitFor('the question', () =>
        receiver.received.some(({ event }) => event.type === 'run.waiting'),
      );
      await booted.runs().cancel(paying.id, 'No money.');
      const all = await delivered(4);
      const byType = new Map(all.map((one) => [one.event.type, one]));
      assert.deepEqual([...byType.keys()].sort(), [...everything].sort());
      for (const { headers, body, path } of all) {
        const told = Object(new Webhook(secret).verify(body, headers));
        assert.equal(path, '/hook');
        assert.ok(
          !body.includes('secret') && !body.includes('out of order') && !body.includes('money'),
          body,
        );
        assert.equal(new Date(told.timestamp).toISOString(), told.timestamp);
      }
      const success = byType.get('run.succeeded');
      assert.equal(success?.event.data['runId'], done);
      assert.equal(success?.event.data['status'], 'succeeded');
      assert.equal(Object(success?.event.data['subject']).name, 'guide');
      assert.match(success?.id ?? '', new RegExp(`^msg_${done}_\\d+$`));
      assert.equal(byType.get('run.failed')?.event.data['runId'], failed);
      assert.match(Object(byType.get('run.failed')?.event.data['error']).code, /^AF_/);
      const [waiting] = Object(byType.get('run.waiting')?.event.data['waitingFor']);
      assert.deepEqual(
        [waiting.kind, typeof waiting.approvalId, waiting.detail],
        ['approval', 'string', undefined],
      );
      const sent = await inState(id, success?.id ?? '', 'delivered');
      assert.deepEqual([sent['attempts'], Object(sent['log'])[0].status], [1, 200]);
      assert.equal(receiver.received.length, 4);
    });

    it('send contents to those that ask for them, up to a length', async () => {
      await start({ config: { maxContentBytes: 1024 } });
      await make({ include: ['input', 'output'], events: ['run.succeeded'] });
      await run('short');
      const [first] = await delivered(1);
      assert.deepEqual(Object(first?.event.data['contents']).output, 'You said: short');
      await run('long '.repeat(400));
      const second = (await delivered(2))[1];
      assert.deepEqual(
        [second?.event.data['contentsLeftOut'], second?.event.data['contents']],
        [true, undefined],
      );
    });

    it('tell each only what it asked for, and write nothing where nobody asked', async () => {
      await start();
      await run('before there is one');
      const { id } = await make({ events: ['run.failed'] });
      const off = await make({ enabled: false });
      await run('fine');
      await run('fine', 'acme');
      const failed = await run('fail');
      const [only] = await delivered(1);
      assert.equal(only?.event.data['runId'], failed);
      const rows = async (tenant: string): Promise<number> =>
        (
          await (
            await booted.kernel.use(TenantStorage).tenant(tenant)
          ).query('SELECT message_id FROM af_webhooks_deliveries')
        ).length;
      assert.deepEqual([await rows(defaultTenant), await rows('acme')], [1, 0]);
      assert.deepEqual((await booted.ask('GET', `/webhooks/${off.id}/deliveries`))[1], { deliveries: [] });
      assert.equal((await inState(id, only?.id ?? '', 'delivered'))['type'], 'run.failed');
    });

    it('try again with the same id until it is received, and list each attempt', async () => {
      await start({ config: { retryMs: [0, 0, 0] } });
      receiver.answer = (_one, response) => {
        if (receiver.received.length > 2) return 204;
        response.writeHead(500);
        response.end('{"password":"hunter2","hint":"out of disk"}');
      };
      const { id, secret } = await make();
      await run('fine');
      const all = await delivered(3);
      assert.equal(new Set(all.map((one) => one.id)).size, 1);
      for (const { body, headers } of all) new Webhook(secret).verify(body, headers);
      const done = await inState(id, all[0]?.id ?? '', 'delivered');
      const log = Object(done['log']);
      assert.deepEqual(
        log.map(({ status, error }: Record<string, unknown>) => [status, error]),
        [
          [500, 'AF_WEBHOOK_REFUSED'],
          [500, 'AF_WEBHOOK_REFUSED'],
          [204, undefined],
        ],
      );
      assert.match(log[0].answer, /out of disk/);
      assert.doesNotMatch(log[0].answer, /hunter2/);
      assert.equal((await booted.ask('GET', `/webhooks/${id}`))[1]['failingSince'], undefined);
    });

    it('keep what was never received, and replay one, or all since a time', async () => {
      await start({ config: { retryMs: [0] } });
      receiver.answer = () => 500;
      const { id } = await make();
      for (const input of ['one', 'two', 'three']) await run(input);
      const dead = await waitFor('three dead', async () => {
        const [, { deliveries }] = await booted.ask('GET', `/webhooks/${id}/deliveries?state=dead`);
        return Object(deliveries).length === 3 && (deliveries as { id: string; happenedAt: number }[]);
      });
      assert.equal(receiver.received.length, 6);
      receiver.answer = () => 200;
      const [newest, middle] = dead;
      const path = `/webhooks/${id}/deliveries/${newest?.id ?? ''}/replay`;
      const [status, replayed] = await booted.ask('POST', path);
      assert.deepEqual([status, replayed['id']], [202, newest?.id]);
      const sent = await inState(id, newest?.id ?? '', 'delivered');
      assert.equal(sent['attempts'], 3);
      const since = { since: middle?.happenedAt };
      assert.deepEqual((await booted.ask('POST', `/webhooks/${id}/replay`, since)).slice(0, 2), [
        202,
        { replayed: 1 },
      ]);
      await inState(id, middle?.id ?? '', 'delivered');
      assert.deepEqual((await booted.ask('POST', `/webhooks/${id}/replay`, {})).slice(0, 2), [
        202,
        { replayed: 1 },
      ]);
      await delivered(9);
      assert.equal(new Set(receiver.received.map((one) => one.id)).size, 3);
    });

    it('sign with the former secret as well, for a while after a rotation', async () => {
      await start();
      const { id, secret } = await make();
      const [, rotated] = await booted.ask('POST', `/webhooks/${id}/rotate`, { overlapMs: 3_600_000 });
      await booted.ask('POST', `/webhooks/${id}/test`);
      const [both] = await delivered(1);
      assert.ok(both);
      assert.equal(both.event.type, 'webhook.test');
      for (const one of [secret, String(rotated['secret'])]) new Webhook(one).verify(both.body, both.headers);
      const [, again] = await booted.ask('POST', `/webhooks/${id}/rotate`, { overlapMs: 0 });
      await booted.ask('POST', `/webhooks/${id}/test`);
      const alone = (await delivered(2))[1];
      assert.ok(alone);
      new Webhook(String(again['secret'])).verify(alone.body, alone.headers);
      for (const one of [secret, String(rotated['secret'])])
        assert.throws(() => new Webhook(one).verify(alone.body, alone.headers));
    });

    it('disable one whose receiver wants no more, and write it down', async () => {
      await start();
      receiver.answer = () => 410;
      const { id } = await make();
      await run('fine');
      const webhook = await waitFor('it to be disabled', async () => {
        const [, found] = await booted.ask('GET', `/webhooks/${id}`);
        return found['enabled'] === false && found;
      });
      assert.equal(webhook['disabledBy'], 'AF_WEBHOOK_GONE');
      const [entry] = await waitFor('the entry', async () => {
        const found = await booted.kernel
          .use(AuditLog)
          .chain(defaultTenant)
          .list({ action: 'disableWebhook' });
        return found.length > 0 && found;
      });
      assert.deepEqual([entry?.who, entry?.code], ['webhooks', 'AF_WEBHOOK_GONE']);
      assert.equal(entry?.target, `/api/v1/webhooks/${id}`);
      assert.equal((await booted.ask('POST', `/webhooks/${id}/test`))[1]['code'], 'AF_WEBHOOK_DISABLED');
      assert.equal((await booted.ask('POST', `/webhooks/${id}/replay`, {}))[0], 409);
      receiver.answer = () => 200;
      const [, enabled] = await booted.ask('PATCH', `/webhooks/${id}`, { enabled: true });
      assert.deepEqual([enabled['enabled'], enabled['disabledBy']], [true, undefined]);
      assert.deepEqual((await booted.ask('POST', `/webhooks/${id}/replay`, {})).slice(0, 2), [
        202,
        { replayed: 1 },
      ]);
      await delivered(2);
    });

    it('belong to their tenant, and go with it', async () => {
      await start();
      const { id, secret } = await make({}, 'acme');
      await run('fine', 'acme');
      const message = (await delivered(1))[0]?.id ?? '';
      const paths: readonly (readonly [string, string, object?])[] = [
        ['GET', ''],
        ['PATCH', '', { enabled: false }],
        ['DELETE', ''],
        ['POST', '/rotate', {}],
        ['POST', '/test'],
        ['POST', '/replay', {}],
        ['GET', '/deliveries'],
        ['GET', `/deliveries/${message}`],
        ['POST', `/deliveries/${message}/replay`],
      ];
      for (const [method, path, body] of paths) {
        const [status, { code }] = await booted.ask(method, `/webhooks/${id}${path}`, body);
        assert.deepEqual([status, code], [404, 'AF_WEBHOOK_UNKNOWN'], `${method} ${path}`);
      }
      assert.deepEqual((await booted.ask('GET', '/webhooks'))[1], { webhooks: [] });
      const tables = await booted.kernel.use(StorageTransfer).snapshot(async (snapshot) => {
        const shown: Record<string, string> = {};
        for (const table of await snapshot.tables('acme'))
          shown[table.name] = JSON.stringify(await snapshot.rows('acme', table, { limit: 100 }));
        return shown;
      });
      assert.ok(tables['af_webhooks_endpoints']?.includes(id), 'is exported');
      assert.ok(tables['af_webhooks_deliveries']?.includes(message));
      assert.ok(!JSON.stringify(tables).includes(secret.slice('whsec_'.length)), 'its secret is sealed');
      const tenants = booted.kernel.use(TenantStorage);
      await tenants.erase('acme');
      await tenants.create('acme');
      assert.deepEqual((await booted.ask('GET', '/webhooks', undefined, { tenant: 'acme' }))[1], {
        webhooks: [],
      });
    });
  });
}
