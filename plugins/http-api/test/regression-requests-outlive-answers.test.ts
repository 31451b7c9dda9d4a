import assert from 'node:assert/strict';
import type { HttpRequest } from '@agent-factory/sdk/contracts';
import { bootApi, route, routesPlugin } from './support/boot-api.ts';

describe('requests as handlers see them', () => {
  it('have no accessors of their own, by which V8 held each until a full garbage collection', async () => {
    const seen: HttpRequest[] = [];
    const handler = async (request: HttpRequest) => {
      seen.push(request);
      return { body: { accepts: request.headers['accept'] ?? '', aborted: request.signal.aborted } };
    };
    const api = await bootApi([routesPlugin('routes', route('/hello', { handler }))]);
    try {
      const answer = await fetch(`${api.url}/hello`, { headers: { accept: 'application/json' } });
      assert.deepEqual(await answer.json(), { accepts: 'application/json', aborted: false });
      const own = Object.entries(Object.getOwnPropertyDescriptors(seen[0]));
      assert.deepEqual(
        own.filter(([, { get }]) => get !== undefined).map(([name]) => name),
        [],
      );
    } finally {
      await api.close();
    }
  });
});
