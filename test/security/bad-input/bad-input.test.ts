import assert from 'node:assert/strict';
import type { JsonObject } from '@agent-factory/sdk';
import { HttpServer } from '@agent-factory/sdk/contracts';
import { sqlEngines } from '@agent-factory/test-servers';
import { errorTables } from '../../../tools/errors-doc.ts';
import { askBadly } from './ask-badly.ts';
import { badMethodsOf, type BadRequest } from './bad-requests.ts';
import { compileSchema } from './compile-schema.ts';
import { answerRulesOf, faultsOf, inside, type AnswerRules } from './faults-of.ts';
import { openFilled, type FilledPlatform } from './filled-platform.ts';
import { notHttp } from './bad-values.ts';
import { Sender, type Reply } from './send.ts';
import { targetsOf } from './targets.ts';

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`what is sent wrongly, on ${engine}`, function () {
    this.timeout(600_000);
    let platform: FilledPlatform;
    let sender: Sender;
    let rules: AnswerRules;
    before(async () => {
      platform = await openFilled(await open());
      sender = new Sender(platform.kernel.use(HttpServer).url() ?? '');
      rules = answerRulesOf(platform.document, compileSchema);
    });
    after(async () => {
      sender?.close();
      await platform?.close();
    });

    it('is refused as the document says, and changes nothing', async () => {
      const faults: string[] = [];
      const codes = new Set<string>();
      let [sent, taken] = [0, 0];
      for (const asked of targetsOf(platform)) {
        const found = await askBadly(platform, sender, asked, { rules, isDear: engine !== 'SQLite' });
        faults.push(...found.faults);
        for (const code of found.codes) codes.add(code);
        sent += found.sent;
        taken += found.taken;
      }
      assert.deepEqual(faults.slice(0, 30), []);
      const known = new Set((await errorTables()).flatMap((table) => Object.keys(table.codes)));
      assert.deepEqual(
        [...codes].filter((code) => !known.has(code)),
        [],
      );
      // That nothing is wrong proves something only where much was asked, and some of it was right.
      assert.ok(sent > 2000 && taken > sent / 50 && codes.size > 30, `${sent}, ${taken}, ${codes.size}`);
    });

    it('has no method that a path does not take', async () => {
      const faults: string[] = [];
      for (const request of badMethodsOf(platform.operations))
        faults.push(...faultsOf('none', request, await sender.send(request), rules));
      assert.deepEqual(faults, []);
    });

    it('need not be HTTP, and the server lives on', async () => {
      for (const text of notHttp) {
        const answer = await sender.sendText(text);
        // Nothing is a fair answer to what is no request.
        if (answer !== '')
          assert.match(
            answer,
            /^HTTP\/1\.1 (?:200 |204 |4\d\d [^]*content-type: application\/problem\+json)/i,
            JSON.stringify(text.slice(0, 60)),
          );
        assert.doesNotMatch(answer, inside);
        assert.equal((await platform.call('GET', '/api/v1/health')).status, 200);
      }
    });
  });
}

describe('the check of answers to bad input', () => {
  const document = {
    paths: {
      '/things': {
        get: { operationId: 'getThing', responses: { 400: problem('AF_X'), default: problem('other') } },
      },
    },
    components: { responses: {}, schemas: { Problem: { type: 'object', required: ['code'] } } },
  };
  const request = { what: 'something', method: 'GET', path: '/things' };
  const type = 'application/problem+json';
  const faults = (status: number, body: unknown, more: Partial<Reply & BadRequest> = {}): string[] =>
    faultsOf(
      'getThing',
      { ...request, ...more },
      { status, type, headers: {}, text: JSON.stringify(body), ...more },
      answerRulesOf(document, compileSchema),
    );

  it('is content with what is documented', () => {
    assert.deepEqual(faults(400, { code: 'AF_X' }), []);
    assert.deepEqual(faults(200, {}), []);
  });

  for (const [what, found] of [
    ['a failure of the server', () => faults(500, { code: 'AF_X' })],
    ['a status that is not told of', () => faults(418, { code: 'AF_X' })],
    ['another media type', () => faults(400, { code: 'AF_X' }, { type: 'application/json' })],
    ['a body that is not as its schema', () => faults(400, {})],
    [
      'a stack',
      () => faults(400, { code: 'AF_X', detail: 'TypeError\n    at work (file:///srv/work.ts:1:2)' }),
    ],
    ['a statement', () => faults(400, { code: 'AF_X', detail: 'in: SELECT * FROM af_runs_runs' })],
    ['what should be refused and is not', () => faults(200, {}, { isWrong: true })],
  ] as const)
    it(`finds ${what}`, () => assert.equal(found().length > 0, true));
});

function problem(name: string): JsonObject {
  return {
    description: name,
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}
