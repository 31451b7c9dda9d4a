import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { clientFiles } from '../../tools/client-files.ts';
import { createTypeWriter } from '../../tools/client-types.ts';
import { clientFolder } from './client-folder.ts';
import { currentDocument } from './current-document.ts';

const root = dirname(dirname(import.meta.dirname));

/** The type of a schema by itself. */
function typeOf(schema: Record<string, unknown>): string | undefined {
  const writer = createTypeWriter();
  return writer.finish(new Map([['it', writer.of(schema, 'it')]])).types.get('it');
}

describe('what the client knows of the routes', function () {
  this.timeout(60_000);

  it('is what they say', async () => {
    for (const [name, text] of Object.entries(clientFiles(await currentDocument()))) {
      const written = readFileSync(new URL(name, clientFolder), 'utf8');
      assert.ok(
        written === text,
        `${name}: run \`npm run client:types\`, and look at what changes for clients.`,
      );
    }
  });

  it('has each operation once, and what has no answer for programs not at all', () => {
    const operation = (operationId: string, responses: object, more: object = {}) => ({
      operationId,
      summary: 'Does it.',
      parameters: [],
      responses,
      ...more,
    });
    const json = { 200: { content: { 'application/json': { schema: { type: 'object' } } } } };
    const filesOf = (paths: object): string => Object.values(clientFiles({ paths })).join('');
    const files = filesOf({
      '/api/v1/a': { get: operation('getA', json), delete: operation('removeA', { 204: {} }) },
      '/api/v1/b': { get: operation('sendThere', { 303: {} }) },
      '/api/v1/c': { get: operation('showPage', { 200: { content: { 'text/html': {} } } }) },
      '/api/v1/d': { get: operation('follow', { 200: { content: { 'text/event-stream': {} } } }) },
      '/v1/e': { get: operation('ofOthers', json) },
    });
    assert.deepEqual(files.match(/^ {2}\w+: (?=\{ method)/gm), ['  follow: ', '  getA: ', '  removeA: ']);
    assert.match(files, /getA: \{ input: \{\}; answer: \{ \[key: string\]: unknown \} \};/);
    assert.match(files, /removeA: \{ input: \{\}; answer: undefined \};/);
    assert.match(files, /follow: \{ input: \{\}; events: true \};/);
    const parameter = { name: 'body', in: 'query', required: false, schema: {} };
    for (const [parameters, reason] of [
      [[parameter], /called "body"/],
      [[{ ...parameter, name: 'x-mine', in: 'header' }], /header "x-mine"/],
    ] as const)
      assert.throws(() => filesOf({ '/api/v1/a': { get: operation('getA', json, { parameters }) } }), reason);
  });

  it('is a type for each kind of schema, and fails for one of which nothing is known', () => {
    const text = { type: 'string' };
    const cases: readonly (readonly [Record<string, unknown>, string])[] = [
      [{}, 'unknown'],
      [{ type: ['integer', 'null'] }, 'number | null'],
      [{ enum: ["it's", 1, null] }, "'it\\'s' | 1 | null"],
      [{ type: 'array', items: { enum: ['a', 'b'] } }, "ReadonlyArray<'a' | 'b'>"],
      [{ type: 'object' }, '{ [key: string]: unknown }'],
      [{ type: 'object', additionalProperties: false }, 'Record<string, never>'],
      [{ type: 'object', additionalProperties: text }, '{ [key: string]: string }'],
      [
        { type: 'object', properties: { 'a-b': text, c: text }, required: ['c'] },
        "{ 'a-b'?: string; c: string }",
      ],
      [
        {
          type: 'object',
          properties: { a: text, b: text },
          anyOf: [{ required: ['a'] }, { required: ['b'] }],
        },
        '{ a?: string; b?: string } & ({ a: unknown } | { b: unknown })',
      ],
      [
        {
          type: 'object',
          required: ['a'],
          oneOf: [{ properties: { a: text } }, { properties: { a: { type: 'number' } } }],
        },
        '{ a: string } | { a: number }',
      ],
    ];
    for (const [schema, wanted] of cases) assert.equal(typeOf(schema), wanted);
    assert.throws(() => typeOf({ oneOf: [], anyOf: [] }), /"oneOf" beside "anyOf"/);
    assert.throws(() => typeOf({ $ref: '#/components/schemas/A' }), /no keyword "\$ref"/);
  });

  it('lets nothing compile that the platform would refuse by its schema', () => {
    const folder = mkdtempSync(join(tmpdir(), 'agent-factory-types-'));
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'), 'junction');
    const calls = {
      good: [
        `api.startRun({ body: { agent: 'a', input: 'b' } })`,
        `api.startRun({ wait: true, body: { agent: 'a', input: 'b', limits: { turns: 1 } } }, { timeoutMs: 1 })`,
        `api.listRuns().then(({ runs }) => runs[0]?.usage.inputTokens.toFixed())`,
        `api.getRun({ id: 'a' }).then((run) => run.waitingFor?.map((one) => one.kind === 'timer' && one.until.toFixed()))`,
        `api.call('getAgent', { name: 'a' }).then(({ headers, body }) => [headers.get('etag'), body.instructions])`,
        `(async () => { for await (const one of api.each('listWebhookDeliveries', { id: 'a' })) one.attempts.toFixed(); })()`,
        `(async () => { for await (const one of api.followRun({ id: 'a' })) if (one.type === 'run.failed') one.data.error.code.trim(); })()`,
      ],
      bad: [
        `api.startRun({ body: { agnet: 'a', input: 'b' } })`,
        `api.startRun({ body: { agent: 'a' } })`,
        `api.startRun({ wiat: true, body: { agent: 'a', input: 'b' } })`,
        `api.startRun({ wait: 'yes', body: { agent: 'a', input: 'b' } })`,
        `api.getRun()`,
        `api.getRun({ run: 'a' })`,
        `api.listRuns({ status: 'done' })`,
        `api.stopRun({ id: 'a' })`,
        `api.each('getRun', { id: 'a' })`,
        `api.call('streamRun', { id: 'a' })`,
        `api.getRun({ id: 'a' }).then((run) => run.state)`,
        `api.approveRun({ id: 'a', body: { approvalId: 'b', outcome: 'maybe' } })`,
      ],
    };
    const text = `import { createClient } from '@agent-factory/client';
      const api = createClient({ url: '' });
      export const good: unknown[] = [${calls.good.join(',\n')}];
      export const bad: unknown[] = [${calls.bad.map((call) => `\n// @ts-expect-error refused\n${call}`).join(',')}];`;
    writeFileSync(join(folder, 'calls.mts'), text);
    const config = {
      extends: join(root, 'tsconfig.base.json'),
      compilerOptions: {
        composite: false,
        noEmit: true,
        rootDir: '/',
        tsBuildInfoFile: null,
        isolatedDeclarations: false,
      },
      files: ['calls.mts'],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    try {
      const tsc = join(root, 'node_modules/typescript/bin/tsc');
      const { stdout, status } = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
      assert.equal(status, 0, stdout);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
