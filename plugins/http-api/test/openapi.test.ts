import assert from 'node:assert/strict';
import type { Json, JsonSchema, PluginContext } from '@agent-factory/sdk';
import { HttpRoute, HttpServer } from '@agent-factory/sdk/contracts';
import { bootTestKernel, testPlugin, type TestKernel } from '@agent-factory/sdk/testing';
import { apiFolder, route, routesPlugin } from './support/boot-api.ts';

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security?: readonly unknown[];
  readonly 'x-permission'?: string;
  readonly 'x-plugin': string;
  readonly parameters: readonly {
    name: string;
    in: string;
    required: boolean;
    schema: JsonSchema;
    description?: string;
  }[];
  readonly requestBody?: { content: Record<string, { schema: JsonSchema; example?: Json }> };
  readonly responses: Readonly<Record<string, Answer | { readonly $ref: string }>>;
}

interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, { schema?: JsonSchema; example?: Json }>>;
}

interface Document {
  readonly openapi: string;
  readonly jsonSchemaDialect: string;
  readonly info: { readonly title: string; readonly version: string };
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: Readonly<Record<string, Readonly<Record<string, JsonSchema>>>>;
}

let validator: PluginContext['validator'];

/** Lends the kernel's own validator to the test. */
const lender = testPlugin('lender', [], (ctx) => {
  validator = ctx.validator;
});

const extra = routesPlugin(
  'extra',
  route('/api/v1/plugins/extra/{id}/log', {
    description: 'Long.',
    params: { type: 'object', properties: { id: { type: 'string', description: 'Which.' } } },
    query: { type: 'object', properties: { from: { type: 'integer', default: 0 } }, required: ['from'] },
    responses: { 200: { description: 'Lines.', contentType: 'text/event-stream' } },
    errors: {
      AF_EXTRA_GONE: { message: 'Gone.', fix: 'None.', status: 410 },
      AF_EXTRA_LOST: { message: 'Lost.', fix: 'None.' },
    },
  }),
);

describe('the OpenAPI document', () => {
  let kernel: TestKernel;
  let document: Document;
  let operations: { readonly path: string; readonly method: string; readonly operation: Operation }[];

  before(async () => {
    kernel = await bootTestKernel({
      baseDir: apiFolder,
      plugins: [
        '@agent-factory/plugin-storage-sqlite',
        '@agent-factory/plugin-journal-sql',
        '@agent-factory/plugin-agent-runtime',
        lender,
        extra,
        { use: apiFolder, config: { port: 0 } },
      ],
    });
    const url = kernel.use(HttpServer).url();
    const answer = await fetch(`${url}/api/v1/openapi.json`);
    document = (await answer.json()) as Document; // the tests look at its members
    operations = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
    );
  });
  after(() => kernel.close());

  const answersOf = ({ responses }: Operation): readonly (readonly [status: string, answer: Answer])[] =>
    Object.entries(responses).map(([status, one]) => {
      if (!('$ref' in one)) return [status, one];
      return [status, document.components['responses']?.[one.$ref.split('/')[3] ?? ''] as unknown as Answer]; // as OpenAPI says
    });

  it('says which version of OpenAPI and of JSON Schema it speaks, and whose it is', () => {
    assert.equal(document.openapi, '3.1.0');
    assert.equal(document.jsonSchemaDialect, 'https://json-schema.org/draft/2020-12/schema');
    assert.equal(document.info.title, 'agent-factory');
    assert.match(document.info.version, /^\d+\.\d+\.\d+/);
  });

  it('holds every route that is served, and nothing else', () => {
    const contributed = kernel.all(HttpRoute).map(({ value }) => `${value.method} ${value.path}`);
    const documented = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`);
    assert.deepEqual(documented.sort(), contributed.sort());
    for (const name of ['errors/{code}', 'health', 'openapi.json', 'plugins'])
      assert.ok(documented.includes(`GET /api/v1/${name}`), name);
  });

  it('names each operation once, under a tag that is listed', () => {
    const ids = operations.map(({ operation }) => operation.operationId);
    assert.equal(new Set(ids).size, ids.length);
    const tags = new Set(document.tags.map(({ name }) => name));
    for (const { operation } of operations) {
      assert.ok(operation.summary);
      assert.ok(operation.tags.every((tag) => tags.has(tag)));
    }
  });

  it('says for each operation which permission it takes, or that it takes none', () => {
    for (const { path, operation } of operations) {
      assert.notEqual(operation['x-permission'] === undefined, operation.security === undefined, path);
    }
  });

  it('describes exactly the parameters of each path, all required', () => {
    for (const { path, operation } of operations) {
      const inPath = operation.parameters.filter((one) => one.in === 'path');
      assert.deepEqual(
        inPath.map(({ name }) => name),
        [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]),
      );
      assert.ok(
        inPath.every(({ required }) => required),
        path,
      );
      const names = operation.parameters.map((one) => `${one.in} ${one.name}`);
      assert.equal(new Set(names).size, names.length, path);
      for (const { schema } of operation.parameters)
        assert.deepEqual(validator(schema)('x') instanceof Array, true);
    }
  });

  it('has a description for every response, and a problem document for every failure', () => {
    for (const { path, operation } of operations) {
      assert.ok(
        Object.keys(operation.responses).some((status) => status.startsWith('2')),
        path,
      );
      for (const [status, { description, content }] of answersOf(operation)) {
        assert.match(status, /^[1-5]\d\d$|^default$/);
        assert.ok(description, `${path} ${status}`);
        if (!/^[23]/.test(status)) assert.ok(content?.['application/problem+json'], `${path} ${status}`);
      }
    }
  });

  it('refers to nothing that it does not hold', () => {
    const references = JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g);
    for (const [, reference] of references) {
      const [, place, kind = '', name = ''] = reference?.split('/') ?? [];
      if (place === 'components') assert.ok(document.components[kind]?.[name], reference);
      else assert.match(reference ?? '', /^#/, 'only references inside');
    }
  });

  it('gives every body an example that is valid', () => {
    const bodies = operations.flatMap(
      ({ operation }) => operation.requestBody?.content['application/json'] ?? [],
    );
    assert.ok(bodies.length > 0);
    for (const { schema, example } of bodies) {
      assert.notEqual(example, undefined);
      assert.deepEqual(validator(schema)(example), []);
    }
  });

  it('gives answers examples that are valid', () => {
    for (const { path, operation } of operations) {
      for (const [status, { content }] of answersOf(operation)) {
        for (const { schema, example } of Object.values(content ?? {})) {
          if (schema && example !== undefined)
            assert.deepEqual(validator(schema)(example), [], `${path} ${status}`);
        }
      }
    }
  });

  it('describes a route in every part', () => {
    const operation = document.paths['/api/v1/plugins/extra/{id}/log']?.['get'];
    const { minimum, maximum } = { minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
    const refer = (name: string) => ({ $ref: `#/components/responses/${name}` });
    assert.deepEqual(operation, {
      operationId: 'getApiV1PluginsExtraIdLog',
      summary: 'A route of a test.',
      description: 'Long.\n\nTakes the permission `tests:all`.',
      tags: ['Tests'],
      'x-permission': 'tests:all',
      'x-rate-class': 'read',
      'x-plugin': 'extra',
      parameters: [
        {
          name: 'id',
          in: 'path',
          required: true,
          description: 'Which.',
          schema: { type: 'string', maxLength: 16_384 },
        },
        {
          name: 'from',
          in: 'query',
          required: true,
          schema: { type: 'integer', default: 0, format: 'int64', minimum, maximum },
        },
      ],
      responses: {
        200: { description: 'Lines.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
        400: refer('AF_HTTP_REQUEST_INVALID'),
        410: refer('AF_EXTRA_GONE'),
        500: refer('AF_HTTP_INTERNAL.AF_EXTRA_LOST'),
        default: refer('other'),
      },
    });
    assert.deepEqual(document.components['responses']?.['AF_HTTP_INTERNAL.AF_EXTRA_LOST'], {
      description: 'AF_HTTP_INTERNAL, AF_EXTRA_LOST',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    });
  });

  it('says of a tag which plugins are behind it', () => {
    const { tags } = document as unknown as { readonly tags: readonly Record<string, string>[] }; // as OpenAPI says
    assert.equal(tags.find(({ name }) => name === 'platform')?.['description'], 'Served by http-api.');
  });

  it('describes the headers of limits, where nobody logs in, for what a quota may refuse, and nothing else', () => {
    const telling = operations.flatMap(({ operation }) =>
      Object.entries(operation.responses).flatMap(([status, answer]) => {
        const name = '$ref' in answer ? answer.$ref.split('/').at(-1) : undefined;
        const whole = name === undefined ? answer : document.components['responses']?.[name];
        return JSON.stringify(whole).includes('#/components/headers/') ? [status] : [];
      }),
    );
    assert.deepEqual([...new Set(telling)], ['429']);
    assert.deepEqual(Object.keys(document.components['headers'] ?? {}), [
      'RateLimit',
      'RateLimit-Policy',
      'Retry-After',
    ]);
  });
});
