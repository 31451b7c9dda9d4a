import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { createFetchUrl, type FetchUrlOptions } from '../src/fetch-url.ts';
import { callTool } from './call-tool.ts';
import { answer, redirect, serveSite, type Handler } from './fetch-site.ts';

describe('fetch_url', () => {
  const site = serveSite();

  it('gives the readable text of a page and its title', async () => {
    site.handler = answer('<title>A page</title><h1>Hello</h1><script>no()</script><p>W&ouml;rld</p>', {
      'content-type': 'text/html; charset=utf-8',
    });
    assert.deepEqual(await site.fetchPage(`${site.origin}/page`), {
      url: `${site.origin}/page`,
      status: 200,
      contentType: 'text/html; charset=utf-8',
      title: 'A page',
      text: '# Hello\n\nWörld',
      truncated: false,
    });
  });

  it('gives text and JSON as they are, also of error pages', async () => {
    site.handler = answer('{"a":1}', { 'content-type': 'application/json' });
    assert.equal((await site.fetchPage(site.origin)).text, '{"a":1}');
    site.handler = (_request, response) =>
      void response.writeHead(503, { 'content-type': 'text/plain' }).end('later');
    const page = await site.fetchPage(site.origin);
    assert.deepEqual([page.status, page.text], [503, 'later']);
  });

  it('decodes the charset that the header or the page names', async () => {
    site.handler = answer(Buffer.from('café', 'latin1'), {
      'content-type': 'text/plain; charset=iso-8859-1',
    });
    assert.equal((await site.fetchPage(site.origin)).text, 'café');
    site.handler = answer(Buffer.from('<meta charset="windows-1252"><p>café', 'latin1'), {
      'content-type': 'text/html',
    });
    assert.equal((await site.fetchPage(site.origin)).text, 'café');
  });

  const encodings = {
    gzip: gzipSync('packed text'),
    br: brotliCompressSync('packed text'),
    deflate: deflateSync('packed text'),
    'deflate, bare': deflateRawSync('packed text'),
  };
  for (const [name, body] of Object.entries(encodings)) {
    it(`unpacks ${name}`, async () => {
      site.handler = answer(body, {
        'content-type': 'text/plain',
        'content-encoding': name.split(',')[0] ?? '',
      });
      assert.equal((await site.fetchPage(site.origin)).text, 'packed text');
    });
  }

  it('takes an empty body, packed or not', async () => {
    site.handler = answer('', { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
    assert.equal((await site.fetchPage(site.origin)).text, '');
    site.handler = (_request, response) => void response.writeHead(204).end();
    assert.deepEqual((await site.fetchPage(site.origin)).status, 204);
  });

  it('follows redirects and names the last address', async () => {
    site.handler = (request, response) =>
      request.url === '/3'
        ? answer('end')(request, response)
        : redirect((path) => `/${Number(path.slice(1)) + 1}`)(request, response);
    const page = await site.fetchPage(`${site.origin}/0`);
    assert.deepEqual([page.url, page.text, site.seen.length], [`${site.origin}/3`, 'end', 4]);
  });

  it('gives up after five redirects', async () => {
    site.handler = redirect((path) => `${path}x`);
    await assert.rejects(site.fetchPage(`${site.origin}/`), { code: 'AF_OUTBOUND_REDIRECTS' });
    assert.equal(site.seen.length, 6);
  });

  it('reads no more than asked, also of a body that unpacks to very much', async () => {
    const bomb = gzipSync(Buffer.alloc(50_000_000, 'a'));
    site.handler = answer(bomb, { 'content-type': 'text/plain', 'content-encoding': 'gzip' });
    const page = await site.fetchPage(site.origin, {}, { maxBytes: 2048 });
    assert.deepEqual([page.text, page.truncated], ['a'.repeat(2048), true]);
    const whole = await site.fetchPage(site.origin, { maxBytes: 1_000_000 });
    assert.deepEqual([whole.text.length, whole.truncated], [50_000, true]);
  });

  it('ends a body that never ends where it is cut, in the middle of no character', async () => {
    const closed = Promise.withResolvers<void>();
    site.handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.write('é'.repeat(1000));
      response.once('close', closed.resolve);
    };
    const page = await site.fetchPage(site.origin, {}, { maxBytes: 1025 });
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
      site.handler = serve;
      await assert.rejects(site.fetchPage(site.origin), {
        code: /^AF_(TOOLS_BUILTIN_FETCH_CONTENT|OUTBOUND_ENCODING)$/,
      });
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
      site.handler = serve;
      await assert.rejects(site.fetchPage(site.origin), {
        code: 'AF_OUTBOUND_FAILED',
        retryable: true,
      });
    });
  }

  it('names a host that is not known and a server that is not there', async () => {
    const resolve: FetchUrlOptions['resolve'] = () =>
      Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
    await assert.rejects(
      site.fetchPage('http://nowhere.example/', { resolve }),
      /its host name is not known/,
    );
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port: free } = gone.address() as AddressInfo;
    await new Promise((resolved) => gone.close(resolved));
    await assert.rejects(
      site.fetchPage(`http://127.0.0.1:${free}/`, { allowHosts: ['127.0.0.1'] }),
      /refuses connections/,
    );
  });

  it('gives up on a server that never answers, or answers drop by drop', async () => {
    site.handler = () => {};
    await assert.rejects(site.fetchPage(site.origin, { timeoutMs: 30 }), {
      code: 'AF_OUTBOUND_TIMEOUT',
      message: /within 30 ms/,
    });
    site.handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' });
      const drops = setInterval(() => response.write('.'), 5);
      response.once('close', () => clearInterval(drops));
    };
    await assert.rejects(site.fetchPage(site.origin, { timeoutMs: 60 }), {
      code: 'AF_OUTBOUND_TIMEOUT',
    });
    const resolve: FetchUrlOptions['resolve'] = () => new Promise(() => {});
    await assert.rejects(site.fetchPage('http://silent.example/', { resolve, timeoutMs: 30 }), {
      code: 'AF_OUTBOUND_TIMEOUT',
    });
  });

  it('closes the socket when its signal is aborted', async () => {
    const reached = Promise.withResolvers<ServerResponse>();
    site.handler = (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/plain' }).write('begin');
      reached.resolve(response);
    };
    const controller = new AbortController();
    const tool = createFetchUrl({ allowHosts: ['127.0.0.1'] });
    const outcome = callTool(tool, { url: site.origin }, controller.signal).catch((error: unknown) => error);
    const closed = once(await reached.promise, 'close');
    const reason = new Error('cancelled');
    controller.abort(reason);
    assert.equal(await outcome, reason);
    await closed;
  });
});
