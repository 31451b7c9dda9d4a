import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { JsonObject, PluginContext } from '@agent-factory/sdk';
import { Tool } from '@agent-factory/sdk/contracts';
import { bootTestKernel, testPlugin, toolSuite, type TestKernel } from '@agent-factory/sdk/testing';
import { errorTable } from '../src/errors.ts';

const documents = fileURLToPath(new URL('fixtures/docs', import.meta.url));
const storage = '@agent-factory/plugin-storage-sqlite';
const plugin = '@agent-factory/plugin-tools-builtin';

describe('tools-builtin', () => {
  const server = createServer((_request, response) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Home</title><p>Hello</p>');
  });
  // The suite's examples are made before `before` hooks run, so the address is filled in later.
  const page = { url: '' };
  let validator: PluginContext['validator'];
  const probe = testPlugin('probe', [], (ctx) => void (validator = ctx.validator.bind(ctx)));
  before(async () => {
    await (await bootTestKernel({ plugins: [probe] })).close();
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    page.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`; // it listens on TCP
  });
  after(() => void server.close());

  const boot = (config: JsonObject): Promise<TestKernel> =>
    bootTestKernel({ plugins: [storage, { use: plugin, config }] });

  const open = async () => {
    const kernel = await boot({ documents: [documents], allowHosts: ['127.0.0.1'] });
    return { tools: kernel.all(Tool).map(({ value }) => value), close: () => kernel.close() };
  };
  const examples = {
    calculate: [{ expression: '2 * 21' }, { expression: '2^100' }],
    current_time: [{ timeZone: 'Tokyo' }, {}],
    fetch_url: [page],
    search_documents: [{ query: 'which port' }, { query: 'zyzzyva', limit: 1 }],
  };
  for (const { name, run } of toolSuite(open, { examples, compile: (schema) => validator(schema) }))
    it(name, run);

  it('offers no document search when no documents are configured', async () => {
    const kernel = await boot({});
    try {
      const names = kernel.all(Tool).map(({ value }) => value.name);
      assert.deepEqual(names, ['calculate', 'current_time', 'fetch_url']);
    } finally {
      await kernel.close();
    }
  });

  it('starts although a folder is missing', async () => {
    const kernel = await boot({ documents: ['./no-such-folder'] });
    try {
      assert.ok(kernel.all(Tool).some(({ value }) => value.name === 'search_documents'));
    } finally {
      await kernel.close();
    }
  });

  it('refuses a configuration it does not know', async () => {
    await assert.rejects(boot({ document: ['docs'] }), /documents/);
  });

  it('has errors that all say what to do', () => {
    for (const [code, spec] of Object.entries(errorTable)) {
      assert.match(code, /^AF_TOOLS_BUILTIN_[A-Z_]+$/);
      assert.ok(spec.fix.length > 5, code);
    }
  });
});
