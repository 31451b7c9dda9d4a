import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import pg from 'pg';
import { freshPostgres, freshRedis, startPostgres, startRedis } from '../src/index.ts';

const ask = async (url: string, command: string): Promise<string> => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  socket.write(`${command}\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString().trim();
};

const query = async (url: string, sql: string): Promise<readonly unknown[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
};

describe('test servers', function () {
  this.timeout(60_000); // the first one downloads Redis

  it('give each test an empty PostgreSQL database whose owner has no privileges', async () => {
    const database = await freshPostgres();
    const another = await freshPostgres();
    try {
      await query(database.url, 'CREATE TABLE things (id INT)');
      const [role] = await query(
        database.url,
        'SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user',
      );
      assert.deepEqual(role, { rolsuper: false, rolbypassrls: false, rolcreaterole: false });
      await assert.rejects(query(another.url, 'SELECT * FROM things'), /does not exist/);
      assert.deepEqual(
        await query(database.superuserUrl, "SELECT current_setting('is_superuser') AS super"),
        [{ super: 'on' }],
      );
    } finally {
      await database.close();
      await another.close();
    }
  });

  it('give a database to the next test that is as it was when new', async () => {
    const used = await freshPostgres();
    await query(
      used.url,
      'CREATE TABLE things (id SERIAL); CREATE SCHEMA more; CREATE TABLE more.things (id INT)',
    );
    await used.close();
    const next = await freshPostgres();
    assert.equal(next.url, used.url);
    assert.deepEqual(
      await query(next.url, "SELECT relname FROM pg_class WHERE relname ~ 'things' OR relnamespace >= 16384"),
      [],
    );
    await next.close();
  });

  for (const [what, change] of [
    ['has something in it of the superuser', 'CREATE TABLE things (id INT)'],
    ['has an extension', 'CREATE EXTENSION citext'],
    ['is open to others', 'GRANT CREATE ON SCHEMA public TO PUBLIC'],
    ['has a setting of its own', (name: string) => `ALTER DATABASE ${name} SET timezone = 'Asia/Tokyo'`],
    ['has an owner who may more', (name: string) => `ALTER ROLE ${name} BYPASSRLS`],
    ['has an owner who has joined', (name: string) => `GRANT pg_monitor TO ${name}`],
  ] as const)
    it(`give no database to another test that ${what}`, async () => {
      const used = await freshPostgres();
      const name = new URL(used.url).username;
      await query(used.superuserUrl, typeof change === 'string' ? change : change(name));
      await used.close();
      await assert.rejects(query(used.url, 'SELECT 1'), /does not exist|authentication failed/);
    });

  it('give no database to another test that somebody is still connected to', async () => {
    const used = await freshPostgres();
    const left = new pg.Client({ connectionString: used.url }).on('error', () => {});
    await left.connect();
    await used.close();
    await assert.rejects(query(used.url, 'SELECT 1'), /does not exist|authentication failed/);
  });

  it('start a PostgreSQL that keeps its data when it is killed', async () => {
    const server = await startPostgres();
    try {
      await query(server.url, 'CREATE TABLE kept AS SELECT 1 AS id');
      await server.kill('SIGKILL');
      await assert.rejects(query(server.url, 'SELECT 1'));
      await server.start();
      assert.deepEqual(await query(server.url, 'SELECT id FROM kept'), [{ id: 1 }]);
    } finally {
      await server.stop();
    }
  });

  it('start Redis, with and without a file', async () => {
    const redis = await freshRedis();
    assert.equal(await ask(redis.url, 'DBSIZE'), ':0');
    await redis.close();
    const kept = await startRedis({ appendonly: 'always' });
    await ask(kept.url, 'SET a b');
    await kept.kill('SIGKILL');
    await kept.start();
    assert.match(await ask(kept.url, 'GET a'), /b$/);
    await kept.stop();
  });

  it('give each test an empty Redis, though another had it', async () => {
    const used = await freshRedis();
    await ask(used.url, 'SET a b');
    await used.close();
    const next = await freshRedis();
    assert.equal(next.url, used.url);
    assert.equal(await ask(next.url, 'DBSIZE'), ':0');
    await next.close();
  });

  it('give no Redis to another test that somebody is still connected to', async () => {
    const used = await freshRedis();
    const left = connect(Number(new URL(used.url).port), '127.0.0.1').on('error', () => {});
    left.write('PING\r\n');
    await once(left, 'data');
    await used.close();
    await assert.rejects(ask(used.url, 'PING'), /ECONNREFUSED/);
  });

  it('end with the process that started them, even when it is killed', async () => {
    const code =
      "import { startRedis } from '@agent-factory/test-servers'; const { url, pid } = await startRedis();" +
      'console.log(JSON.stringify({ url, pid })); setInterval(() => {}, 1000);';
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    const { pid } = JSON.parse(line.toString()) as { pid: number };
    child.kill('SIGKILL');
    await once(child, 'exit');
    while (existsSync(`/proc/${pid}`) && isAlive(pid))
      await new Promise((resolve) => setTimeout(resolve, 100));
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
