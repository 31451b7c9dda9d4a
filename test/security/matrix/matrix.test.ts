import assert from 'node:assert/strict';
import { builtInRoles, type BuiltInRole } from '@agent-factory/sdk/contracts';
import { sqlEngines } from '@agent-factory/test-servers';
import { expected } from './expected.ts';
import { askedByKeys, askedByOthers, askedBySessions, askedByTokens, judge } from './judge.ts';
import { canary, openMatrix, type MatrixPlatform } from './matrix-platform.ts';
import { createMutantServer, withRole } from './mutants.ts';
import { isSafe, pathOf } from './operations.ts';

for (const [engine, open] of Object.entries(sqlEngines)) {
  describe(`who may call what, on ${engine}`, function () {
    this.timeout(600_000);
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
      ['a token in each role', askedByTokens],
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
  this.timeout(600_000);
  const server = createMutantServer();
  let platform: MatrixPlatform;
  before(async () => {
    const open = sqlEngines['SQLite'];
    assert.ok(open);
    platform = await openMatrix(await open(), { server: server.plugin });
  });
  after(() => platform?.close());

  /** Cells of one route that are not as written, without a look at what they change: a mutant may change much. */
  const cells = (id: string, on: MatrixPlatform = platform): Promise<string[]> => {
    const alone = { ...on, operations: on.operations.filter((one) => one.id === id) };
    const asked = [
      ...askedByKeys(alone),
      ...askedByOthers(alone).filter(({ as }) => /^nobody$|carries/.test(as)),
    ];
    return judge(alone, asked, { audit: false });
  };

  for (const [what, permission] of [
    ['no permission', { public: 'a mutant' }],
    ['a permission that everybody has', 'me:read'],
  ] as const)
    it(`turns red for any single route that asks for ${what}`, async () => {
      const unseen: string[] = [];
      for (const { id } of platform.operations) {
        if (expected[id] === 'public') continue;
        // Those that ask for that anyway; and the handler of forkRun asks once more where its example changes the agent.
        if (permission === 'me:read' && (hasMeRead(platform, id) || id === 'forkRun')) continue;
        await server.withRoute(
          platform.kernel,
          id,
          (route) => ({ ...route, permission }),
          async (url) => {
            if ((await cells(id, platform.at(url))).length === 0) unseen.push(id);
          },
        );
      }
      assert.deepEqual(unseen, []);
    });

  it('turns red when any single role gains or loses any single permission that a route asks for', async () => {
    const unseen: string[] = [];
    const asked = Map.groupBy(
      platform.operations.filter(({ permission }) => permission !== undefined),
      ({ permission }) => permission ?? '',
    );
    for (const [permission, operations] of asked)
      for (const role of Object.keys(builtInRoles) as BuiltInRole[])
        // its keys
        await withRole(platform.kernel, permission, role, async () => {
          const [first] = operations;
          const alone = { ...platform, operations: first ? [first] : [] };
          const wrong = await judge(alone, askedByKeys(alone, [role]), { audit: false });
          if (wrong.length === 0) unseen.push(`${role} ${permission}`);
        });
    assert.deepEqual(unseen, []);
    assert.ok(asked.size > 20);
  });

  it('is green for what no mutant was made of', async () => {
    const { operations } = platform;
    const some = { ...platform, operations: operations.filter(({ id }) => expected[id] !== 'public') };
    assert.deepEqual(await judge(some, askedByKeys(some, ['viewer', 'nothing']), { audit: false }), []);
  });
});

function hasMeRead({ operations }: MatrixPlatform, id: string): boolean {
  return operations.some((one) => one.id === id && one.permission === 'me:read');
}

/** What of a dump belongs to the other tenant: its own database, and what the platform keeps about it. */
function theirs(dump: string): string {
  const [platform, , own] = JSON.parse(dump) as readonly Record<string, readonly string[]>[]; // as dump makes it
  const about = Object.values(platform ?? {}).flat();
  return JSON.stringify([own, about.filter((row) => row.includes(canary) || isAbout(row))]);
}

/** Whether a row is about the other tenant, and not a job of whoever asks about a thing that bears the same name. */
function isAbout(row: string): boolean {
  return row.includes('globex') && (JSON.parse(row) as { readonly tenant?: unknown }).tenant !== 'acme'; // as dumped
}
