import assert from 'node:assert/strict';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { operations } from '../src/marketplace/openapi.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';
import { allRoutes } from '../src/app/routes.ts';

describe('the description of the marketplace', () => {
  let registry: TestRegistry;
  before(async () => void (registry = await openTestRegistry()));
  after(() => registry.close());

  it('tells of every route there is, and of no other', async () => {
    const { status, json } = await registry.ask('GET', '/-/af/v1/openapi.json');
    assert.deepEqual([status, json.openapi], [200, '3.1.0']);
    const told = Object.entries(json.paths).flatMap(([path, methods]) =>
      Object.keys(Object(methods)).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const there = allRoutes(registry.registry)
      .filter(({ path }) => path.startsWith('/-/af/v1/') && !path.endsWith('openapi.json'))
      .map(({ method, path }) => `${method} ${path.slice(8).replaceAll(/[:*]([a-z]+)/gi, '{$1}')}`);
    assert.deepEqual(told.toSorted(), there.toSorted());
    assert.deepEqual(Object.keys(operations).toSorted(), there.toSorted());
  });

  it('names each operation once, and has schemas that compile', async () => {
    const { json } = await registry.ask('GET', '/-/af/v1/openapi.json');
    const all = Object.values(json.paths).flatMap((methods) => Object.values(Object(methods)));
    const ids = all.map((one) => Object(one).operationId);
    assert.equal(new Set(ids).size, ids.length);
    const ajv = new Ajv2020();
    for (const one of all) {
      const schema = Object(one).requestBody?.content['application/json'].schema;
      if (schema) ajv.compile(schema);
    }
  });
});
