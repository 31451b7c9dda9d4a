import assert from 'node:assert/strict';
import { Agent, createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpRoute } from '@agent-factory/sdk/contracts';
import type { JsonObject } from '@agent-factory/sdk';
import { bootApi, route, routesPlugin } from './support/boot-api.ts';

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly socket: number;
}

/** Asks over kept-alive connections; rejects on any fault of a connection. */
function ask(agent: Agent, url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent }, (response) => {
      let text = '';
      const socket = response.socket.localPort ?? 0; // the socket is given back at the end
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.once('error', reject).once('end', () => {
        resolve({ status: response.statusCode ?? 0, text, socket });
      });
    });
    sent.once('error', reject).end();
  });
}

async function reasonOf(boot: Promise<{ close(): Promise<void> }>): Promise<{ code: string; text: string }> {
  try {
    await (await boot).close();
  } catch (error) {
    const { code, message, cause } = error as { code: string; message: string; cause?: { code?: string } };
    return { code: cause?.code ?? code, text: message };
  }
  throw new Error('it booted');
}

describe('generations of the HTTP API', () => {
  it('change under load without a failed request or a refused connection', async function () {
    this.timeout(60_000);
    const version = (id: string): ReturnType<typeof routesPlugin> =>
      routesPlugin(id, route('/api/v1/who', { handler: async () => ({ body: id }) }));
    const api = await bootApi([version('one'), version('two')], {}, ['one']);
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    try {
      let loading = true;
      const seen: string[] = [];
      const sockets = new Set<number>();
      const lane = async (): Promise<void> => {
        while (loading) {
          const { status, text, socket } = await ask(agent, `${api.url}/api/v1/who`);
          assert.equal(status, 200, text);
          seen.push(text);
          sockets.add(socket);
        }
      };
      const lanes = Promise.all(Array.from({ length: 16 }, lane)).finally(() => (loading = false));
      lanes.catch(() => {}); // told when it is waited for
      for (let turn = 1; turn <= 20; turn++) {
        const before = seen.length;
        await api.swap(turn % 2 ? 'two' : 'one');
        const now = turn % 2 ? '"two"' : '"one"';
        assert.equal((await ask(agent, `${api.url}/api/v1/who`)).text, now, 'the swap is seen at once');
        while (loading && seen.length < before + 150) await new Promise((resolve) => setImmediate(resolve));
      }
      loading = false;
      await lanes;
      assert.ok(seen.length >= 3000, `${seen.length} requests`);
      assert.deepEqual([...new Set(seen)].sort(), ['"one"', '"two"']);
      assert.ok(sockets.size <= 16, `${sockets.size} connections were opened for 16 lanes`);
      assert.ok(api.kernel.inspect().liveGenerations <= 4);
    } finally {
      agent.destroy();
      await api.close();
    }
  });

  it('let a request end in the generation it began in', async () => {
    const gate = Promise.withResolvers<void>();
    const arrived = Promise.withResolvers<void>();
    const slow = route('/api/v1/slow', {
      handler: async () => {
        arrived.resolve();
        await gate.promise;
        return { body: 'from the first' };
      },
    });
    const api = await bootApi(
      [routesPlugin('slow', slow), routesPlugin('fast', route('/api/v1/fast', {}))],
      {},
      ['slow'],
    );
    try {
      const asked = fetch(`${api.url}/api/v1/slow`);
      await arrived.promise;
      await api.swap('fast');
      assert.equal((await fetch(`${api.url}/api/v1/slow`)).status, 404);
      gate.resolve();
      assert.equal(await (await asked).json(), 'from the first');
    } finally {
      await api.close();
    }
  });

  it('end a request that outlasts its generation by the time it is given', async () => {
    const arrived = Promise.withResolvers<AbortSignal>();
    const never = route('/api/v1/never', {
      handler: ({ signal }) => {
        arrived.resolve(signal);
        return new Promise(() => {});
      },
    });
    const api = await bootApi(
      [routesPlugin('slow', never), routesPlugin('fast', route('/api/v1/fast', {}))],
      {},
      ['slow'],
    );
    try {
      const asked = fetch(`${api.url}/api/v1/never`);
      const signal = await arrived.promise;
      await api.swap('fast');
      const answer = (await (await asked).json()) as JsonObject;
      assert.equal(answer['code'], 'AF_SWAP_ABORTED');
      assert.equal(signal.aborted, true);
    } finally {
      await api.close();
    }
  });

  it('keep serving when the next one has a bad route', async () => {
    const bad = routesPlugin('bad', route('/api/v1/bad', { permission: '' }));
    const api = await bootApi([routesPlugin('good', route('/api/v1/good', {})), bad], {}, ['good']);
    try {
      await assert.rejects(
        api.swap('good', 'bad'),
        /GET \/api\/v1\/bad of bad cannot be served: it declares no permission/,
      );
      assert.equal((await fetch(`${api.url}/api/v1/good`)).status, 200);
    } finally {
      await api.close();
    }
  });

  it('leave nothing listening when the platform ends', async () => {
    const api = await bootApi([]);
    const agent = new Agent({ keepAlive: true });
    await ask(agent, `${api.url}/api/v1/health`);
    await api.close();
    agent.destroy();
    await assert.rejects(fetch(`${api.url}/api/v1/health`));
  });
});

describe('the HTTP API does not boot', () => {
  it('on a port that is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    try {
      await new Promise((resolve) => other.once('listening', resolve));
      const { port } = other.address() as AddressInfo; // it listens on TCP
      const { code, text } = await reasonOf(bootApi([], { port }));
      assert.equal(code, 'AF_HTTP_LISTEN');
      assert.match(text, new RegExp(`127\\.0\\.0\\.1:${port}: something else listens there`));
    } finally {
      other.close();
    }
  });

  for (const host of ['0.0.0.0', '::', '10.1.2.3', 'example.org']) {
    it(`on ${host}, which others can reach`, async () => {
      assert.equal((await reasonOf(bootApi([], { host }))).code, 'AF_HTTP_UNPROTECTED');
    });
  }

  const faults: [string, Partial<HttpRoute> & { path?: string }, RegExp][] = [
    ['without a permission', { permission: undefined as never }, /declares no permission/],
    ['with an empty reason for being public', { permission: { public: '' } }, /declares no permission/],
    ['with a method of its own', { method: 'PURGE' as never }, /its method is none of/],
    ['with a pattern for a path', { path: '/api/v1/*rest' }, /not of the form/],
    ['with a path that does not begin at the root', { path: 'api/v1/x' }, /not of the form/],
    ['with a parameter twice in its path', { path: '/api/{a}/{a}' }, /has the parameter "a" twice/],
    [
      'with a schema for a parameter its path lacks',
      { params: { properties: { id: {} } } },
      /parameter "id" is not in its path/,
    ],
    ['with a body on GET', { body: { type: 'object' } }, /GET route takes no body/],
    ['without a success response', { responses: { 404: { description: 'None.' } } }, /no success response/],
    ['without a handler', { handler: undefined as never }, /no handler/],
    ['with an operation id of the wrong form', { operationId: 'Get-it' }, /camelCase/],
    [
      'with a path that the platform has',
      { path: '/api/v1/health' },
      /http-api already has "GET \/api\/v1\/health"/,
    ],
    ['with an operation id that is taken', { operationId: 'getHealth' }, /http-api already has "getHealth"/],
    [
      'with another name for a known parameter',
      { path: '/api/v1/errors/{id}', method: 'DELETE' },
      /other names for the same parameters/,
    ],
  ];
  for (const [what, { path = '/api/v1/x', ...parts }, reason] of faults) {
    it(`with a route ${what}`, async () => {
      const { code, text } = await reasonOf(bootApi([routesPlugin('faulty', route(path, parts))]));
      assert.equal(code, 'AF_HTTP_ROUTE_INVALID');
      assert.match(text, reason);
      assert.match(text, /of faulty/);
    });
  }
});
