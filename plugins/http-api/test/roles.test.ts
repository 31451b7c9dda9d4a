import assert from 'node:assert/strict';
import { HttpServer } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';
import { apiFolder, route, routesPlugin } from './support/boot-api.ts';

describe('the HTTP API in the roles of a platform', () => {
  for (const role of ['all', 'api', 'worker'] as const) {
    it(`${role === 'worker' ? 'does not listen' : 'listens'} in the role ${role}`, async () => {
      const routes = routesPlugin('routes', route('/hello', {}));
      const kernel = await bootTestKernel({
        plugins: [routes, { use: apiFolder, config: { port: 0 } }],
        baseDir: apiFolder,
        role,
      });
      try {
        const url = kernel.use(HttpServer).url();
        if (role === 'worker') assert.equal(url, undefined);
        else assert.equal((await fetch(`${url}/hello`)).status, 200);
      } finally {
        await kernel.close();
      }
    });
  }
});
