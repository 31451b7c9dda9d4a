import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { isAgentFactoryError, Secret } from '@agent-factory/sdk';
import { createOpenaiLanguageModel } from '../src/openai-language-model.ts';
import {
  completion,
  delta,
  failing,
  openStream,
  sendEvents,
  sendJson,
  type Behaviour,
} from './chat-server.ts';
import { configFor, withModel } from './open-model.ts';

describe('llm-openai, when a call fails', () => {
  const cases: [number, object, string, RegExp][] = [
    [401, { error: { message: 'Incorrect API key' } }, 'AF_LLM_OPENAI_AUTH', /Incorrect API key/],
    [403, { error: { message: 'No access' } }, 'AF_LLM_OPENAI_AUTH', /No access/],
    [400, { error: { message: 'Bad schema' } }, 'AF_LLM_OPENAI_BAD_REQUEST', /Bad schema/],
    [404, { error: 'model "x" not found' }, 'AF_LLM_OPENAI_BAD_REQUEST', /model "x" not found/],
    [422, { detail: 'messages missing' }, 'AF_LLM_OPENAI_BAD_REQUEST', /messages missing/],
    [429, { error: { message: 'Slow down' } }, 'AF_LLM_OPENAI_RATE_LIMIT', /Slow down/],
    [429, { error: { message: 'Pay', code: 'insufficient_quota' } }, 'AF_LLM_OPENAI_QUOTA', /Pay/],
    [500, { error: { message: 'Oops' } }, 'AF_LLM_OPENAI_UNAVAILABLE', /Oops/],
    [503, {}, 'AF_LLM_OPENAI_UNAVAILABLE', /HTTP 503/],
    [302, {}, 'AF_LLM_OPENAI_BAD_RESPONSE', /sends the request on/],
  ];
  for (const [status, body, code, message] of cases) {
    const title = `tells a ${status} (${JSON.stringify(body)}) as ${code}`;
    it(
      title,
      withModel(failing(status, body), ({ ask }) => assert.rejects(ask(), { code, message }), {
        maxRetries: 0,
      }),
    );
  }

  it(
    'tells a failure inside an answer with status 200',
    withModel(
      failing(200, { error: { message: 'Upstream gone', code: 502 } }),
      ({ ask }) => assert.rejects(ask(), { code: 'AF_LLM_OPENAI_UNAVAILABLE', message: /Upstream gone/ }),
      { maxRetries: 0 },
    ),
  );

  it(
    'keeps the page of a proxy short and readable',
    withModel(
      (_request, response) => {
        response.writeHead(502, { 'content-type': 'text/html' });
        response.end(`<html><style>p { }</style><h1>Bad gateway</h1>${'<p>x</p>'.repeat(9999)}</html>`);
      },
      async ({ ask }) => {
        const error = await ask().catch((caught: unknown) => caught);
        assert.ok(isAgentFactoryError(error, 'AF_LLM_OPENAI_UNAVAILABLE'));
        assert.match(error.message, /: Bad gateway x x/);
        assert.ok(error.message.length < 700);
      },
      { maxRetries: 0 },
    ),
  );

  it(
    'never shows the key, even if the server sends it back',
    withModel(
      ({ headers }, response) =>
        sendJson(response, 401, {
          error: { message: `No: ${headers.authorization} ${String(headers['x-key'])}` },
        }),
      async ({ ask, model }) => {
        const error = await ask().catch((caught: unknown) => caught);
        assert.doesNotMatch(
          inspect(error, { depth: 9 }) + JSON.stringify(error) + inspect(model, { depth: 9 }),
          /sk-secret|header-secret/,
        );
        assert.match(String(error), /\[redacted\]/);
      },
      { apiKey: new Secret('sk-secret-1'), headers: { 'x-key': new Secret('header-secret') } },
    ),
  );

  it('tells when nothing listens', async () => {
    const model = createOpenaiLanguageModel({ ...configFor('http://127.0.0.1:1/v1'), maxRetries: 0 });
    const call = model.generate({ model: 'm', messages: [] }, { signal: new AbortController().signal });
    await assert.rejects(call, { code: 'AF_LLM_OPENAI_CONNECTION', message: /nothing listens there/ });
    model.close();
  });

  it('tells when what answers is no HTTP', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {}).end('SSH-2.0-OpenSSH\r\n\r\n');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const model = createOpenaiLanguageModel({ ...configFor(`http://127.0.0.1:${port}`), maxRetries: 0 });
    const call = model.generate({ model: 'm', messages: [] }, { signal: new AbortController().signal });
    await assert.rejects(call, { code: 'AF_LLM_OPENAI_BAD_RESPONSE', message: /it is no HTTP/ });
    model.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });

  it(
    'gives up on a server that stays silent',
    withModel(
      () => {},
      ({ ask }) => assert.rejects(ask(), { code: 'AF_LLM_OPENAI_TIMEOUT', retryable: true }),
      { timeoutMs: 30 },
    ),
  );

  it(
    'gives up on a stream that goes silent',
    withModel(
      (_request, response) => {
        openStream(response);
        response.write(`data: ${delta({ content: 'Well' })}\n\n`);
      },
      async ({ stream }) => {
        const { texts, error } = await stream();
        assert.deepEqual(texts, ['Well']);
        assert.equal(error?.code, 'AF_LLM_OPENAI_TIMEOUT');
      },
      { timeoutMs: 50 },
    ),
  );

  it(
    'closes the connection when it is aborted',
    withModel(
      () => {},
      async ({ ask, server }) => {
        const controller = new AbortController();
        const call = ask({}, controller.signal).catch(() => 'aborted');
        while (server.seen.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
        const closed = once(server.seen[0]!.socket, 'close');
        controller.abort();
        assert.equal(await call, 'aborted');
        await closed;
      },
    ),
  );

  it(
    'closes the connection when the reader of a stream leaves',
    withModel(
      (_request, response) => {
        openStream(response);
        response.write(`data: ${delta({ content: 'Well' })}\n\n`);
      },
      async ({ model, server }) => {
        const signal = new AbortController().signal;
        for await (const chunk of model.stream({ model: 'fake', messages: [] }, { signal })) if (chunk) break;
        if (!server.seen[0]!.socket.destroyed) await once(server.seen[0]!.socket, 'close');
      },
    ),
  );

  describe('refuses an answer that makes no sense', () => {
    const refuse = (behave: Behaviour, message: RegExp): (() => Promise<void>) =>
      withModel(behave, ({ ask }) => assert.rejects(ask(), { code: 'AF_LLM_OPENAI_BAD_RESPONSE', message }));

    it(
      'a page',
      refuse((_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end('<!doctype html><p>Welcome');
      }, /no JSON, it begins with: <!doctype/),
    );
    it(
      'nothing',
      refuse((_request, response) => response.end(), /it is empty/),
    );
    it(
      'a number',
      refuse((_request, response) => response.end('7'), /no JSON object/),
    );
    it('no message', refuse(failing(200, { choices: [] }), /holds no message/));
    it(
      'a call of no tool',
      refuse(failing(200, completion({ tool_calls: [{ id: 'a' }] })), /without naming it/),
    );
    it(
      'garbage in a stream',
      withModel(
        (_request, response) => sendEvents(response, ['{"choices":[', '[DONE]']),
        async ({ stream }) => {
          assert.equal((await stream()).error?.code, 'AF_LLM_OPENAI_BAD_RESPONSE');
        },
      ),
    );
    it(
      'a stream without end, in one event',
      withModel(
        (_request, response) => {
          openStream(response);
          const megabyte = 'x'.repeat(1024 * 1024);
          const more = (): void => {
            while (!response.destroyed && response.write(megabyte));
          };
          response.on('drain', more).write('data: ');
          more();
        },
        async ({ stream }) => {
          const { error } = await stream();
          assert.equal(error?.code, 'AF_LLM_OPENAI_BAD_RESPONSE');
          assert.match(error.message, /too long/);
        },
      ),
    );
    it(
      'an answer cut in the middle',
      withModel(
        (_request, response) => {
          response.writeHead(200, { 'content-type': 'application/json', 'content-length': 1000 });
          response.write('{"choices":', () => response.destroy());
        },
        ({ ask }) => assert.rejects(ask(), { code: 'AF_LLM_OPENAI_CONNECTION' }),
        { maxRetries: 0 },
      ),
    );
  });
});
