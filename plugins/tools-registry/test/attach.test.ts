import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { AgentRuntime, defaultTenant, HttpServer, LanguageModel } from '@agent-factory/sdk/contracts';
import { bootTestKernel, functionModel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';

const plugins = dirname(dirname(import.meta.dirname));
const plugin = (name: string): string => join(plugins, name);

describe('an agent and a registered tool', function () {
  this.timeout(60_000);
  const shop = createServer((request, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ status: `sent ${request.url}` }));
  });
  let kernel: TestKernel;
  let url: string;
  let host: string;
  before(async () => {
    shop.listen(0, '127.0.0.1');
    await once(shop, 'listening');
    host = `127.0.0.1:${(shop.address() as AddressInfo).port}`; // it listens on TCP
    const model = testPlugin('model', [LanguageModel], (ctx) => {
      // Calls the first tool it is offered, then says what that answered.
      const answer = functionModel('test', ({ messages, tools = [] }) => {
        const last = messages.at(-1);
        if (last?.role === 'tool') return `It is ${last.content}`;
        const [tool] = tools;
        return tool ? [{ id: 'call-1', name: tool.name, input: { id: '7' } }] : 'I have no tools.';
      });
      ctx.contribute(LanguageModel, answer);
    });
    kernel = await bootTestKernel({
      baseDir: import.meta.dirname,
      plugins: [
        plugin('storage-sqlite'),
        plugin('journal-sql'),
        model,
        { use: plugin('tools-openapi'), config: { allowHosts: [host] } },
        plugin('tools-registry'),
        plugin('agent-runtime'),
        { use: plugin('http-api'), config: { port: 0 } },
      ],
    });
    url = `${kernel.use(HttpServer).url() ?? ''}/api/v1`;
  });
  after(async () => {
    await kernel?.close();
    shop.closeAllConnections();
    shop.close();
  });

  const ask = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<[number, Record<string, unknown>]> => {
    const answer = await fetch(`${url}${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    return [answer.status, Object(await answer.json())];
  };
  const spec = () => ({
    description: 'Looks up an order by its number.',
    url: `http://${host}/orders/{id}`,
    input: { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] },
    result: '/status',
  });
  const answered = async (): Promise<unknown> => {
    const runtime = kernel.use(AgentRuntime).tenant(defaultTenant);
    const { id } = await runtime.start({ agent: 'support', input: 'Where is my order?' });
    return (await runtime.wait(id)).output;
  };

  it('are brought together over the API, and parted again', async () => {
    await ask('PUT', '/agents/support', { instructions: 'Help.', model: 'test/any' });
    assert.equal(await answered(), 'I have no tools.');
    const [refused, problem] = await ask('PUT', '/agents/support/tools/order_status');
    assert.deepEqual([refused, problem['code']], [400, 'AF_DEFINITION_INVALID']);
    await ask('POST', '/tools/registrations', { name: 'order_status', kind: 'http', spec: spec() });
    const [attached, kept] = await ask('PUT', '/agents/support/tools/order_status');
    assert.deepEqual([attached, kept['revision']], [200, 2]);
    assert.equal((await ask('PUT', '/agents/support/tools/order_status'))[1]['revision'], 2);
    assert.equal(await answered(), 'It is sent /orders/7');
    assert.equal((await ask('DELETE', '/agents/support/tools/order_status'))[0], 200);
    assert.equal(await answered(), 'I have no tools.');
  });

  it('are parted when the tool is taken away, and together again when it is back', async () => {
    await ask('PUT', '/agents/support', {
      instructions: 'Help.',
      model: 'test/any',
      tools: ['order_status'],
    });
    assert.equal(await answered(), 'It is sent /orders/7');
    await ask('DELETE', '/tools/registrations/order_status');
    assert.equal(await answered(), 'I have no tools.');
    await ask('POST', '/tools/registrations', {
      name: 'order_status',
      kind: 'http',
      spec: { ...spec(), result: '' },
    });
    assert.equal(await answered(), 'It is {"status":"sent /orders/7"}');
  });
});
