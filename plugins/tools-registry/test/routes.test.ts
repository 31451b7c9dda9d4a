import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { HttpServer } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { storageFolder } from './support/boot-registry.ts';

const plugins = dirname(dirname(import.meta.dirname));

describe('the routes of tools-registry', () => {
  let kernel: TestKernel;
  let url: string;
  before(async () => {
    kernel = await bootTestKernel({
      plugins: [
        storageFolder('sqlite'),
        join(plugins, 'tools-builtin'),
        join(plugins, 'tools-openapi'),
        join(plugins, 'tools-registry'),
        { use: join(plugins, 'http-api'), config: { port: 0 } },
      ],
    });
    url = kernel.use(HttpServer).url() ?? '';
  });
  after(() => kernel.close());

  const ask = async (
    method: string,
    path: string,
    body?: unknown,
  ): Promise<[number, Record<string, unknown>]> => {
    const answer = await fetch(`${url}/api/v1/tools${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    return [answer.status, Object(await answer.json())];
  };
  const spec = { description: 'Reads an order.', url: 'https://api.example.org/orders' };

  it('register, show, list and remove', async () => {
    const [status, made] = await ask('POST', '/registrations', { name: 'orders', kind: 'http', spec });
    assert.equal(status, 201);
    assert.deepEqual(Object(made['tools'])[0].name, 'orders');
    const [, all] = await ask('GET', '/registrations');
    assert.deepEqual(Object(all['registrations'])[0].tools, ['orders']);
    const [, one] = await ask('GET', '/registrations/orders');
    assert.deepEqual([one['spec'], one['createdBy']], [spec, 'local']);
    const [, { versions }] = await ask('GET', '/registrations/orders/versions');
    assert.equal(Object(versions).length, 1);
    assert.deepEqual(await ask('DELETE', '/registrations/orders'), [200, { removed: true }]);
    assert.equal((await ask('DELETE', '/registrations/orders'))[0], 404);
    assert.equal((await ask('GET', '/registrations/orders'))[0], 404);
  });

  it('say what is wrong, with path and mend', async () => {
    const [status, problem] = await ask('POST', '/registrations', {
      name: 'orders',
      kind: 'openapi',
      spec: { document: { openapi: '3.1.0' } },
    });
    assert.equal(status, 400);
    assert.equal(problem['code'], 'AF_TOOLS_REGISTRY_INVALID');
    assert.match(String(problem['detail']), /spec\/document\/paths: is required/);
    const [unknown, other] = await ask('POST', '/registrations', { name: 'orders', kind: 'soap', spec: {} });
    assert.deepEqual([unknown, other['code']], [400, 'AF_TOOLS_REGISTRY_KIND_UNKNOWN']);
  });

  it('try a tool, and say which there are', async () => {
    const [status, { output }] = await ask('POST', '/calculate/test', { input: { expression: '6 * 7' } });
    assert.equal(status, 200);
    assert.match(JSON.stringify(output), /42/);
    const [refused, problem] = await ask('POST', '/calculate/test', { input: { expression: 7 } });
    assert.deepEqual([refused, problem['code']], [400, 'AF_TOOLS_REGISTRY_TEST_INPUT']);
    const [missing, none] = await ask('POST', '/nobody/test', { input: {} });
    assert.equal(missing, 404);
    assert.match(String(none['fix']), /calculate/);
    const [, { kinds }] = await ask('GET', '/kinds');
    assert.deepEqual(
      Object(kinds).map(({ kind }: { kind: string }) => kind),
      ['openapi', 'http'],
    );
  });
});
