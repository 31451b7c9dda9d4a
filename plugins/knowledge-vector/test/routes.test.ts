import assert from 'node:assert/strict';
import type { InMemoryPlugin, JsonObject, PluginContext } from '@agent-factory/sdk';
import { HttpRoute, Permission, type HttpRequest } from '@agent-factory/sdk/contracts';
import { rejectsWith, testPlugin, waitFor } from '@agent-factory/sdk/testing';
import { openPlatform, type KnowledgePlatform } from './support/open-platform.ts';

describe('the routes of knowledge-vector', () => {
  let platform: KnowledgePlatform;
  let validator: PluginContext['validator'];
  let routes: ReadonlyMap<string, HttpRoute>;
  let permissions: ReadonlySet<string>;
  before(async () => {
    platform = await openPlatform('sqlite');
    const probe: InMemoryPlugin = testPlugin('probe', [], (ctx) => {
      validator = ctx.validator;
    });
    const kernel = await platform.boot({}, [probe]);
    routes = new Map(kernel.all(HttpRoute).map(({ value }) => [value.operationId, value]));
    permissions = new Set(kernel.all(Permission).map(({ value }) => value.name));
  });
  after(() => platform.close());

  /** Calls a route as the HTTP API does, and checks the answer against what the route declares. */
  const call = async (operationId: string, request: Partial<HttpRequest> = {}): Promise<JsonObject> => {
    const route = routes.get(operationId);
    assert.ok(route, operationId);
    if (route.body) assert.deepEqual(validator(route.body)(request.body), []);
    const reply = await route.handler({
      params: {},
      query: {},
      body: null,
      headers: {},
      principal: { id: 'local', tenant: 'default', kind: 'local', permissions: ['*'] },
      requestId: 'test',
      signal: new AbortController().signal,
      ...request,
    });
    assert.ok('body' in reply);
    const status = reply.status ?? Number(Object.keys(route.responses)[0]);
    const schema = route.responses[status]?.schema;
    if (schema) assert.deepEqual(validator(schema)(JSON.parse(JSON.stringify(reply.body))), []);
    return { status, body: reply.body };
  };
  const params = { name: 'notes' };

  it('keep a base, take documents in, find them, and remove them', async () => {
    const body = {
      name: 'notes',
      sources: [{ type: 'text', title: 'cat.md', text: '# Cats\n\nTom is a cat.' }],
    };
    await call('putKnowledge', { params, body });
    await waitFor('the look that it begins', async () => {
      const { body: state } = await call('getKnowledge', { params });
      return Object(state).documents === 1;
    });
    await call('addKnowledgeDocument', { params, body: { source: 'dog.txt', text: 'Rex is a dog.' } });
    const base64 = Buffer.from('name,animal\nKit,cat\n').toString('base64');
    await call('addKnowledgeDocument', { params, body: { source: 'more.csv', base64 } });
    const { body: found } = await call('searchKnowledge', {
      body: { bases: ['notes'], text: 'Kit', by: 'words' },
    });
    assert.deepEqual(Object(found).data[0].citation, {
      source: 'more.csv',
      line: 2,
      endLine: 2,
      quote: 'name: Kit',
    });
    const { body: listed } = await call('listKnowledgeDocuments', { params });
    assert.equal(Object(listed).data.length, 3);
    assert.equal(
      (await call('removeKnowledgeDocument', { params, query: { source: 'dog.txt' } }))['status'],
      204,
    );
    assert.equal((await call('ingestKnowledge', { params }))['status'], 202);
    assert.equal(Object((await call('listKnowledge')).body).data.length, 1);
    await waitFor('its end', async () => !Object((await call('getKnowledge', { params })).body).isIngesting);
    await waitFor('the right to remove it', () => call('removeKnowledge', { params }).catch(() => false));
    await rejectsWith(call('getKnowledge', { params }), 'AF_KNOWLEDGE_UNKNOWN');
  });

  it('each have a permission that is contributed, and examples that fit their schemas', () => {
    for (const route of routes.values()) {
      assert.ok(typeof route.permission === 'string' && permissions.has(route.permission), route.operationId);
      if (route.body) assert.deepEqual(validator(route.body)(route.bodyExample), [], route.operationId);
      for (const { schema, example } of Object.values(route.responses))
        if (schema) assert.deepEqual(validator(schema)(example), [], route.operationId);
    }
  });
});
