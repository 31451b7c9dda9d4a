import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { HttpServer } from '@agent-factory/sdk/contracts';
import { bootTestKernel } from '@agent-factory/sdk/testing';
import { af, cleanUp, tempFolder, type Outcome } from './support/agent-factory.ts';

const plugins = join(dirname(dirname(import.meta.dirname)), '../plugins');
const used = ['storage-sqlite', 'accounts-sql', 'auth-api-key', 'audit-sql'];

describe('agent-factory key and auth', function () {
  this.timeout(60_000);
  let folder: string;
  beforeEach(() => {
    folder = tempFolder();
    configure([...used, 'http-api']);
  });
  afterEach(cleanUp);

  function configure(ids: readonly string[]): void {
    const use = ids.map((id) => `@agent-factory/plugin-${id}`);
    writeFileSync(
      join(folder, 'agent-factory.config.json'),
      JSON.stringify({ dataDir: './state', plugins: use }),
    );
  }

  /** What the platform answers to whoever brings a key. */
  async function me(
    key: string,
  ): Promise<{ readonly status: number; readonly body: Record<string, unknown> }> {
    const kernel = await bootTestKernel({
      plugins: [
        ...used.map((id) => join(plugins, id)),
        { use: join(plugins, 'http-api'), config: { port: 0 } },
      ],
      dataDir: join(folder, 'state'),
    });
    try {
      const answer = await fetch(`${kernel.use(HttpServer).url()}/api/v1/me`, {
        headers: { authorization: `Bearer ${key}` },
      });
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }; // JSON, as it says
    } finally {
      await kernel.close();
    }
  }

  it('makes the first key of a platform, which gets in, and takes it back', async () => {
    const made = await af(folder, [
      'key',
      'create',
      'ann@example.com',
      '--role',
      'tenant-admin',
      '--expires',
      '90d',
    ]);
    assert.equal(made.code, 0, made.stderr);
    const secret = made.stdout.trim();
    assert.match(secret, /^af_[0-9A-Za-z]{12}_[0-9A-Za-z]{38}$/); // alone, for scripts
    const { status, body } = await me(secret);
    assert.deepEqual([status, body['tenant'], body['credential']], [200, 'default', 'api-key']);

    const id = secret.split('_')[1] ?? '';
    const listed = await af(folder, ['key', 'list']);
    assert.match(listed.stdout, new RegExp(`^${id}\\s+usr_\\S+\\s+until 20\\d\\d-`, 'm'));
    assert.ok(!listed.stdout.includes(secret));
    assert.equal((await af(folder, ['key', 'revoke', id])).code, 0);
    assert.equal((await me(secret)).status, 401);

    const noted = await af(folder, ['audit', 'list', '--json']);
    assert.ok(!noted.stdout.includes(secret));
    const entries = JSON.parse(noted.stdout) as readonly Record<string, unknown>[]; // as --json prints them
    assert.deepEqual(
      entries
        .filter(({ who }) => String(who).startsWith('cli:'))
        .map(({ action, target }) => [action, target]),
      [
        ['cli:key revoke', id],
        ['cli:key create', 'ann@example.com'],
      ],
    );
  });

  it('makes an account of its own for a program, with no more than it is to have', async () => {
    const args = ['key', 'create', '--role', 'service', '--scope', 'me:read', '--name', 'import', '--json'];
    const { stdout, stderr } = await af(folder, args);
    const { key, secret } = JSON.parse(stdout || stderr) as { key: Record<string, unknown>; secret: string }; // as --json prints it
    assert.deepEqual([key['name'], key['scopes'], key['createdBy']], ['import', ['me:read'], 'command-line']);
    const { body } = await me(secret);
    assert.deepEqual([body['kind'], body['permissions']], ['service', ['me:read']]);
  });

  it('says why somebody may do something, or may not, by email', async () => {
    await af(folder, ['key', 'create', 'ann@example.com', '--role', 'viewer']);
    const may = await af(folder, ['auth', 'explain', 'ann@example.com', 'me:read']);
    assert.equal(may.code, 0, may.stderr);
    assert.match(may.stdout, /^allowed\n {2}The role viewer of usr_\S+ has me:read\./);
    const mayNot = await af(folder, ['auth', 'explain', 'ann@example.com', 'members:write']);
    assert.equal(mayNot.code, 1);
    assert.match(mayNot.stdout, /^not allowed\n.*\n {2}Roles that have it: tenant-admin\./);
    const unknown = await af(folder, ['auth', 'explain', 'bob@example.com', 'plugins:read', '--json']);
    assert.match(unknown.stdout, /"bob@example\.com is no member/);
  });

  it('refuses what makes no sense, and leaves nothing half done', async () => {
    const refused = async (...args: string[]): Promise<Outcome> => {
      const outcome = await af(folder, ['key', ...args]);
      assert.deepEqual([outcome.code, outcome.stdout], [1, ''], outcome.stderr);
      return outcome;
    };
    assert.match((await refused('create')).stderr, /a new account is no member[^]*Add --role/);
    assert.match((await refused('create', 'nobody', '--role', 'viewer')).stderr, /there is no "nobody"/);
    assert.match((await refused('create', 'a@b.example', '--role', 'king')).stderr, /no role "king"/);
    assert.match((await refused('create', 'a@b.example', '--tenant', 'none')).stderr, /AF_TENANT_UNKNOWN/);
    const tooLong = ['create', 'a@b.example', '--role', 'viewer', '--expires', '9999d'];
    assert.match((await refused(...tooLong)).stderr, /AF_API_KEY_EXPIRY/);
    assert.match((await refused('create', 'a@b.example')).stderr, /"a@b\.example" is no member/); // not let in for nothing
    assert.match((await refused('revoke', '000000000000')).stderr, /AF_API_KEY_UNKNOWN/);
  });

  it('says what to add where no keys are configured', async () => {
    configure(['storage-sqlite', 'accounts-sql', 'http-api']);
    const { code, stderr } = await af(folder, ['key', 'list']);
    assert.equal(code, 1);
    assert.match(stderr, /"api-keys"[^]*plugin-auth-api-key/);
  });
});
