import assert from 'node:assert/strict';
import type { InMemoryPlugin, Json } from '@agent-factory/sdk';
import { route, routesPlugin, type TestApi } from './boot-api.ts';
import { post } from './raw-http.ts';

/** One of the answers of a batch. */
export interface Answered {
  readonly id: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Json & Record<string, Json>;
}

/** What was done by requests, in order. */
export const made: string[] = [];
const body = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const large = 'x'.repeat(3 * 1024 * 1024);
async function* events() {
  yield { data: 1 };
}
/** Routes of all kinds. */
export const things: InMemoryPlugin = routesPlugin(
  'things',
  route('/api/v1/things', {
    method: 'POST',
    body,
    responses: { 201: { description: 'Made.' } },
    handler: async (request) => {
      made.push(String(Object(request.body)['name']));
      return { headers: { location: '/api/v1/things/1' }, body: { made: made.length } };
    },
    rate: 'write',
  }),
  route('/api/v1/leave', {
    method: 'POST',
    handler: async () => ({ headers: { 'set-cookie': 'name=' }, body: null }),
  }),
  route('/api/v1/things', { handler: async () => ({ body: { made: [...made] } }) }),
  route('/api/v1/things/{id}', {
    resource: 'things/{id}',
    handler: async ({ params, principal, headers }) => ({
      body: { id: params['id'] ?? '', who: principal.id, tenant: principal.tenant, headers: { ...headers } },
    }),
  }),
  route('/api/v1/page', {
    responses: { 200: { description: 'A page.', contentType: 'text/html; charset=utf-8' } },
    handler: async () => ({ body: '<p>' }),
  }),
  route('/api/v1/nothing', {
    method: 'DELETE',
    responses: { 204: { description: 'Gone.' } },
    handler: async () => ({ body: null }),
  }),
  route('/api/v1/tagged', { revalidates: true, handler: async () => ({ body: { a: 1 } }) }),
  route('/api/v1/broken', {
    handler: async () => {
      throw new Error('secret words');
    },
  }),
  route('/api/v1/large', { handler: async () => ({ body: large }) }),
  route('/api/v1/slow', { handler: () => new Promise<never>(() => {}) }),
  route('/api/v1/events', {
    responses: { 200: { description: 'Events.', contentType: 'text/event-stream' } },
    handler: async () => {
      made.push('a stream');
      return { stream: events() };
    },
  }),
  route('/api/v1/login', { method: 'POST', permission: { public: 'A test.' }, rate: 'login' }),
  route('/v1/models', {}),
);

/** Sends a batch. */
export function send(
  api: TestApi,
  requests: readonly unknown[],
  headers: Record<string, string> = {},
): Promise<Response> {
  return post(`${api.url}/api/v1/batch`, { requests }, headers);
}

/** What a batch was answered with. */
export async function answersOf(response: Response): Promise<readonly Answered[]> {
  const text = await response.text();
  assert.equal(response.status, 200, text);
  return (JSON.parse(text) as { responses: Answered[] }).responses; // as the schema of the route says
}

/** A request of a batch, with the id `one`. */
export function get(path: string, more: object = {}): object {
  return { id: 'one', method: 'GET', path, ...more };
}
