import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { af, cleanUp, launch, tempFolder, type Outcome } from './support/agent-factory.ts';

const canary = 'CANARY of a command';
const env = {
  OLD_KEY: 'a key of at least thirty-two characters',
  NEW_KEY: 'another of thirty-two characters or more',
};

describe('agent-factory secret', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = tempFolder();
  });
  afterEach(cleanUp);

  function configure(keys: Readonly<Record<string, string>>): void {
    const config = {
      keys: Object.entries(keys).map(([id, name]) => ({ id, secret: `\${secret:env:${name}}` })),
    };
    writeFileSync(
      join(folder, 'agent-factory.config.json'),
      JSON.stringify({
        dataDir: './state',
        plugins: [
          '@agent-factory/plugin-storage-sqlite',
          '@agent-factory/plugin-audit-sql',
          { use: '@agent-factory/plugin-secrets-sql', config },
        ],
      }),
    );
  }
  const put = (value: string, ...more: readonly string[]): Promise<Outcome> => {
    const { child, ended } = launch(folder, ['secret', 'put', 'shop_token', ...more], env, 'pipe');
    child.stdin?.end(value);
    return ended;
  };
  const run = (...args: readonly string[]): Promise<Outcome> => af(folder, args, env);

  it('sets what standard input gives, and says nothing of it; its keys change by a command', async () => {
    configure({ old: 'OLD_KEY' });
    const made = await put(`${canary}\n`, '--host', 'api.example.org', '--description', 'Of the shop.');
    assert.equal(made.code, 0, made.stderr);
    assert.match(made.stdout, /version 1: api\.example\.org/);
    configure({ new: 'NEW_KEY', old: 'OLD_KEY' });
    const done = await run('secret', 'rewrap', '--renew', '--json');
    assert.deepEqual(JSON.parse(done.stdout), { tenants: 1, rewrapped: 1, resealed: 1, unopened: 0 });
    configure({ new: 'NEW_KEY' });
    const keys = await run('secret', 'keys', '--json');
    assert.deepEqual(JSON.parse(keys.stdout), [{ id: 'new', state: 'seals', wraps: 1, made: 1 }]);
    const listed = await run('secret', 'list');
    assert.match(listed.stdout, /shop_token +1 .*api\.example\.org +Of the shop\./);
    const audit = await run('audit', 'list', '--json');
    assert.match(audit.stdout, /cli:secret put[\s\S]*"shop_token"/);
    for (const { stdout, stderr } of [made, done, keys, listed, audit])
      assert.ok(!`${stdout}${stderr}`.includes('CANARY'));
  });

  it('says when a key is missing, and removes what cannot be opened', async () => {
    configure({ old: 'OLD_KEY' });
    await put(canary);
    configure({ new: 'NEW_KEY' });
    const keys = await run('secret', 'keys');
    assert.equal(keys.code, 1);
    assert.match(keys.stdout, /old +missing +1 +1/);
    assert.equal((await run('secret', 'rewrap')).code, 1);
    assert.equal((await run('secret', 'remove', 'shop_token')).code, 0);
    assert.match((await run('secret', 'list')).stdout, /keeps no secrets/);
    assert.equal((await run('secret', 'rewrap')).code, 0, 'nothing is under it any more');
    assert.doesNotMatch((await run('secret', 'keys')).stdout, /missing/);
  });
});
