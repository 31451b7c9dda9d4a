import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { request } from 'node:http';
import { join } from 'node:path';
import { createKnownRows } from '../src/app/known-rows.ts';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type TestRegistry } from './support/open-test-registry.ts';

/** Commits in a process of its own. */
function commitElsewhere(folder: string, statement: string): void {
  const script = `const Database = require('better-sqlite3'); const database = new Database(process.argv[1]); database.exec(process.argv[2]); database.close();`;
  const args = ['-e', script, join(folder, 'registry.db'), statement];
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: import.meta.dirname });
  assert.equal(status, 0, stderr.toString());
}

describe('what is known of a package', () => {
  const path = '/@ann/known';
  const tarball = '/@ann/known/-/known-1.0.0.tgz';
  let registry: TestRegistry;
  let ann: string;
  before(async () => {
    registry = await openTestRegistry();
    ann = await registry.account('ann');
    assert.equal((await registry.publish(ann, await makePlugin({ name: '@ann/known' }))).status, 201);
  });
  after(() => registry.close());

  const statuses = async (token?: string): Promise<number[]> => {
    const options = token === undefined ? {} : { token };
    const answers = [await registry.ask('GET', path, options), await registry.ask('GET', tarball, options)];
    return answers.map(({ status }) => status);
  };

  it('lasts from commit to commit', () => {
    const { stamp } = registry.registry.database;
    const before = stamp();
    assert.notEqual(before, undefined);
    assert.equal(stamp(), before);
    commitElsewhere(registry.folder, 'UPDATE packages SET downloads = downloads + 1');
    assert.notEqual(stamp(), before);
  });

  it('is not what another process has changed since', async () => {
    for (let i = 0; i < 2; i += 1) assert.deepEqual(await statuses(), [200, 200]);
    commitElsewhere(registry.folder, `UPDATE versions SET state = 'blocked', reason = 'It steals.'`);
    assert.deepEqual(await statuses(), [200, 403]);
    commitElsewhere(registry.folder, `UPDATE versions SET state = 'live'`);
    assert.deepEqual(await statuses(), [200, 200]);
    commitElsewhere(
      registry.folder,
      `UPDATE packages SET visibility = 'restricted'; UPDATE documents SET restricted = 1;`,
    );
    assert.deepEqual(await statuses(), [404, 404]);
    for (let i = 0; i < 2; i += 1) assert.deepEqual(await statuses(ann), [200, 200]);
    commitElsewhere(registry.folder, `DELETE FROM tokens`);
    assert.deepEqual(await statuses(ann), [401, 401]);
    commitElsewhere(
      registry.folder,
      `UPDATE packages SET visibility = 'public'; UPDATE documents SET restricted = 0;`,
    );
    assert.deepEqual(await statuses(), [200, 200]);
  });

  it('is not what another registry on the same folder has changed, nor lost when that one ends', async () => {
    const other = await openTestRegistry({ dataDir: registry.folder });
    const admin = await other.account('boss', { role: 'admin' });
    const body = { name: '@ann/known', versions: '*', reason: 'It steals.' };
    assert.deepEqual(await statuses(), [200, 200]);
    const { id } = (await other.ask('POST', '/-/af/v1/blocks', { token: admin, body })).json;
    assert.deepEqual(await statuses(), [404, 403]);
    assert.equal((await other.ask('DELETE', `/-/af/v1/blocks/${id}`, { token: admin })).status, 204);
    assert.deepEqual(await statuses(), [200, 200]);
    await other.close();
    commitElsewhere(registry.folder, `UPDATE versions SET state = 'blocked', reason = 'It steals.'`);
    assert.deepEqual(await statuses(), [200, 403]);
    commitElsewhere(registry.folder, `UPDATE versions SET state = 'live'`);
  });

  it('is not a row that was read before a commit and came after it', async () => {
    const { database } = registry.registry;
    const rows = createKnownRows<{ count: number }>(database, 10);
    const read = (): Promise<{ count: number } | undefined> =>
      database.get<{ count: number }>('SELECT count(*) AS count FROM settings');
    const late = await rows.get('a', async () => {
      const row = await read();
      commitElsewhere(registry.folder, `INSERT INTO settings (name, value) VALUES ('late', '')`);
      return row;
    });
    const next = await rows.get('a', read);
    assert.equal(next?.count, (late?.count ?? 0) + 1);
    assert.equal(rows.get('a', read), next);
  });

  it('forgets all when it would be too much', async () => {
    const rows = createKnownRows<{ name: string }>(registry.registry.database, 2);
    for (const name of ['a', 'b', 'c']) await rows.get(name, async () => ({ name }));
    assert.ok(rows.get('a', async () => undefined) instanceof Promise);
    assert.deepEqual(
      rows.get('c', async () => undefined),
      { name: 'c' },
    );
    assert.equal(await rows.get('d', async () => undefined), undefined);
  });

  it('a change that sends no body, and no length of one, is read as an empty one', async () => {
    const token = await registry.account('eve');
    const status = await new Promise((done, fail) => {
      const sent = request(
        {
          port: registry.port,
          method: 'PUT',
          path: '/@eve%2fnone',
          headers: { authorization: `Bearer ${token}` },
        },
        (response) => {
          response.resume();
          done(response.statusCode);
        },
      );
      sent.removeHeader('transfer-encoding');
      sent.useChunkedEncodingByDefault = false;
      sent.on('error', fail).end();
    });
    assert.equal(status, 400);
  });
});
