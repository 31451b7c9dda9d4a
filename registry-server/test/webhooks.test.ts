import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { createWebhookSender } from '../src/app/webhook-sender.ts';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';

interface Heard {
  readonly headers: Record<string, string>;
  readonly body: string;
}

describe('webhooks', () => {
  let registry: TestRegistry;
  let author: string;
  let follower: string;
  let receiver: Server;
  let host: string;
  let status = 204;
  let heard: Heard[] = [];

  before(async () => {
    receiver = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        heard.push({ headers: request.headers as Record<string, string>, body }); // none is sent twice
        response.writeHead(status).end();
      });
    });
    await new Promise<void>((done) => receiver.listen(0, '127.0.0.1', done));
    host = `127.0.0.1:${(receiver.address() as AddressInfo).port}`; // it listens on a port
    registry = await openTestRegistry({ webhookHosts: [host], webhookMs: 3_600_000 });
    author = await registry.account('acme');
    follower = await registry.account('follower');
    await registry.publish(author, await makePlugin({ name: '@acme/before' }));
  });
  after(async () => {
    await registry.close();
    receiver.close();
  });

  const round = (): Promise<void> => createWebhookSender(registry.registry).send();
  const add = (body: object, token = follower): ReturnType<TestRegistry['ask']> =>
    registry.ask('POST', '/-/af/v1/webhooks', { token, body });
  const list = async (): Promise<Record<string, unknown>[]> =>
    (await registry.ask('GET', '/-/af/v1/webhooks', { token: follower })).json.webhooks;
  let secret = '';
  let id = '';

  it('tell of each change after they were made, in order and signed', async () => {
    const { json } = await add({ url: `http://${host}/hook` });
    ({ secret, id } = json);
    await registry.publish(author, await makePlugin({ name: '@acme/one' }));
    await registry.publish(author, await makePlugin({ name: '@acme/two' }));
    await round();
    const told = heard.map(({ headers, body }) => Object(new Webhook(secret).verify(body, headers)));
    const published = told.filter(({ type }) => type === 'version.published');
    assert.deepEqual(
      published.map(({ data }) => data.package),
      ['@acme/one', '@acme/two'],
    );
    const count = heard.length;
    await round();
    assert.equal(heard.length, count, 'nothing is told twice');
  });

  it('wait and try again where nobody answers well, and tell the same then', async () => {
    heard = [];
    status = 500;
    await registry.publish(author, await makePlugin({ name: '@acme/three' }));
    await round();
    await round();
    assert.equal(heard.length, 1, 'the second try is not due');
    assert.match(String((await list())[0]?.['problem']), /500/);
    status = 204;
    registry.pass(6_000);
    await round();
    assert.equal(heard[1]?.headers['webhook-id'], heard[0]?.headers['webhook-id']);
    assert.equal((await list())[0]?.['attempts'], 0);
  });

  it('end where the receiver is gone, and go on from there when their owner says so', async () => {
    heard = [];
    status = 410;
    await registry.publish(author, await makePlugin({ name: '@acme/four' }));
    await round();
    assert.notEqual((await list())[0]?.['stopped'], null);
    status = 204;
    registry.pass(90_000_000);
    await round();
    assert.equal(heard.length, 1);
    await registry.ask('POST', `/-/af/v1/webhooks/${id}/resume`, { token: follower });
    await round();
    assert.ok(heard.length > 1);
  });

  it('are given up after the last try', async () => {
    status = 503;
    await registry.publish(author, await makePlugin({ name: '@acme/five' }));
    for (let at = 0; at < 12; at++) {
      await round();
      registry.pass(90_000_000);
    }
    assert.deepEqual([(await list())[0]?.['attempts'], (await list())[0]?.['stopped'] !== null], [10, true]);
    status = 204;
  });

  it('tell nobody of what they may not see, and of one package alone where that is asked', async () => {
    await registry.ask('DELETE', `/-/af/v1/webhooks/${id}`, { token: follower });
    await add({ url: `http://${host}/one`, package: '@acme/one' });
    heard = [];
    await registry.publish(author, await makePlugin({ name: '@acme/secret' }), { access: 'restricted' });
    await registry.publish(author, await makePlugin({ name: '@acme/one', version: '1.1.0' }));
    await round();
    assert.ok(heard.length > 0);
    assert.ok(heard.every(({ body }) => JSON.parse(body).data.package === '@acme/one'));
  });

  it('reach nothing inside the network, and show their secret once', async () => {
    const { json } = await add({ url: 'http://127.0.0.1:1/x' });
    await registry.publish(author, await makePlugin({ name: '@acme/six' }));
    await round();
    const shown = (await list()).find((one) => one['id'] === json.id);
    assert.match(String(shown?.['problem']), /127\.0\.0\.1/);
    assert.equal(shown?.['secret'], undefined);
    for (const url of ['ftp://x.example', 'http://a:b@x.example', 'x'])
      assert.equal((await add({ url })).status, 400);
    assert.equal((await registry.ask('GET', '/-/af/v1/webhooks')).status, 401);
  });
});
