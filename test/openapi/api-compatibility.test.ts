import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { breakingChanges } from './breaking-changes.ts';
import { currentDocument } from './current-document.ts';

type Node = Record<string, unknown>;

/** What clients were promised last. `PUBLISH_API=1 npm test -- test/openapi/api-compatibility.test.ts` promises anew. */
const published = new URL('golden/published.json', import.meta.url);

/** The part of a document that clients rely on: not what things are called in words, nor what goes wrong. */
function promiseOf({ paths }: Node): Node {
  const operationOf = (one: Node): Node => {
    const { operationId, parameters, requestBody, responses } = one;
    const kept = Object.entries(Object(responses) as Node).filter(([status]) => /^[23]/.test(status)); // an object
    const [permission, sunset] = [one['x-permission'], one['x-sunset']];
    return {
      operationId,
      ...(permission !== undefined && { 'x-permission': permission }),
      ...(sunset !== undefined && { 'x-sunset': sunset }),
      parameters,
      ...(requestBody !== undefined && { requestBody }),
      responses: Object.fromEntries(kept),
    };
  };
  const promised = Object.entries(Object(paths) as Record<string, Record<string, Node>>).map(
    ([path, item]) => [
      path,
      Object.fromEntries(Object.entries(item).map(([method, one]) => [method, operationOf(one)])),
    ],
  );
  const text = JSON.stringify({ paths: Object.fromEntries(promised) }, (key, value: unknown) =>
    key === 'example' || (key === 'description' && typeof value === 'string') ? undefined : value,
  );
  return JSON.parse(text) as Node; // what was just written
}

/** A line for each path, so that a change shows where it is. */
function linesOf({ paths }: Node): string {
  const lines = Object.entries(Object(paths) as Node).map((entry) =>
    entry.map((each) => JSON.stringify(each)).join(':'),
  );
  return `{"paths":{\n${lines.join(',\n')}\n}}\n`;
}

describe('the HTTP API, for those who call it', () => {
  it('keeps what the published document promised', async function () {
    this.timeout(30_000);
    const current = await currentDocument();
    if (process.env['PUBLISH_API'] === '1') writeFileSync(published, linesOf(promiseOf(current)));
    const promised = JSON.parse(readFileSync(published, 'utf8')) as Node; // our own file
    assert.ok(Object.keys(Object(promised['paths'])).length > 80);
    assert.deepEqual(breakingChanges(promised, current, Date.now()), []);
    assert.ok(breakingChanges(promised, { paths: {} }, 0).length > 80); // and would say so
  });

  describe('breaks', () => {
    const schema = {
      type: 'object',
      properties: { name: { type: 'string', maxLength: 10 }, kind: { enum: ['a', 'b'] } },
      required: ['name'],
      additionalProperties: false,
    };
    const operation = {
      operationId: 'put',
      'x-permission': 'things:write',
      parameters: [{ name: 'limit', in: 'query', required: false, schema: { type: 'integer', maximum: 9 } }],
      requestBody: { content: { 'application/json': { schema } } },
      responses: {
        200: { content: { 'application/json': { schema: { ...schema, required: ['name'] } } } },
        404: {},
      },
    };
    const documentOf = (one: Node): Node => ({ paths: { '/things': { put: one } } });
    const broken = (change: (copy: typeof operation) => void): string[] => {
      const copy = JSON.parse(JSON.stringify(operation)) as typeof operation; // nothing in it is shared
      change(copy);
      return breakingChanges(documentOf(operation), documentOf(copy), 0);
    };
    const bodyOf = (one: typeof operation): typeof schema =>
      one.requestBody.content['application/json'].schema;
    const answerOf = (one: typeof operation): typeof schema =>
      one.responses[200].content['application/json'].schema;

    const cases: Readonly<Record<string, (one: typeof operation) => void>> = {
      'has another operationId': (one) => void (one.operationId = 'other'),
      'asks for another permission': (one) => void (one['x-permission'] = 'x:y'),
      'the parameter query limit is gone': (one) => void one.parameters.pop(),
      'the parameter query limit must be given now': (one) =>
        void Object.assign(one.parameters[0] ?? {}, { required: true }),
      'maximum is less': (one) => void Object.assign(one.parameters[0]?.schema ?? {}, { maximum: 8 }),
      'takes another type': (one) => void Object.assign(one.parameters[0]?.schema ?? {}, { type: 'string' }),
      'the body: kind must be given now': (one) => void bodyOf(one).required.push('kind'),
      'the body: kind takes fewer values': (one) => void bodyOf(one).properties.kind.enum.pop(),
      'the body: name: maxLength is less': (one) => void (bodyOf(one).properties.name.maxLength = 9),
      'the body: name is gone': (one) => void Reflect.deleteProperty(bodyOf(one).properties, 'name'),
      'the body: name has another pattern': (one) =>
        void Object.assign(bodyOf(one).properties.name, { pattern: '^a' }),
      'takes no body any more': (one) => void Reflect.deleteProperty(one, 'requestBody'),
      'does not answer 200 any more': (one) => void Reflect.deleteProperty(one.responses, '200'),
      '200: name may be missing now': (one) => void answerOf(one).required.pop(),
      '200: kind is gone': (one) => void Reflect.deleteProperty(answerOf(one).properties, 'kind'),
      '200: name has another type': (one) => void (answerOf(one).properties.name.type = 'number'),
    };
    for (const [reason, change] of Object.entries(cases))
      it(`where ${reason}`, () => {
        const found = broken(change);
        assert.equal(found.length, 1, found.join('; '));
        assert.ok(found[0]?.includes(reason), found[0]);
      });

    it('where an operation is gone whose sunset has not passed', () => {
      assert.deepEqual(breakingChanges(documentOf(operation), { paths: {} }, 0), ['PUT /things is gone']);
      const ending = documentOf({ ...operation, 'x-sunset': '2026-01-01T00:00:00Z' });
      assert.equal(breakingChanges(ending, { paths: {} }, Date.parse('2025-12-31')).length, 1);
      assert.deepEqual(breakingChanges(ending, { paths: {} }, Date.parse('2026-01-02')), []);
    });

    it('nothing where something is added, or taken that was refused', () => {
      const found = broken((one) => {
        Object.assign(bodyOf(one).properties, { more: { type: 'string' } });
        Object.assign(answerOf(one).properties, { more: { type: 'string' } });
        answerOf(one).required.push('more');
        bodyOf(one).properties.kind.enum.push('c');
        bodyOf(one).properties.name.maxLength = 11;
        bodyOf(one).required.pop();
        one.parameters.push({
          name: 'page',
          in: 'query',
          required: false,
          schema: { type: 'integer', maximum: 1 },
        });
      });
      assert.deepEqual(found, []);
    });
  });
});
