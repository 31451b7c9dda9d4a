import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { currentDocument } from '../current-document.ts';
import { startPrismProxy, upstreamHeader, type PrismProxy } from './prism-proxy.ts';

type Node = Record<string, unknown>;

interface Answer {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

const thing = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const problem = { type: 'object', properties: { code: { type: 'string' } }, required: ['code'] };
const answers = (schema: Node): Node => ({
  200: {
    description: 'It.',
    headers: { Left: { schema: { type: 'integer' } } },
    content: { 'application/json': { schema } },
  },
  400: { $ref: '#/components/responses/refused' },
});

/** The document of the platform that stands in here, where `name` is as given. */
function documentWith(name: Node): Node {
  const schema = { ...thing, properties: { name } };
  const query = (parameter: string, of: Node): Node => ({ name: parameter, in: 'query', schema: of });
  return {
    openapi: '3.1.0',
    jsonSchemaDialect: 'https://json-schema.org/draft/2020-12/schema',
    info: { title: 'Things', version: '1.0.0' },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    paths: {
      '/api/v1/things/{id}': {
        get: {
          operationId: 'getThing',
          parameters: [
            { name: 'id', in: 'path', required: true, schema: { type: 'string' } },
            query('limit', { type: 'integer', maximum: 9 }),
            query('fields', { type: 'string' }),
          ],
          responses: answers(schema),
        },
      },
      '/api/v1/things': {
        post: {
          operationId: 'makeThing',
          requestBody: { required: true, content: { 'application/json': { schema: thing } } },
          responses: answers(schema),
        },
        delete: { operationId: 'clear', responses: { 204: { description: 'They are gone.' } } },
      },
    },
    components: {
      securitySchemes: { key: { type: 'http', scheme: 'bearer' } },
      responses: {
        refused: {
          description: 'It is wrong.',
          content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
        },
      },
      schemas: { Problem: problem },
    },
  };
}

describe('the proxy through which tests ask platforms', function () {
  this.timeout(60_000); // Prism is much to load
  let server: Server;
  let proxy: PrismProxy;
  let upstream: string;
  let document: Node;
  let next: Answer;
  const found: string[] = [];

  before(async () => {
    server = createServer((request, response) => {
      const isDocument = request.url === '/api/v1/openapi.json';
      const {
        status = 200,
        type = 'application/json',
        headers,
        body,
      } = isDocument ? { body: JSON.stringify(document) } : next;
      request.resume();
      response
        .writeHead(status, { ...(body !== undefined && { 'content-type': type }), ...headers })
        .end(body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // a TCP server's address is never a string
    proxy = await startPrismProxy((line) => found.push(line));
  });
  after(async () => {
    await proxy.close();
    server.closeAllConnections();
    server.close();
  });
  beforeEach(() => {
    document = documentWith({ type: 'string' });
    found.length = 0;
  });

  const ask = async (target: string, answer: Answer, init: RequestInit = {}): Promise<Response> => {
    next = answer;
    const headers = { authorization: 'Bearer x', ...Object(init.headers), [upstreamHeader]: upstream };
    const [method, path] = target.split(' ');
    return fetch(`${proxy.url}/api/v1/${path}`, { ...init, ...(method && { method }), headers });
  };
  const right = { body: '{"name":"one"}' };
  const json = { 'content-type': 'application/json' };

  describe('tells of', () => {
    const cases: readonly [what: string, told: RegExp, target: string, answer: Answer, init?: RequestInit][] =
      [
        ['an answer without what it has to have', /property 'name'/, 'GET things/1', { body: '{}' }],
        ['an answer of another type', /name must be string/, 'GET things/1', { body: '{"name":1}' }],
        ['an answer that is no JSON', /must be object/, 'GET things/1', { body: '{' }],
        ['another media type', /media type "text\/plain/, 'GET things/1', { ...right, type: 'text/plain' }],
        [
          'a stream',
          /media type "text\/event-stream/,
          'GET things/1',
          { body: '', type: 'text/event-stream' },
        ],
        ['another status', /status code/, 'GET things/1', { ...right, status: 201 }],
        ['a failure that is not listed', /status code/, 'GET things/1', { ...right, status: 418 }],
        [
          'a header of another type',
          /left must be integer/,
          'GET things/1',
          { ...right, headers: { left: 'some' } },
        ],
        [
          'a refusal that looks otherwise',
          /property 'code'/,
          'GET things/1',
          { status: 400, type: 'application/problem+json', body: '{}' },
        ],
        ['a query that should be refused', /limit must be <= 9/, 'GET things/1?limit=10', right],
        ['a query that is repeated', /limit must be integer/, 'GET things/1?limit=1&limit=2', right],
        [
          'a body that should be refused',
          /body must have.*'name'/,
          'POST things',
          right,
          { body: '{}', headers: json },
        ],
        ['a body that is missing', /Body parameter is required/, 'POST things', right],
        [
          'somebody who should not be let in',
          /security/,
          'GET things/1',
          right,
          { headers: { authorization: '' } },
        ],
        ['an operation that is not listed', /no such operation/, 'PUT things/1', right],
      ];
    for (const [what, told, target, answer, init] of cases)
      it(what, async () => {
        await (await ask(target, answer, init)).text();
        assert.equal(found.length, 1, found.join('\n'));
        assert.match(found[0] ?? '', told);
      });
  });

  it('tells of nothing where all is as the document says, or a wrong request is refused', async () => {
    const refused = { status: 400, type: 'application/problem+json', body: '{"code":"WRONG"}' };
    await ask('GET things/1?limit=9', { ...right, headers: { left: '3' } });
    await ask('HEAD things/1', right);
    await ask('OPTIONS things', { status: 204 });
    await ask('GET things/1?fields=kind', { body: '{}' });
    await ask('POST things', right, { body: '{"name":"two"}', headers: json });
    await ask('DELETE things', { status: 204 });
    await ask('GET things/1?limit=10', refused);
    await ask('POST things', refused, { body: '{', headers: json });
    await ask('PATCH nothing', { status: 404, body: '{}' });
    assert.deepEqual(found, []);
  });

  it('passes on what was said as it was, but for its own name', async () => {
    const answer = await ask('GET things/1', { ...right, headers: { 'x-more': 'a, b' } });
    assert.deepEqual([answer.status, await answer.text()], [200, right.body]);
    assert.deepEqual([answer.headers.get('x-more'), answer.headers.get('via')], ['a, b', '1.1 prism']);
  });

  it('goes by the document of now, where another is served since', async () => {
    await ask('GET things/1', right);
    document = documentWith({ type: 'integer' });
    await ask('GET things/1', { body: '{"name":1}' });
    assert.deepEqual(found, []);
    await ask('GET things/1', right);
    assert.equal(found.length, 1);
  });

  it('tells of a document that it cannot read', async () => {
    document = { openapi: '3.1.0' };
    upstream = upstream.replace('127.0.0.1', 'localhost'); // one that it has not seen
    await (await ask('GET things/1', right)).text();
    upstream = upstream.replace('localhost', '127.0.0.1');
    assert.match(found[0] ?? '', /could not be judged: TypeError/);
  });

  it('is in front of a platform that a test boots, and fails the run for what the test does not see', async () => {
    const root = join(import.meta.dirname, '../../..');
    const mocha = join(root, 'node_modules/mocha/bin/mocha.js');
    const file = join(import.meta.dirname, 'fixtures/violating.ts');
    const child = spawn(process.execPath, [mocha, file], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    assert.notEqual(code, 0);
    assert.match(said, /1 passing/);
    assert.match(said, /GET \/api\/v1\/things: 200: Response body must have required property 'things'/);
  });

  it('lets nothing pass unseen: Prism asks nothing of a schema that does not compile, and all of ours do', async () => {
    const ajv = new Ajv2020({ strict: false, logger: false });
    let compiled = 0;
    const compileIn = (node: unknown): void => {
      for (const [name, value] of Object.entries(Object(node) as Node)) {
        if (name === 'schema')
          compiled += Number(typeof ajv.compile({ ...(value as Node), components }) === 'function');
        else if (typeof value === 'object') compileIn(value);
      }
    };
    const { paths, components } = await currentDocument();
    compileIn(paths);
    assert.ok(compiled > 500);
  });
});
