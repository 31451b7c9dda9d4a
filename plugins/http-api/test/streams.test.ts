import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { ServerSentEvent } from '@agent-factory/sdk/contracts';
import { bootApi, route, routesPlugin, type TestApi } from './support/boot-api.ts';
import { openEvents } from './support/event-source.ts';
import { problemIn, sendRaw } from './support/raw-http.ts';

const responses = { 200: { description: 'Events.', contentType: 'text/event-stream' } };

/** A source that counts what was asked of it, and waits after its events until it is let go. */
class Source implements AsyncIterable<ServerSentEvent> {
  asked = 0;
  readonly returned = Promise.withResolvers<void>();
  readonly #events: (at: number) => ServerSentEvent | undefined;
  constructor(events: (at: number) => ServerSentEvent | undefined) {
    this.#events = events;
  }
  [Symbol.asyncIterator](): AsyncIterator<ServerSentEvent> {
    return {
      next: () => {
        const value = this.#events(this.asked++);
        return value ? Promise.resolve({ done: false, value }) : new Promise(() => {});
      },
      return: async () => {
        this.returned.resolve();
        return { done: true, value: undefined };
      },
    };
  }
}

describe('event streams of the HTTP API', () => {
  let source: Source;
  let api: TestApi;

  const routes = [
    route('/api/v1/count', {
      responses,
      query: { type: 'object', properties: { after: { type: 'integer', default: 0 } } },
      handler: async ({ headers, query }) => ({
        stream: (async function* () {
          const from = Number(headers['last-event-id'] ?? query['after']);
          for (let at = from + 1; at <= 3; at++) yield { id: String(at), event: 'count', data: { at } };
        })(),
      }),
    }),
    route('/api/v1/source', { responses, handler: async () => ({ stream: source }) }),
    route('/api/v1/hostile', {
      responses,
      handler: async () => ({
        headers: { 'x-mine': 'yes', 'content-type': 'text/html' },
        stream: (async function* () {
          yield { id: '1\nevent: forged', event: 'a\r\ndata: forged', data: 'line\nline' };
        })(),
      }),
    }),
    route('/api/v1/fails', {
      responses,
      handler: async () => ({
        stream: (async function* () {
          yield { data: 1 };
          throw new Error('hunter2');
        })(),
      }),
    }),
    route('/api/v1/refuses', {
      responses,
      handler: async () => Promise.reject(new Error('before the stream')),
    }),
  ];

  before(async () => {
    api = await bootApi(
      [routesPlugin('streams', ...routes), routesPlugin('other', route('/api/v1/other', {}))],
      {
        heartbeatMs: 100,
      },
      ['streams'],
    );
  });
  after(() => api.close());

  it('write id, event and data of each event, then end with the source', async () => {
    const stream = await openEvents(`${api.url}/api/v1/count`);
    assert.equal(stream.response.headers['content-type'], 'text/event-stream; charset=utf-8');
    assert.equal(stream.response.headers['cache-control'], 'no-store');
    await stream.ended;
    assert.equal(
      stream.text(),
      'retry: 1000\n\n' + [1, 2, 3].map((at) => `id: ${at}\nevent: count\ndata: {"at":${at}}\n\n`).join(''),
    );
  });

  it('resume after the event the client saw last', async () => {
    const stream = await openEvents(`${api.url}/api/v1/count`, { 'last-event-id': '2' });
    await stream.ended;
    assert.deepEqual(stream.text().match(/id: \d/g), ['id: 3']);
  });

  it('let no event forge another, nor a header of the route change the kind of stream', async () => {
    const stream = await openEvents(`${api.url}/api/v1/hostile`);
    await stream.ended;
    assert.equal(stream.response.headers['x-mine'], 'yes');
    assert.match(String(stream.response.headers['content-type']), /^text\/event-stream/);
    assert.match(stream.text(), /id: 1 event: forged\nevent: a {2}data: forged\ndata: "line\\nline"\n\n$/);
  });

  it('answer HEAD with the headers alone, and let the source go', async () => {
    source = new Source(() => undefined);
    const answer = await sendRaw(
      api.port,
      'HEAD /api/v1/source HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
    );
    assert.match(answer, /^HTTP\/1\.1 200 [\s\S]*text\/event-stream[\s\S]*\r\n\r\n$/);
    await source.returned.promise;
    assert.equal(source.asked, 0);
  });

  it('keep an idle connection open with comments', async () => {
    source = new Source(() => undefined);
    const stream = await openEvents(`${api.url}/api/v1/source`);
    await stream.until(': alive\n\n: alive\n\n');
    stream.leave();
  });

  it('let the source go when the client leaves, though it waits for ever', async () => {
    source = new Source((at) => (at === 0 ? { data: 'first' } : undefined));
    const stream = await openEvents(`${api.url}/api/v1/source`);
    await stream.until('first');
    stream.leave();
    await source.returned.promise;
  });

  it('ask no more of the source than a slow client reads', async () => {
    const data = 'x'.repeat(100_000);
    source = new Source(() => ({ data }));
    const socket = connect(api.port, '127.0.0.1');
    socket.pause();
    socket.write('GET /api/v1/source HTTP/1.1\r\nHost: localhost\r\n\r\n');
    // The count stands still once the buffers between are full.
    let seen = -1;
    while (seen !== source.asked || seen === 0) {
      seen = source.asked;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    assert.ok(seen < 200, `${seen} events of 100 kB were taken`);
    socket.resume();
    let received = 0;
    while (received < (seen + 10) * data.length) {
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      received += chunk.length;
    }
    assert.ok(source.asked > seen, 'goes on once the client reads');
    socket.destroy();
    await source.returned.promise;
  });

  it('tell the client when the source fails, without its words', async () => {
    const stream = await openEvents(`${api.url}/api/v1/fails`);
    await stream.ended;
    assert.match(stream.text(), /data: 1\n\nevent: problem\ndata: \{.*"code":"AF_HTTP_INTERNAL".*\}\n\n$/);
    assert.doesNotMatch(stream.text(), /hunter2/);
    assert.ok(api.log.some((line) => line.includes('hunter2')));
  });

  it('are a problem document when the handler refuses before the first event', async () => {
    assert.equal((await problemIn(await fetch(`${api.url}/api/v1/refuses`))).code, 'AF_HTTP_INTERNAL');
  });

  it('end when their generation no longer serves, and resume in the next', async () => {
    source = new Source((at) => (at === 0 ? { id: '1', data: 'first' } : undefined));
    const stream = await openEvents(`${api.url}/api/v1/source`);
    await stream.until('first');
    await api.swap('streams', 'other');
    await stream.ended;
    await source.returned.promise;
    const next = await openEvents(`${api.url}/api/v1/count`, { 'last-event-id': '1' });
    await next.ended;
    assert.deepEqual(next.text().match(/id: \d/g), ['id: 2', 'id: 3']);
  });
});
