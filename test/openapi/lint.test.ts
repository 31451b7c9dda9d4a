import assert from 'node:assert/strict';
import { currentDocument } from './current-document.ts';
import { lintDocument } from './lint-document.ts';

type Node = Record<string, unknown>;

describe('the OpenAPI document, as linters see it', () => {
  let document: Node;
  before(async function () {
    this.timeout(60_000);
    document = await currentDocument();
  });

  it('has no fault that Spectral, its OWASP ruleset or Redocly finds, and no exception too many', async function () {
    this.timeout(120_000);
    const { findings, needless } = await lintDocument(document);
    const shown = findings.map(({ rule, at, message }) => `${rule} at ${at}: ${message}`);
    assert.deepEqual(shown.slice(0, 20), []);
    assert.deepEqual(needless, []);
  });

  it('would be told of faults by both', async function () {
    this.timeout(60_000);
    const id = { name: 'id', in: 'path', required: true, schema: { type: 'string' } };
    const get = { summary: 'One.', responses: { 200: { description: 'It.' } }, parameters: [id] };
    const { findings, needless } = await lintDocument({
      openapi: '3.1.0',
      info: { title: 'Faulty', version: '1.0.0' },
      servers: [{ url: '/' }],
      paths: { '/things/{id}': { get } },
    });
    const rules = new Set(findings.map(({ rule }) => rule));
    const expected = [
      'operation-description', // of Spectral
      'owasp:api2:2023-read-restricted', // of its ruleset, which no exception excuses here
      'owasp:api4:2023-string-limit', // … one that looks at schemas
      'owasp:api4:2023-rate-limit',
      'security-defined', // of Redocly
    ];
    for (const rule of expected) assert.ok(rules.has(rule), `${rule} among ${[...rules].join(', ')}`);
    assert.ok(needless.length > 0);
  });
});
