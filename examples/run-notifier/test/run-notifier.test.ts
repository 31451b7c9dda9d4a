import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { JsonObject } from '@agent-factory/sdk';
import { AgentRuntime, LanguageModel, defaultTenant } from '@agent-factory/sdk/contracts';
import { bootTestKernel, functionModel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';

const folder = new URL('..', import.meta.url).pathname;

const model = testPlugin('test-model', [LanguageModel], (ctx) =>
  ctx.contribute(
    LanguageModel,
    functionModel('test', () => 'Hello.'),
  ),
);

const agents = [{ name: 'greeter', instructions: 'You greet people.', model: 'test/any' }];

const boot = (config: JsonObject): Promise<TestKernel> =>
  bootTestKernel({
    plugins: [
      '@agent-factory/plugin-storage-sqlite',
      '@agent-factory/plugin-journal-sql',
      { use: '@agent-factory/plugin-agent-runtime', config: { agents } },
      { use: './', config },
      model,
    ],
    baseDir: folder,
    env: { NOTIFY_TOKEN: 'hunter2' },
  });

describe('run-notifier', () => {
  let url: string;
  let status = 204;
  let received: { readonly body: unknown; readonly authorization: string | undefined }[];
  const server = createServer(async (request, response) => {
    received.push({ body: await json(request), authorization: request.headers.authorization });
    response.writeHead(status).end();
  });

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`; // it listens on TCP
  });
  after(() => void server.close());
  beforeEach(() => {
    received = [];
    status = 204;
  });

  it('tells the service about a finished run before it is disposed', async () => {
    const kernel = await boot({ url, token: '${secret:env:NOTIFY_TOKEN}' });
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'greeter', input: 'Hi' });
    const { endedAt } = await runtime.wait(id);
    await kernel.close();
    assert.deepEqual(received, [
      { body: { runId: id, type: 'run.succeeded', at: endedAt }, authorization: 'Bearer hunter2' },
    ]);
  });

  it('does not disturb runs when the service fails', async () => {
    status = 500;
    const kernel = await boot({ url });
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'greeter', input: 'Hi' });
    assert.equal((await runtime.wait(id)).status, 'succeeded');
    await kernel.close();
  });

  it('refuses a configuration without an address', async () => {
    await assert.rejects(boot({}), {
      code: 'AF_CONFIG_INVALID',
      message: /url \(run-notifier\): is required/,
    });
  });
});
