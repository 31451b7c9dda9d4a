import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Accounts, ConversationMemory, JobControl, Jobs, TenantStorage } from '@agent-factory/sdk/contracts';
import { bootTestKernel, waitFor, type TestKernel } from '@agent-factory/sdk/testing';
import { freshPostgres, freshRedis, type FreshPostgres } from '@agent-factory/test-servers';
import { af, cleanUp, launch, tempFolder } from './support/agent-factory.ts';

const guide = readFileSync(join(import.meta.dirname, '../../../docs/operate.md'), 'utf8');

/** A configuration with a storage, the journal, and an agent that answers at once. */
function writeConfig(folder: string, name: string, storage: object, more: readonly object[] = []): string {
  const plugin = (id: string, config: object = {}): object => ({
    use: `@agent-factory/plugin-${id}`,
    config,
  });
  const scripts = { yes: ['Yes.'] };
  const agents = [{ name: 'sayer', instructions: 'Say yes.', model: 'scripted/yes' }];
  writeFileSync(
    join(folder, name),
    JSON.stringify({
      dataDir: `./state-${name}`,
      plugins: [
        storage,
        plugin('journal-sql'),
        plugin('storage-backup', { folder: './archives' }),
        plugin('maintenance'),
        plugin('llm-scripted', { scripts, loop: true }),
        plugin('agent-runtime', { agents }),
        ...more,
      ],
    }),
  );
  return name;
}
const sqlite = { use: '@agent-factory/plugin-storage-sqlite' };

describe('agent-factory storage', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = tempFolder();
    writeConfig(folder, 'agent-factory.config.json', sqlite);
  });
  afterEach(cleanUp);

  const ask = async (times: number): Promise<void> => {
    for (let n = 0; n < times; n++) {
      const { code, stderr } = await af(folder, ['run', 'sayer', `Question ${n}?`]);
      assert.equal(code, 0, stderr);
    }
  };
  const done = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await af(folder, args);
    assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const refused = async (code: string, ...args: string[]): Promise<string> => {
    const { code: status, stderr } = await af(folder, args);
    assert.equal(status, 1, `${args.join(' ')}: ${stderr}`);
    assert.match(stderr, new RegExp(`\\b${code}\\b`));
    return stderr;
  };

  it('says what is applied and pending, applies it, and undoes it', async () => {
    const before = await done('storage', 'status');
    assert.match(before, /journal-sql +tenant +1 +create-runs +pending/);
    assert.match(await done('storage', 'migrate', '--dry-run'), /Nothing was changed/);
    assert.match(await done('storage', 'status'), /pending/);
    await done('storage', 'migrate');
    assert.match(await done('storage', 'migrate'), /Nothing is pending/);
    const after = JSON.parse(await done('storage', 'status', '--json')) as { state: string }[];
    assert.ok(after.length >= 2 && after.every(({ state }) => state === 'applied'));
    await refused('AF_CLI_NOT_CONFIRMED', 'storage', 'rollback', 'maintenance');
    assert.match(await done('storage', 'rollback', 'maintenance', '--yes'), /1 undone/);
    await refused('AF_STORAGE_MIGRATION_NONE', 'storage', 'rollback', 'maintenance', '--yes');
    await refused('AF_CLI_VERSION_INVALID', 'storage', 'rollback', 'journal-sql', '--to', '');
    assert.match(await done('storage', 'rollback', 'journal-sql', '--yes'), /tenant[^]*1 undone/);
  });

  it('keeps the tables of a plugin that is gone until they are dropped', async () => {
    await done('storage', 'migrate');
    await refused('AF_CLI_PLUGIN_IN_USE', 'storage', 'drop', 'maintenance', '--yes');
    const file = join(folder, 'agent-factory.config.json');
    const config = JSON.parse(readFileSync(file, 'utf8')) as { plugins: { use: string }[] };
    config.plugins = config.plugins.filter(({ use }) => !use.endsWith('maintenance'));
    writeFileSync(file, JSON.stringify(config));
    assert.match(await done('storage', 'status'), /maintenance +platform +1 +\S+ +orphan/);
    await refused('AF_CLI_NOT_CONFIRMED', 'storage', 'drop', 'maintenance');
    await done('storage', 'drop', 'maintenance', '--yes');
    assert.doesNotMatch(await done('storage', 'status'), /maintenance/);
  });

  it('archives, verifies by restoring, and restores', async () => {
    await ask(2);
    assert.match(await done('storage', 'backup', 'backups/today.jsonl.gz'), /rows of \d+ tables archived/);
    assert.match(
      await done('storage', 'verify', 'backups/today.jsonl.gz', '--restore'),
      /are whole, and can be restored/,
    );
    await ask(1);
    await refused('AF_BACKUP_TARGET_DIFFERS', 'storage', 'restore', 'backups/today.jsonl.gz');
    await done('storage', 'restore', 'backups/today.jsonl.gz', '--replace');
    writeConfig(folder, 'other.json', sqlite);
    await done('-c', 'other.json', 'storage', 'restore', 'backups/today.jsonl.gz');
    const again = await done('-c', 'other.json', 'storage', 'backup', 'other.jsonl.gz');
    assert.match(again, /archived/);
    await refused('AF_BACKUP_FILE', 'storage', 'verify', 'missing.gz');
  });

  it('exports and erases a tenant', async () => {
    await ask(1);
    assert.equal(await done('storage', 'tenants'), 'default\n');
    await done('storage', 'backup', 'default.jsonl.gz', '--tenant', 'default');
    await refused('AF_BACKUP_TENANT_UNKNOWN', 'storage', 'backup', 'no.gz', '--tenant', 'acme');
    await refused('AF_CLI_NOT_CONFIRMED', 'storage', 'erase-tenant', 'acme');
    await refused('AF_TENANT_PROTECTED', 'storage', 'erase-tenant', 'default', '--yes');
    await refused('AF_TENANT_UNKNOWN', 'storage', 'erase-tenant', 'acme', '--yes');
  });

  it('forgets the members of a tenant that it erases', async () => {
    writeConfig(folder, 'agent-factory.config.json', sqlite, [{ use: '@agent-factory/plugin-accounts-sql' }]);
    const inPlatform = async <T>(work: (kernel: TestKernel) => Promise<T>): Promise<T> => {
      const dataDir = join(folder, 'state-agent-factory.config.json');
      const uses = ['@agent-factory/plugin-storage-sqlite', '@agent-factory/plugin-accounts-sql'];
      const kernel = await bootTestKernel({ plugins: uses, dataDir });
      return work(kernel).finally(() => kernel.close());
    };
    await inPlatform(async (kernel) => {
      await kernel.use(TenantStorage).create('acme');
      const { id } = await kernel.use(Accounts).create({ kind: 'service', name: 'Ann' });
      await kernel.use(Accounts).setMember('acme', id, { roles: ['tenant-admin'] });
    });
    await done('storage', 'erase-tenant', 'acme', '--yes');
    const left = await inPlatform(async (kernel) => {
      await kernel.use(TenantStorage).create('acme');
      return kernel.use(Accounts).members('acme');
    });
    assert.deepEqual(left, []);
  });

  it('erases what a tenant has in Redis', async () => {
    const redis = await freshRedis();
    const memory = { use: '@agent-factory/plugin-memory-redis', config: { url: redis.url } };
    writeConfig(folder, 'agent-factory.config.json', sqlite, [memory]);
    const dataDir = join(folder, 'state-agent-factory.config.json');
    const kernel = await bootTestKernel({ plugins: [sqlite, memory], dataDir });
    await kernel.use(TenantStorage).create('acme');
    const own = kernel.use(ConversationMemory).tenant('acme');
    await own.append('c', [{ role: 'user', content: 'Hello' }]);
    await done('storage', 'erase-tenant', 'acme', '--yes');
    assert.deepEqual((await own.read('c')).messages, []);
    await kernel.close();
    await redis.close();
  });

  it('refuses to restore under a running platform, which can be archived', async () => {
    await ask(1);
    await done('storage', 'backup', 'one.gz');
    const platform = launch(folder, ['start']);
    await platform.until(/sayer|Ready|Listening|is running/i);
    await refused('AF_CLI_ALREADY_RUNNING', 'storage', 'restore', 'one.gz', '--replace');
    await done('storage', 'backup', 'two.gz');
    platform.child.kill('SIGTERM');
    await platform.ended;
  });

  it('names the plugin that is missing', async () => {
    writeFileSync(join(folder, 'bare.json'), JSON.stringify({ plugins: [sqlite] }));
    assert.match(
      await refused('AF_CLI_NO_STORAGE', '-c', 'bare.json', 'storage', 'backup', 'no.gz'),
      /plugin-storage-backup/,
    );
    assert.match(
      await refused('AF_CLI_NO_STORAGE', '-c', 'bare.json', 'maintenance', 'list'),
      /plugin-maintenance/,
    );
    assert.ok(!existsSync(join(folder, 'no.gz')));
  });

  it('lists maintenance tasks and does one', async () => {
    assert.match(await done('maintenance', 'list'), /^storage-backup +\S+Z/m);
    assert.match(await done('maintenance', 'run', 'storage-backup'), /^Done.*"rows"/);
    assert.match(await done('maintenance', 'list'), /"removed":0/);
    await refused('AF_MAINTENANCE_TASK_UNKNOWN', 'maintenance', 'run', 'nothing');
  });

  describe('and PostgreSQL', () => {
    let server: FreshPostgres;
    beforeEach(async () => (server = await freshPostgres()));
    afterEach(() => server.close());

    it('copies a platform there and back, as docs/operate.md says', async () => {
      await ask(2);
      writeConfig(folder, 'agent-factory.postgres.yaml', {
        use: '@agent-factory/plugin-storage-postgres',
        config: { url: '${env:DATABASE_URL}' },
      });
      const [, line = ''] = /^agent-factory (storage copy --to \S+)$/m.exec(guide) ?? [];
      const env = { DATABASE_URL: server.url };
      const there = await af(folder, line.split(' '), env);
      assert.equal(there.code, 0, there.stderr);
      assert.match(there.stdout, /copied, and found equal/);
      writeConfig(folder, 'back.json', sqlite);
      const back = await af(
        folder,
        ['-c', 'agent-factory.postgres.yaml', 'storage', 'copy', '--to', 'back.json'],
        env,
      );
      assert.equal(back.code, 0, back.stderr);
      const rowsIn = (text: string): string => /^(\d+) rows/.exec(text)?.[1] ?? text;
      assert.equal(rowsIn(back.stdout), rowsIn(there.stdout));
      await done('-c', 'back.json', 'run', 'sayer', 'Still there?');
    });

    it('takes jobs along that wait, and those that are dead', async () => {
      const jobs = { use: '@agent-factory/plugin-jobs-local' };
      const postgres = {
        use: '@agent-factory/plugin-storage-postgres',
        config: { url: '${env:DATABASE_URL}' },
      };
      writeConfig(folder, 'agent-factory.config.json', sqlite, [jobs]);
      writeConfig(folder, 'there.json', postgres, [jobs]);
      writeConfig(folder, 'back.json', sqlite, [jobs]);
      const inJobs = async <T>(name: string, work: (kernel: TestKernel) => Promise<T>): Promise<T> => {
        const dataDir = join(folder, `state-${name}`);
        const kernel = await bootTestKernel({ plugins: [sqlite, jobs], dataDir });
        return work(kernel).finally(() => kernel.close());
      };
      const states = (kernel: TestKernel) => async () =>
        (await kernel.use(JobControl).list({})).map(({ id, state, data }) => ({ id, state, data }));
      const before = await inJobs('agent-factory.config.json', async (kernel) => {
        await kernel.use(Jobs).work('q', async () => {
          throw new Error('no');
        });
        await kernel.use(Jobs).enqueue([
          { queue: 'q', data: { n: 1 }, attempts: 1 },
          { queue: 'later', data: { n: 2 }, delayMs: 86_400_000 },
        ]);
        const list = states(kernel);
        await waitFor('one to be dead', async () => (await list()).some(({ state }) => state === 'dead'));
        return list();
      });
      const env = { DATABASE_URL: server.url };
      for (const [from, to] of [
        ['agent-factory.config.json', 'there.json'],
        ['there.json', 'back.json'],
      ] as const) {
        const { code, stderr } = await af(folder, ['-c', from, 'storage', 'copy', '--to', to], env);
        assert.equal(code, 0, stderr);
      }
      assert.deepEqual(await inJobs('back.json', (kernel) => states(kernel)()), before);
    });
  });
});
