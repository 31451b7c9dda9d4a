import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { AuditLog, TenantStorage } from '@agent-factory/sdk/contracts';
import { bootTestKernel, type TestKernel } from '@agent-factory/sdk/testing';
import { af, cleanUp, tempFolder } from './support/agent-factory.ts';

const plugins = join(dirname(dirname(import.meta.dirname)), '../plugins');

describe('agent-factory audit', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(async () => {
    folder = tempFolder();
    const use = ['storage-sqlite', 'audit-sql', 'http-api'].map((id) => `@agent-factory/plugin-${id}`);
    writeFileSync(
      join(folder, 'agent-factory.config.json'),
      JSON.stringify({ dataDir: './state', plugins: use }),
    );
    await inPlatform(async (kernel) => {
      await kernel.use(TenantStorage).create('acme');
      for (const tenant of ['acme', undefined])
        for (const outcome of ['done', 'refused', 'done'] as const)
          await kernel.use(AuditLog).chain(tenant).record({
            at: 1_764_374_400_000,
            who: 'ann',
            action: 'putAgent',
            target: '/api/v1/agents/guide',
            outcome,
            requestId: 'r1',
          });
    });
  });
  afterEach(cleanUp);

  async function inPlatform(work: (kernel: TestKernel) => Promise<void>): Promise<void> {
    const kernel = await bootTestKernel({
      plugins: [join(plugins, 'storage-sqlite'), join(plugins, 'audit-sql')],
      dataDir: join(folder, 'state'),
    });
    try {
      await work(kernel);
    } finally {
      await kernel.close();
    }
  }
  const inTenant = (sql: string): Promise<void> =>
    inPlatform(async (kernel) => {
      await (await kernel.use(TenantStorage).tenant('acme')).execute(sql);
    });

  it('lists entries, verifies all chains, and says which entry was altered', async () => {
    const listed = await af(folder, ['audit', 'list', '--tenant', 'acme', '--outcome', 'refused']);
    assert.match(
      listed.stdout,
      /^2\s+2025-11-29T00:00:00\.000Z\s+ann\s+putAgent\s+refused\s+\/api\/v1\/agents\/guide$/m,
    );
    const whole = await af(folder, ['audit', 'verify']);
    assert.equal(whole.code, 0, whole.stderr);
    assert.match(whole.stdout, /the platform: 3 entries, head [0-9a-f]{64}\n.*tenant acme: 3 entries/);
    await inTenant("UPDATE af_audit_sql_entries SET who = 'eve' WHERE seq = 2");
    const altered = await af(folder, ['audit', 'verify']);
    assert.equal(altered.code, 1);
    assert.match(altered.stdout, /tenant acme: entry 2 is not as it was written/);
  });

  it('sees against heads written down before that an end was cut off', async () => {
    const before = await af(folder, ['audit', 'verify', '--json']);
    writeFileSync(join(folder, 'heads.json'), before.stdout);
    await inTenant('DELETE FROM af_audit_sql_entries WHERE seq = 3');
    assert.equal((await af(folder, ['audit', 'verify'])).code, 0); // by itself it cannot know
    const against = await af(folder, ['audit', 'verify', '--heads', 'heads.json']);
    assert.equal(against.code, 1);
    assert.match(against.stdout, /tenant acme: the chain ends at 2, before the head 3/);
    writeFileSync(join(folder, 'heads.json'), '{}');
    const wrong = await af(folder, ['audit', 'verify', '--heads', 'heads.json']);
    assert.match(wrong.stderr, /AF_CLI_AUDIT_HEADS/);
  });

  it('has an entry for what a command changed, and for one that failed', async () => {
    assert.equal((await af(folder, ['storage', 'erase-tenant', 'acme'])).code, 1);
    assert.equal((await af(folder, ['storage', 'erase-tenant', 'acme', '--yes'])).code, 0);
    assert.equal((await af(folder, ['storage', 'status'])).code, 0);
    assert.equal((await af(folder, ['plugin', 'rollback', '--list'])).code, 0);
    const { stdout } = await af(folder, ['audit', 'list', '--action', 'cli:storage erase-tenant', '--json']);
    const noted = JSON.parse(stdout) as readonly Record<string, unknown>[]; // as --json prints them
    assert.deepEqual(
      noted.map(({ outcome, target, code }) => [outcome, target, code]),
      [
        ['done', 'acme', undefined],
        ['failed', 'acme', 'AF_CLI_NOT_CONFIRMED'],
      ],
    );
    assert.match(String(noted[0]?.['who']), /^cli:./);
    const all = await af(folder, ['audit', 'list', '--json']);
    assert.equal((JSON.parse(all.stdout) as readonly unknown[]).length, 5); // three were there
  });

  it('has an entry for a permission that was to be taken away', async () => {
    assert.equal((await af(folder, ['plugin', 'revoke', 'weather', 'net'])).code, 1);
    const { stdout } = await af(folder, ['audit', 'list', '--action', 'cli:plugin revoke', '--json']);
    const noted = JSON.parse(stdout) as readonly Record<string, unknown>[]; // as --json prints them
    assert.deepEqual(
      noted.map(({ outcome, target, code }) => [outcome, target, code]),
      [['failed', 'weather net', 'AF_CLI_NOT_GRANTED']],
    );
  });

  it('says what to add where no audit log is configured', async () => {
    const file = join(folder, 'agent-factory.config.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace('"@agent-factory/plugin-audit-sql",', ''));
    const { code, stderr } = await af(folder, ['audit', 'verify']);
    assert.equal(code, 1);
    assert.match(stderr, /"audit-log"[^]*plugin-audit-sql[^]*AF_CLI_NO_STORAGE/);
  });
});
