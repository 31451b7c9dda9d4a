import assert from 'node:assert/strict';
import { HttpServer } from '@agent-factory/sdk/contracts';
import { rollBack } from '@agent-factory/sdk/testing';
import { sqlEngines } from '@agent-factory/test-servers';
import { browserOf, good, openSessions, textOf, type SessionPlatform } from './support/session-platform.ts';

for (const [name, open] of Object.entries(sqlEngines)) {
  describe(`auth-session on ${name}`, () => {
    let on: SessionPlatform;
    before(async function () {
      this.timeout(60_000);
      on = await openSessions(open);
    });
    after(() => on?.close());

    it('makes the owner at the first start, with a link that holds once', async () => {
      const owner = await on.accounts.account('owner@localhost');
      assert.deepEqual(
        (await on.accounts.memberships(owner?.id ?? '')).map(({ roles }) => roles),
        [['tenant-admin', 'platform-admin']],
      );
      const [kept] = await on.storage.query<{ account: string; hash: string }>(
        'SELECT account, hash FROM af_auth_session_invitations',
      );
      assert.equal(kept?.account, owner?.id);
      const token = await on.invited(owner?.id ?? '');
      const weak = await on.ask('POST', 'auth/accept', { body: { token, password: 'short' } });
      assert.equal(weak[1]['code'], 'AF_SESSION_PASSWORD_WEAK');
      const browser = browserOf(await on.ask('POST', 'auth/accept', { body: { token, password: good } }));
      assert.equal((await on.ask('GET', 'tenants', { browser }))[0], 200);
      const again = await on.ask('POST', 'auth/accept', { body: { token, password: `${good}!` } });
      assert.deepEqual([again[0], again[1]['code']], [400, 'AF_SESSION_INVITATION_INVALID']);
    });

    it('shows a page behind the link in which nothing foreign can run', async () => {
      const answer = await fetch(`${on.kernel.use(HttpServer).url()}/api/v1/auth/accept`);
      assert.match(answer.headers.get('content-type') ?? '', /^text\/html/);
      assert.match(
        answer.headers.get('content-security-policy') ?? '',
        /default-src 'none'; script-src 'sha256-/,
      );
      assert.match(await answer.text(), /Set your password/);
    });

    it('logs in, with a cookie that scripts and other sites do not get', async () => {
      const { email, id } = await on.person('acme', 'viewer');
      const answer = await on.login(email.toUpperCase(), good);
      const [cookie = ''] = answer[2].getSetCookie();
      assert.match(
        cookie,
        /^__Host-af-session=[\w.-]+; Path=\/; Max-Age=604800; HttpOnly; SameSite=Lax; Secure$/,
      );
      const [status, me] = await on.ask('GET', 'me', { browser: browserOf(answer) });
      assert.deepEqual([status, me['id'], me['tenant'], me['credential']], [200, id, 'acme', 'session']);
    });

    it('answers alike for a wrong password, an email nobody has, an id, and a disabled account', async () => {
      const { email, id } = await on.person('acme', 'viewer');
      const disabled = await on.person('acme', 'viewer');
      await on.accounts.disable(disabled.id, true);
      const answers = [
        await on.login(email, 'wrong'),
        await on.login('nobody@example.com', good),
        await on.login(id, good),
        await on.login(disabled.email, good),
      ];
      for (const [status, body] of answers) {
        const { instance: _own, ...rest } = body;
        const { instance: _other, ...first } = answers[0]?.[1] ?? {};
        assert.deepEqual([status, rest], [401, first]);
      }
      assert.equal((await on.ask('GET', 'me', { browser: disabled }))[0], 401);
    });

    it('takes the next wrong try later and later, whoever it is for, and a right one clears it', async () => {
      const { email } = await on.person('acme', 'viewer');
      for (const who of [email, 'nobody-else@example.com']) {
        const codes: unknown[] = [];
        for (let tries = 0; tries < 5; tries += 1) codes.push((await on.login(who, 'wrong'))[1]['code']);
        await on.passes(-60_000); // however slow this machine is, the time to wait is not over
        codes.push((await on.login(who, 'wrong'))[1]['code']);
        assert.deepEqual(codes, [...Array(5).fill('AF_SESSION_LOGIN_FAILED'), 'AF_SESSION_TOO_MANY']);
        assert.equal((await on.login(who, good))[0], 429); // a right one waits too, or waiting would mean nothing
      }
      await on.passes(130_000);
      assert.equal((await on.login(email, good))[0], 200);
      assert.equal((await on.login(email, 'wrong'))[1]['code'], 'AF_SESSION_LOGIN_FAILED');
    });

    it('takes no more of many tries at the same moment than of as many one by one', async () => {
      const answers = await Promise.all(
        Array.from({ length: 12 }, () => on.login('storm@example.com', 'wrong')),
      );
      const codes = answers.map(([, { code }]) => code).filter((code) => code !== 'AF_SESSION_TOO_MANY');
      assert.deepEqual(codes, Array(5).fill('AF_SESSION_LOGIN_FAILED'));
    });

    it('lets an administrator invite members, but never become somebody of another tenant', async () => {
      const admin = await on.person('acme', 'tenant-admin');
      const added = await on.ask('POST', 'members', {
        browser: admin,
        body: { kind: 'user', name: 'New', email: on.newEmail(), roles: ['viewer'] },
      });
      const account = Object(added[1]['account']) as { id: string };
      const [status, { url }] = await on.ask('POST', `members/${account.id}/invitation`, { browser: admin });
      assert.equal(status, 201);
      const token = textOf(url).split('#')[1] ?? '';
      browserOf(await on.ask('POST', 'auth/accept', { body: { token, password: good } }));
      const invite = async (id: string): Promise<unknown> =>
        (await on.ask('POST', `members/${id}/invitation`, { browser: admin }))[1]['code'];
      assert.equal(await invite(account.id), 'AF_SESSION_INVITATION_REFUSED'); // has a password by now
      const theirs = await on.person('globex', 'viewer');
      assert.equal(await invite(theirs.id), 'AF_SESSION_INVITATION_REFUSED');
      const taken = { kind: 'user', name: 'Taken', email: theirs.email, roles: ['viewer'] };
      const [refused, { code }] = await on.ask('POST', 'members', { browser: admin, body: taken });
      assert.deepEqual([refused, code], [409, 'AF_ACCOUNTS_EMAIL_TAKEN']);
      await on.accounts.setMember('acme', theirs.id, { roles: ['viewer'] }); // as who manages accounts can
      assert.equal(await invite(theirs.id), 'AF_SESSION_INVITATION_REFUSED');
      const above = await on.accounts.create({
        kind: 'user',
        name: 'Above',
        email: on.newEmail(),
      });
      await on.accounts.setMember('acme', above.id, { roles: ['tenant-admin', 'platform-admin'] });
      assert.equal(await invite(above.id), 'AF_ACCESS_GRANT_TOO_WIDE');
    });

    it('takes no link that whoever made it could not make any more', async () => {
      const admin = await on.person('acme', 'tenant-admin');
      const invited = async (): Promise<readonly [id: string, token: string]> => {
        const { id } = await on.accounts.create({ kind: 'user', name: 'New', email: on.newEmail() });
        await on.accounts.setMember('acme', id, { roles: ['viewer'] });
        const [, { url }] = await on.ask('POST', `members/${id}/invitation`, { browser: admin });
        return [id, textOf(url).split('#')[1] ?? ''];
      };
      const accept = async (token: string): Promise<unknown> =>
        (await on.ask('POST', 'auth/accept', { body: { token, password: good } }))[1]['code'];
      const [grown, elsewhere, left] = [await invited(), await invited(), await invited()];
      await on.accounts.setMember('acme', grown[0], { roles: ['viewer', 'platform-admin'] }); // more than the maker
      await on.accounts.setMember('globex', elsewhere[0], { roles: ['viewer'] }); // of another tenant by now
      for (const [, token] of [grown, elsewhere])
        assert.equal(await accept(token), 'AF_SESSION_INVITATION_INVALID');
      await on.accounts.setMember('acme', admin.id, { roles: ['viewer'] });
      assert.equal(await accept(left[1]), 'AF_SESSION_INVITATION_INVALID');
      await on.accounts.setMember('acme', admin.id, { roles: ['tenant-admin'] });
      assert.equal(await accept(left[1]), undefined);
    });

    it('keeps no password, cookie or token', async () => {
      const one = await on.person('acme', 'viewer');
      for (const table of ['passwords', 'sessions', 'invitations']) {
        const rows = JSON.stringify(await on.storage.query(`SELECT * FROM af_auth_session_${table}`));
        assert.ok(!rows.includes(good) && !rows.includes(one.cookie.split('.')[1] ?? 'x'), table);
      }
    });

    describe('at the end', () => {
      it('has a way back', async () => {
        assert.deepEqual(await rollBack(on.kernel, 'auth-session', 'platform'), ['create-sessions']);
      });
    });
  });
}
