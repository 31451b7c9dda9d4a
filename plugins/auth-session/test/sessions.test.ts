import assert from 'node:assert/strict';
import { totpCode } from '../src/totp.ts';
import { runTask, type ApiAnswer } from '@agent-factory/sdk/testing';
import { sqlEngines } from '@agent-factory/test-servers';
import {
  browserOf,
  good,
  openSessions,
  sessionId,
  textOf,
  unbase32,
  type SessionPlatform,
} from './support/session-platform.ts';

for (const [name, open] of Object.entries(sqlEngines)) {
  describe(`sessions on ${name}`, () => {
    let on: SessionPlatform;
    before(async function () {
      this.timeout(60_000);
      on = await openSessions(open);
    });
    after(() => on?.close());

    it('takes a change only together with the token of the session', async () => {
      const mine = await on.person('acme', 'viewer');
      const other = await on.person('acme', 'viewer');
      for (const csrf of ['', 'wrong', other.csrf]) {
        const [status, { code }] = await on.ask('POST', 'auth/logout', { browser: { ...mine, csrf } });
        assert.deepEqual([status, code], [403, 'AF_SESSION_CSRF']);
      }
      const [, session] = await on.ask('GET', 'auth/session', { browser: mine });
      assert.equal(session['csrfToken'], mine.csrf);
      const headers = { origin: 'https://evil.example' };
      assert.equal(
        (await on.ask('POST', 'auth/logout', { browser: mine, headers }))[1]['code'],
        'AF_HTTP_CROSS_SITE',
      );
      assert.equal((await on.ask('GET', 'me', { browser: mine }))[0], 200);
    });

    it('ends with a logout, by itself in time, and when another session ends it', async () => {
      const one = await on.person('acme', 'viewer');
      const two = browserOf(await on.login(one.email, good));
      const [, { sessions }] = await on.ask('GET', 'auth/sessions', { browser: one });
      assert.deepEqual(
        (sessions as { current: boolean }[]).map(({ current }) => current),
        [false, true],
      );
      assert.equal((await on.ask('POST', 'auth/logout', { browser: two }))[0], 200);
      assert.equal((await on.ask('GET', 'me', { browser: two }))[0], 401);
      const three = browserOf(await on.login(one.email, good));
      const id = sessionId(three);
      assert.equal((await on.ask('DELETE', `auth/sessions/${id}`, { browser: one }))[0], 200);
      assert.equal((await on.ask('GET', 'me', { browser: three }))[0], 401);
      const foreign = await on.person('acme', 'viewer');
      const theirs = sessionId(foreign);
      assert.equal(
        (await on.ask('DELETE', `auth/sessions/${theirs}`, { browser: one }))[1]['code'],
        'AF_SESSION_UNKNOWN',
      );

      const late = browserOf(await on.login(one.email, good));
      const lateId = sessionId(late);
      await on.storage.execute(
        'UPDATE af_auth_session_sessions SET seen_at = seen_at - 28800001 WHERE id = ?',
        [lateId],
      );
      assert.equal((await on.ask('GET', 'me', { browser: late }))[0], 401);
      await on.storage.execute(
        'UPDATE af_auth_session_sessions SET seen_at = seen_at - 100000 WHERE id = ?',
        [lateId],
      );
      const { removed } = await runTask(on.kernel, 'auth-session-sweep');
      assert.ok(Number(removed) >= 1);
    });

    it('changes a password with the one before, and ends all other sessions and links', async () => {
      const one = await on.person('acme', 'viewer');
      const token = await on.invited(one.id);
      const two = browserOf(await on.login(one.email, good));
      const change = (current: string, next: string): Promise<ApiAnswer> =>
        on.ask('POST', 'auth/password', { browser: one, body: { current, next } });
      assert.equal((await change('wrong', 'another long password'))[1]['code'], 'AF_SESSION_LOGIN_FAILED');
      assert.equal((await change(good, one.email))[1]['code'], 'AF_SESSION_PASSWORD_WEAK');
      assert.equal((await change(good, 'another long password'))[0], 200);
      assert.equal((await on.ask('GET', 'me', { browser: one }))[0], 200);
      assert.equal((await on.ask('GET', 'me', { browser: two }))[0], 401);
      assert.equal((await on.login(one.email, good))[0], 401);
      assert.equal((await on.login(one.email, 'another long password'))[0], 200);
      const accepted = await on.ask('POST', 'auth/accept', { body: { token, password: good } });
      assert.equal(accepted[1]['code'], 'AF_SESSION_INVITATION_INVALID');
    });

    it('asks for a second factor once it is in force, and takes each code once', async () => {
      const one = await on.person('acme', 'viewer');
      const [, { secret }] = await on.ask('POST', 'auth/second-factor', {
        browser: one,
        body: { password: good },
      });
      assert.equal((await on.login(one.email, good))[0], 200); // not in force yet
      const bytes = unbase32(textOf(secret));
      const step = Math.floor(Date.now() / 30_000);
      const confirm = (code: string): Promise<ApiAnswer> =>
        on.ask('POST', 'auth/second-factor/confirm', { browser: one, body: { code } });
      const far = totpCode(bytes, step + 5);
      assert.equal((await confirm(far))[1]['code'], 'AF_SESSION_CODE_WRONG');
      assert.equal((await confirm(totpCode(bytes, step)))[0], 200);
      assert.equal((await on.login(one.email, good))[1]['code'], 'AF_SESSION_CODE_NEEDED');
      // Codes of the next half minute hold too, so it does not matter when exactly this runs.
      assert.equal(
        (await on.login(one.email, good, totpCode(bytes, step)))[1]['code'],
        'AF_SESSION_CODE_WRONG',
      );
      assert.equal((await on.login(one.email, good, totpCode(bytes, step + 1)))[0], 200);
      assert.equal(
        (await on.login(one.email, good, totpCode(bytes, step + 1)))[1]['code'],
        'AF_SESSION_CODE_WRONG',
      );
      const rows = await on.storage.query('SELECT * FROM af_auth_session_totps');
      assert.doesNotMatch(JSON.stringify(rows), new RegExp(textOf(secret)));
      const remove = { browser: one, body: { password: good } };
      assert.equal((await on.ask('POST', 'auth/second-factor/remove', remove))[0], 200);
      assert.equal((await on.login(one.email, good))[0], 200);
    });

    it('acts for the tenant that is asked for, where one belongs to it', async () => {
      const one = await on.person('acme', 'viewer');
      const tenant = (id: string): Promise<ApiAnswer> =>
        on.ask('GET', 'me', { browser: one, headers: { 'x-tenant': id } });
      assert.equal((await tenant('globex'))[1]['code'], 'AF_ACCESS_TENANT_REFUSED');
      await on.accounts.setMember('globex', one.id, { roles: ['builder'] });
      const [, me] = await tenant('globex');
      assert.deepEqual([me['tenant'], me['tenants']], ['globex', ['acme', 'globex']]);
      await on.accounts.removeMember('globex', one.id);
      assert.equal((await tenant('globex'))[0], 403);
    });
  });
}
