import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { defaultTenant, TenantStorage } from '@agent-factory/sdk/contracts';
import { answerExcerpt } from '../src/send/answer-excerpt.ts';
import { timedSender, type TimedOptions } from './support/fake-time.ts';
import { openWebhooks, type WebhookPlatform, type WebhookProcess } from './support/open-webhooks.ts';
import { startReceiver, type Receiver } from './support/receiver.ts';

describe('requests to receivers', function () {
  this.timeout(60_000);
  let platform: WebhookPlatform;
  let receiver: Receiver;
  let booted: WebhookProcess;
  before(async () => {
    platform = await openWebhooks();
    receiver = await startReceiver();
    const config = { allowHttp: false, allowHosts: [], maxWebhooks: 1_000 };
    booted = await platform.boot({ role: 'api', config }); // sends nothing by itself
  });
  after(async () => {
    await platform?.close();
    await receiver?.close();
  });
  beforeEach(() => {
    receiver.received.length = 0;
    receiver.answer = () => 200;
  });

  /** What became of a test event for this address, however it came to be that of a webhook. */
  const attemptAt = async (url: string, options: TimedOptions = {}): Promise<Record<string, unknown>> => {
    const wish = { url: 'https://example.com/', events: ['run.failed'] };
    const id = String(Object((await booted.ask('POST', '/webhooks', wish))[1]['webhook']).id);
    const database = await booted.kernel.use(TenantStorage).tenant(defaultTenant);
    await database.execute('UPDATE af_webhooks_endpoints SET url = ? WHERE id = ?', [url, id]);
    const [, { id: message }] = await booted.ask('POST', `/webhooks/${id}/test`);
    await timedSender(booted, options).drain(id);
    const [, { log }] = await booted.ask('GET', `/webhooks/${id}/deliveries/${String(message)}`);
    assert.equal(Object(log).length, 1);
    return Object(log)[0];
  };
  const guarded = { allowHosts: [] };

  for (const url of [
    'http://example.com/',
    'https://127.0.0.1/',
    'https://2130706433/',
    'https://169.254.169.254/latest/meta-data',
    'https://10.1.2.3/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://ada:secret@example.com/',
    'https://example.com:8443/',
    'ftp://example.com/',
    'example.com',
  ])
    it(`are never made to ${url}: no webhook can have it`, async () => {
      const [status, { code }] = await booted.ask('POST', '/webhooks', { url, events: ['run.failed'] });
      assert.deepEqual([status, code], [400, 'AF_WEBHOOK_URL_INVALID']);
      const wish = { url: 'https://example.com/', events: ['run.failed'] };
      const id = String(Object((await booted.ask('POST', '/webhooks', wish))[1]['webhook']).id);
      assert.equal(
        (await booted.ask('PATCH', `/webhooks/${id}`, { url }))[1]['code'],
        'AF_WEBHOOK_URL_INVALID',
      );
    });

  for (const host of ['127.0.0.1', '169.254.169.254', '[::ffff:127.0.0.1]', '[::ffff:169.254.169.254]'])
    it(`do not reach ${host}, wherever the address comes from`, async () => {
      const attempt = await attemptAt(`http://${host}/`, { config: guarded });
      assert.equal(attempt['error'], 'AF_OUTBOUND_ADDRESS_REFUSED');
    });

  for (const address of ['10.0.0.5', '127.0.0.1', '169.254.169.254', '::ffff:10.0.0.5', 'fd00::1'])
    it(`do not reach ${address} by a name, and do not tell that it leads there`, async () => {
      const attempt = await attemptAt('https://intranet.example/', {
        config: guarded,
        resolve: async () => [{ address, family: address.includes(':') ? 6 : 4 }],
      });
      assert.equal(attempt['error'], 'AF_OUTBOUND_ADDRESS_REFUSED');
      assert.doesNotMatch(JSON.stringify(attempt), new RegExp(address.replaceAll('.', '\\.')));
      assert.equal(receiver.received.length, 0);
    });

  for (const status of [301, 302, 303, 307, 308])
    it(`follow no redirect (${status})`, async () => {
      for (const location of ['http://169.254.169.254/latest', '/elsewhere']) {
        receiver.received.length = 0;
        receiver.answer = (_one, response) => void response.writeHead(status, { location });
        const attempt = await attemptAt(`${receiver.url}/hook`);
        const isSentOn = status > 303 && location.startsWith('http'); // the guard was quicker
        assert.equal(attempt['error'], isSentOn ? 'AF_OUTBOUND_URL_REFUSED' : 'AF_WEBHOOK_REDIRECTED');
        assert.deepEqual(
          receiver.received.map(({ path }) => path),
          ['/hook'],
        );
      }
    });

  it('count a redirect without an address as refused', async () => {
    receiver.answer = () => 304;
    assert.deepEqual((await attemptAt(receiver.url))['status'], 304);
  });

  it('are https unless the operator allows others, and never carry a key of the address into the log', async () => {
    const attempt = await attemptAt(`${receiver.url}/?key=hunter2`, { config: { allowHttp: false } });
    assert.equal(attempt['error'], 'AF_WEBHOOK_URL_INVALID');
    await receiver.close();
    const dead = await attemptAt(`${receiver.url}/?key=hunter2`);
    assert.equal(dead['error'], 'AF_OUTBOUND_FAILED');
    assert.doesNotMatch(JSON.stringify(dead), /hunter2/);
    receiver = await startReceiver();
  });

  it('end when there is no answer in time', async () => {
    const never = Promise.withResolvers<void>();
    receiver.answer = () => never.promise;
    const attempt = await attemptAt(receiver.url, { config: { timeoutMs: 100 } });
    assert.equal(attempt['error'], 'AF_OUTBOUND_TIMEOUT');
    never.resolve();
  });

  it('read no more of an answer than its beginning', async () => {
    const most = 1_000;
    let written = 0;
    receiver.answer = async (_one, response) => {
      response.writeHead(200);
      const pieces = function* (): Generator<Buffer> {
        while (written < most) {
          written += 1;
          yield Buffer.alloc(65_536, 'x ');
        }
      };
      await pipeline(Readable.from(pieces()), response).catch(() => {}); // nobody reads it to its end
    };
    const attempt = await attemptAt(receiver.url);
    assert.equal(attempt['error'], undefined);
    assert.equal(String(attempt['answer']).length, 301);
    assert.ok(written < most, `${written} pieces`);
  });

  it('are not made when the secret cannot be read any more', async () => {
    const attempt = await attemptAt(receiver.url, { secret: 'another secret of thirty-two characters' });
    assert.equal(attempt['error'], 'AF_WEBHOOK_SECRET_LOST');
    assert.equal(receiver.received.length, 0);
  });

  it('keep of an answer what is printable and not secret', () => {
    const shown = (text: string): string | undefined => answerExcerpt(Buffer.from(text));
    assert.equal(shown('\u0000\n '), undefined);
    assert.equal(shown('out\u001b[31m of\r\ndisk'), 'out [31m of disk');
    assert.equal(shown('{"token": "abc", "note":"fine"}'), '{"token": "[redacted]", "note":"fine"}');
    assert.equal(shown('Authorization: Bearer abc.def'), 'Authorization: [redacted] [redacted]');
    assert.equal(shown(`see whsec_${'A'.repeat(44)} there`), 'see [redacted] there');
  });

  it('have room for so many webhooks', async () => {
    const other = await openWebhooks();
    try {
      const { ask } = await other.boot({ role: 'api', config: { maxWebhooks: 2 } });
      const wish = { url: 'https://example.com/', events: ['run.failed'] };
      assert.equal((await ask('POST', '/webhooks', wish))[0], 201);
      assert.equal((await ask('POST', '/webhooks', wish))[0], 201);
      assert.equal((await ask('POST', '/webhooks', wish))[1]['code'], 'AF_WEBHOOK_TOO_MANY');
    } finally {
      await other.close();
    }
  });
});
