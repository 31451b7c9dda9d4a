import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { createFetchUrl, type FetchUrlOptions } from '../src/fetch-url.ts';
import { callTool } from './call-tool.ts';

interface Page {
  readonly url: string;
  readonly status: number;
  readonly contentType: string;
  readonly title?: string;
  readonly text: string;
  readonly truncated: boolean;
}

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

describe('fetch_url', () => {
  let origin: string;
  let port: number;
  let handler: Handler;
  let seen: string[];
  const server = createServer((request, response) => {
    seen.push(`${request.headers.host} ${request.url}`);
    handler(request, response);
  });

  before(async () => {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    port = (server.address() as AddressInfo).port; // it listens on TCP
    origin = `http://127.0.0.1:${port}`;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    seen = [];
    handler = (_request, response) =>
      void response.writeHead(404, { 'content-type': 'text/plain' }).end('nothing');
  });

  const fetchPage = async (url: string, options: FetchUrlOptions = {}, input: object = {}): Promise<Page> => {
    const tool = createFetchUrl({ allowHosts: [`127.0.0.1:${port}`], ...options });
    return (await callTool(tool, { url, ...input })) as unknown as Page;
  };
  const answer =
    (
      body: string | Uint8Array,
      headers: Record<string, string> = { 'content-type': 'text/plain' },
    ): Handler =>
    (_request, response) =>
      void response.writeHead(200, headers).end(body);
  const redirect =
    (to: (path: string) => string): Handler =>
    (request, response) =>
      void response.writeHead(302, { location: to(request.url ?? '') }).end('moved');

  it('gives the readable text of a page and its title', async () => {
    handler = answer('<title>A page</title><h1>Hello</h1><script>no()</script><p>W&ouml;rld</p>', {
      'content-type': 'text/html; charset=utf-8',
    });
    assert.deepEqual(await fetchPage(`${origin}/page`), {
      url: `${origin}/page`,
      status: 200,
      contentType: 'text/html; charset=utf-8',
      title: 'A page',
      text: '# Hello\n\nWörld',
      truncated: false,
    });
  });

  it('gives text and JSON as they are, also of error pages', async () => {
    handler = answer('{"a":1}', { 'content-type': 'application/json' });
    assert.equal((await fetchPage(origin)).text, '{"a":1}');
    handler = (_request, response) =>
      void response.writeHead(503, { 'content-type': 'text/plain' }).end('later');
    const page = await fetchPage(origin);
    assert.deepEqual([page.status, page.text], [503, 'later']);
  });

  it('decodes the charset that the header or the page names', async () => {
    handler = answer(Buffer.from('café', 'latin1'), { 'content-type': 'text/plain; charset=iso-8859-1' });
    assert.equal((await fetchPage(origin)).text, 'café');
    handler = answer(Buffer.from('<meta charset="windows-1252"><p>café', 'latin1'), {
      'content-type': 'text/html',
    });
    assert.equal((await fetchPage(origin)).text, 'café');
  });

  const encodings = {
    gzip: gzipSync('packed text'),
    br: brotliCompressSync('packed text'),
    deflate: deflateSync('packed text'),
    'deflate, bare': deflateRawSync('packed text'),
  };
  for (const [name, body] of Object.entries(encodings)) {
    it(`unpacks ${name}`, async () => {
      handler = answer(body, { 'content-type': 'text/plain', 'content-encoding': name.split(',')[0] ?? '' });
      assert.equal((await fetchPage(origin)).text, 'packed text');
    });
  }

  it('takes an empty body, packed or not', async () => {
    handler = answer('', { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
    assert.equal((await fetchPage(origin)).text, '');
    handler = (_request, response) => void response.writeHead(204).end();
    assert.deepEqual((await fetchPage(origin)).status, 204);
  });

  it('follows redirects and names the last address', async () => {
    handler = (request, response) =>
      request.url === '/3'
        ? answer('end')(request, response)
        : redirect((path) => `/${Number(path.slice(1)) + 1}`)(request, response);
    const page = await fetchPage(`${origin}/0`);
    assert.deepEqual([page.url, page.text, seen.length], [`${origin}/3`, 'end', 4]);
  });

  it('gives up after five redirects', async () => {
    handler = redirect((path) => `${path}x`);
    await assert.rejects(fetchPage(`${origin}/`), { code: 'AF_TOOLS_BUILTIN_FETCH_REDIRECTS' });
    assert.equal(seen.length, 6);
  });

  describe('refuses', () => {
    const addresses = [
      'http://127.0.0.1/',
      'http://localhost/',
      'http://[::1]/',
      'http://[::ffff:127.0.0.1]/',
      'http://[64:ff9b::7f00:1]/',
      'http://[2002:7f00:1::]/',
      'http://[fd00::1]/',
      'http://2130706433/',
      'http://0x7f.0.0.1/',
      'http://0177.0.0.1/',
      'http://127.1/',
      'http://0/',
      'http://169.254.169.254/latest/meta-data/',
      'https://10.0.0.1/',
    ];
    for (const url of addresses) {
      it(`${url}, whatever the way it is written`, async () => {
        await assert.rejects(fetchPage(url, { allowHosts: [] }), {
          code: 'AF_TOOLS_BUILTIN_ADDRESS_REFUSED',
        });
      });
    }

    const urls = {
      'file:///etc/passwd': /its scheme is file/,
      'ftp://example.org/': /its scheme is ftp/,
      'data:text/plain,a': /its scheme is data/,
      'http://user:hunter2@example.org/': /user name or password/,
      'http://example.org:8080/': /port 8080/,
      'example.org': /no complete address/,
      'http://': /no complete address/,
    };
    for (const [url, message] of Object.entries(urls)) {
      it(`${url} with the reason`, async () => {
        await assert.rejects(fetchPage(url, { allowHosts: [] }), (error: Error & { code?: string }) => {
          assert.equal(error.code, 'AF_TOOLS_BUILTIN_URL_REFUSED');
          assert.match(error.message, message);
          assert.doesNotMatch(JSON.stringify(error), /hunter2/);
          return true;
        });
      });
    }

    it('a redirect to a private address, without asking it', async () => {
      handler = redirect(() => `http://localhost:${port}/secret`);
      await assert.rejects(fetchPage(`${origin}/`), { code: 'AF_TOOLS_BUILTIN_URL_REFUSED' });
      handler = redirect(() => 'http://127.0.0.2/secret');
      await assert.rejects(fetchPage(`${origin}/`), { code: 'AF_TOOLS_BUILTIN_ADDRESS_REFUSED' });
      handler = redirect(() => 'file:///etc/passwd');
      await assert.rejects(fetchPage(`${origin}/`), { code: 'AF_TOOLS_BUILTIN_URL_REFUSED' });
      assert.equal(seen.length, 3);
    });

    it('a host of which any address is private', async () => {
      const resolve: FetchUrlOptions['resolve'] = async () => [
        { address: '93.184.215.14', family: 4 },
        { address: '10.0.0.7', family: 4 },
      ];
      await assert.rejects(fetchPage('http://rebind.example/', { resolve }), {
        code: 'AF_TOOLS_BUILTIN_ADDRESS_REFUSED',
        message: /rebind\.example is refused: it leads to 10\.0\.0\.7/,
      });
    });
  });

  it('dials the address that was checked, and asks the resolver once', async () => {
    handler = answer('reached');
    let asked = 0;
    const resolve: FetchUrlOptions['resolve'] = async () => {
      asked++;
      return [{ address: asked === 1 ? '127.0.0.1' : '127.0.0.3', family: 4 }];
    };
    const page = await fetchPage(`http://inside.example:${port}/`, {
      allowHosts: ['Inside.Example'],
      resolve,
    });
    assert.deepEqual([page.text, asked], ['reached', 1]);
    assert.deepEqual(seen, [`inside.example:${port} /`]);
  });

  it('reaches a private host only on the port that was allowed', async () => {
    await assert.rejects(fetchPage(origin, { allowHosts: [`127.0.0.1:${port + 1}`] }), /port/);
    await assert.rejects(fetchPage('http://127.0.0.1/', { allowHosts: [`127.0.0.1:${port}`] }), {
      code: 'AF_TOOLS_BUILTIN_ADDRESS_REFUSED',
    });
  });

  it('reads no more than asked, also of a body that unpacks to very much', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 'a'));
    handler = answer(bomb, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
    const page = await fetchPage(origin, {}, { maxBytes: 2048 });
    assert.deepEqual([page.text, page.truncated], ['a'.repeat(2048), true]);
    const whole = await fetchPage(origin, { maxBytes: 1_000_000 });
    assert.deepEqual([whole.text.length, whole.truncated], [50_000, true]);
  });

  it('ends a body that never ends where it is cut, in the middle of no character', async () => {
    const closed = Promise.withResolvers<void>();
    handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('é'.repeat(1000));
      response.once('close', closed.resolve);
    };
    const page = await fetchPage(origin, {}, { maxBytes: 1025 });
    assert.deepEqual([page.text, page.truncated], ['é'.repeat(512), true]);
    await closed.promise;
  });

  const unreadable: Record<string, Handler> = {
    'an image': answer('GIF89a', { 'content-type': 'image/gif' }),
    'bytes that are said to be text': answer(Buffer.from([1, 0, 2]), { 'content-type': 'text/plain' }),
    'an unknown encoding': answer('x', { 'content-type': 'text/plain', 'content-encoding': 'zip' }),
  };
  for (const [name, serve] of Object.entries(unreadable)) {
    it(`says that ${name} cannot be read`, async () => {
      handler = serve;
      await assert.rejects(fetchPage(origin), { code: 'AF_TOOLS_BUILTIN_FETCH_CONTENT' });
    });
  }

  const broken: Record<string, Handler> = {
    'a connection that ends at once': (request) => void request.socket.destroy(),
    'a body that breaks off': (request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain', 'content-length': '100' });
      response.write('begin', () => request.socket.destroy());
    },
    'a packed body that is broken': answer(gzipSync('text'.repeat(1000)).subarray(0, 25), {
      'content-type': 'text/plain',
      'content-encoding': 'gzip',
    }),
    'a packed body that is none': answer('no gzip', {
      'content-type': 'text/plain',
      'content-encoding': 'gzip',
    }),
    'what is no HTTP': (request) => void request.socket.end('SSH-2.0-server\r\n'),
  };
  for (const [name, serve] of Object.entries(broken)) {
    it(`reports ${name} as a failure that may pass`, async () => {
      handler = serve;
      await assert.rejects(fetchPage(origin), { code: 'AF_TOOLS_BUILTIN_FETCH_FAILED', retryable: true });
    });
  }

  it('names a host that is not known and a server that is not there', async () => {
    const resolve: FetchUrlOptions['resolve'] = () =>
      Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    await assert.rejects(fetchPage('http://nowhere.example/', { resolve }), /its host name is not known/);
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port: free } = gone.address() as AddressInfo;
    await new Promise((resolved) => gone.close(resolved));
    await assert.rejects(
      fetchPage(`http://127.0.0.1:${free}/`, { allowHosts: ['127.0.0.1'] }),
      /refuses connections/,
    );
  });

  it('gives up on a server that never answers, or answers drop by drop', async () => {
    handler = () => {};
    await assert.rejects(fetchPage(origin, { timeoutMs: 30 }), {
      code: 'AF_TOOLS_BUILTIN_FETCH_TIMEOUT',
      message: /within 30 ms/,
    });
    handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const drops = setInterval(() => response.write('.'), 5);
      response.once('close', () => clearInterval(drops));
    };
    await assert.rejects(fetchPage(origin, { timeoutMs: 60 }), { code: 'AF_TOOLS_BUILTIN_FETCH_TIMEOUT' });
    const resolve: FetchUrlOptions['resolve'] = () => new Promise(() => {});
    await assert.rejects(fetchPage('http://silent.example/', { resolve, timeoutMs: 30 }), {
      code: 'AF_TOOLS_BUILTIN_FETCH_TIMEOUT',
    });
  });

  it('closes the socket when its signal is aborted', async () => {
    const reached = Promise.withResolvers<ServerResponse>();
    handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('begin');
      reached.resolve(response);
    };
    const controller = new AbortController();
    const tool = createFetchUrl({ allowHosts: ['127.0.0.1'] });
    const outcome = callTool(tool, { url: origin }, controller.signal).catch((error: unknown) => error);
    const closed = once(await reached.promise, 'close');
    const reason = new Error('cancelled');
    controller.abort(reason);
    assert.equal(await outcome, reason);
    await closed;
  });
});
