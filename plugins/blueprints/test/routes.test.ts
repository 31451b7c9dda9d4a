import assert from 'node:assert/strict';
import { HttpServer } from '@agent-factory/sdk/contracts';
import {
  bootBlueprints,
  deskFiles,
  pluginFolder,
  type BlueprintPlatform,
} from './support/boot-blueprints.ts';

describe('the routes of blueprints', function () {
  this.timeout(30_000);
  let platform: BlueprintPlatform;
  let url: string;
  before(async () => {
    platform = await bootBlueprints({ desk: deskFiles() }, [
      { use: pluginFolder('http-api'), config: { port: 0 } },
    ]);
    url = `${platform.kernel.use(HttpServer).url() ?? ''}/api/v1/blueprints`;
  });
  after(() => platform.close());
  const ask = async (
    method: string,
    path = '',
    body?: unknown,
  ): Promise<[number, Record<string, unknown>]> => {
    const answer = await fetch(url + path, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    return [answer.status, Object(await answer.json())];
  };

  it('list, validate, compare, install, upgrade and remove', async () => {
    const [, { blueprints }] = await ask('GET');
    assert.deepEqual(Object(blueprints)[0].name, 'desk');
    const [, { problems }] = await ask('POST', '/desk/validate', {});
    assert.equal(Object(problems)[0].path, '/parameters/shop');
    const parameters = { shop: 'Acme' };
    const [, plan] = await ask('POST', '/desk/diff', { parameters });
    assert.equal(Object(plan['steps']).length, 4);
    const [status, installed] = await ask('POST', '/desk/install', { parameters });
    assert.deepEqual([status, installed['state']], [200, 'installed']);
    const [again, problem] = await ask('POST', '/desk/install', { parameters });
    assert.deepEqual([again, problem['code']], [409, 'AF_BLUEPRINT_INSTALLED']);
    const [, shown] = await ask('GET', '/desk');
    assert.deepEqual(Object(shown['installation']).parameters, { shop: 'Acme', limit: 50 });
    assert.equal((await ask('POST', '/desk/upgrade', { parameters: { shop: 'Bolt' } }))[0], 200);
    const [, { files }] = await ask('POST', '/export', { name: 'copy' });
    assert.match(Object(files)['agents/triage.yaml'], /You sort for Bolt/);
    assert.deepEqual(await ask('DELETE', '/desk'), [200, { removed: true }]);
    assert.deepEqual((await ask('DELETE', '/desk'))[0], 404);
  });

  it('say what is wrong, with code and mend', async () => {
    const [status, problem] = await ask('POST', '/desk/install', { parameters: { shop: 1 } });
    assert.deepEqual([status, problem['code']], [400, 'AF_BLUEPRINT_INVALID']);
    assert.equal((await ask('POST', '/desk/install', { edits: 'maybe' }))[0], 400);
    assert.equal((await ask('GET', '/nothing'))[0], 404);
  });
});
