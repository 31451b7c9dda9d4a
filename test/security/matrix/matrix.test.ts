import assert from 'node:assert/strict';
import { sqlEngines } from '@agent-factory/test-servers';
import { expected, withMeRead } from './expected.ts';
import { askedByKeys, askedByOthers, askedBySessions, judge } from './judge.ts';
import { canary, openMatrix, type MatrixPlatform } from './matrix-platform.ts';
import { mutated, mutations } from './mutants.ts';
import { isSafe, pathOf } from './operations.ts';

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`who may call what, on ${engine}`, function () {
    this.timeout(120_000);
    let platform: MatrixPlatform;
    before(async () => {
      platform = await openMatrix(await open());
    });
    after(() => platform?.close());

    it('is written down by hand for every route there is, and for none that is gone', () => {
      assert.deepEqual(platform.operations.map(({ id }) => id).sort(), Object.keys(expected).sort());
    });

    it('has an example for every body', () => {
      const without = platform.operations.filter(({ hasBody, example }) => hasBody && example === undefined);
      assert.deepEqual(without, []);
    });

    for (const [who, questions] of [
      ['a key in each role', askedByKeys],
      ['nobody, a credential that does not hold, and a foot in another tenant', askedByOthers],
      // Last, since whoever may logs out in it.
      ['a session in each role, and one that is stolen', askedBySessions],
    ] as const)
      it(`is as written for ${who}; each refusal is noted once and changes nothing`, async () => {
        const asked = questions(platform);
        const refused = asked.filter(({ expects }) => expects !== 'let in');
        const before = await platform.dump();
        assert.deepEqual(await judge(platform, refused), []);
        assert.equal(await platform.dump(), before);
        // Whoever may end their session does that last.
        const letIn = asked.filter(({ expects }) => expects === 'let in');
        const last = letIn.filter(({ operation }) => operation.id === 'logout');
        assert.deepEqual(
          await judge(
            platform,
            letIn.filter((one) => !last.includes(one)),
          ),
          [],
        );
        assert.deepEqual(await judge(platform, last), []);
      });

    it('does not reach into another tenant, whoever may do all in their own', async () => {
      const owner = platform.keys.get('tenant-admin');
      const before = theirs(await platform.dump());
      for (const operation of platform.operations) {
        const path = pathOf(operation, platform.things.globex);
        if (path === pathOf(operation) && isSafe(operation)) continue; // it names nothing of theirs
        const { method, hasBody, example } = operation;
        const { status, text } = await platform.call(method, path, owner, hasBody ? { body: example } : {});
        assert.ok(!text.includes(canary), `${operation.id} tells of another tenant: ${text}`);
        assert.ok(status < 500, `${operation.id}: ${status} ${text}`);
      }
      assert.equal(theirs(await platform.dump()), before);
    });
  });
}

describe('the matrix of who may call what', function () {
  this.timeout(120_000);
  for (const mutation of mutations)
    it(`turns red for every route when ${mutation.name}`, async () => {
      const open = sqlEngines['SQLite'];
      assert.ok(open);
      const platform = await openMatrix(await open(), mutated(mutation));
      try {
        const asked = [
          ...askedByKeys(platform, ['viewer', 'tenant-admin', 'platform-admin', 'nothing']),
          ...askedByOthers(platform).filter(({ as }) => /^nobody$|carries/.test(as)),
        ];
        const wrong = await judge(platform, asked);
        const unseen = Object.keys(expected).filter(
          (id) => !wrong.some((one) => one.startsWith(`${id} `)) && !isOutOfReach(mutation.name, id),
        );
        assert.deepEqual(unseen, []);
      } finally {
        await platform.close();
      }
    });
});

/** What a mutation leaves as it was. */
function isOutOfReach(mutation: string, id: string): boolean {
  if (expected[id] === 'public' || id === 'listPlugins') return true; // the API's own routes are not contributed
  if (mutation.startsWith('every role')) return expected[id]?.split(' ').length === 6;
  // The handler of forkRun asks once more, where the agent is changed.
  return mutation.startsWith('every route') && (withMeRead.has(id) || id === 'forkRun');
}

/** What of a dump belongs to the other tenant: its own database, and what the platform keeps about it. */
function theirs(dump: string): string {
  const [platform, , own] = JSON.parse(dump) as readonly Record<string, readonly string[]>[]; // as dump makes it
  const about = Object.values(platform ?? {}).flat();
  return JSON.stringify([own, about.filter((row) => row.includes('globex') || row.includes(canary))]);
}
