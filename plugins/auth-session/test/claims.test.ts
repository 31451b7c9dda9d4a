import assert from 'node:assert/strict';
import { LoginSessions } from '@agent-factory/sdk/contracts';
import { rejectsWith } from '@agent-factory/sdk/testing';
import { totpCode } from '../src/totp.ts';
import { sqlEngines } from '@agent-factory/test-servers';
import { good, openSessions, textOf, unbase32, type SessionPlatform } from './support/session-platform.ts';

const login = 'a login elsewhere';

for (const [name, open] of Object.entries(sqlEngines)) {
  describe(`who is first in with an account, on ${name}`, () => {
    let on: SessionPlatform;
    let sessions: LoginSessions;
    before(async function () {
      this.timeout(60_000);
      on = await openSessions(open);
      sessions = on.kernel.use(LoginSessions);
    });
    after(() => on?.close());

    /** An account with a link to set its password. */
    const invited = async (): Promise<{ readonly id: string; readonly token: string }> => {
      const email = on.newEmail();
      const { id } = await on.accounts.create({ kind: 'user', name: email, email });
      await on.accounts.setMember('acme', id, { roles: ['viewer'] });
      return { id, token: await on.invited(id) };
    };
    const accept = async (token: string): Promise<unknown> =>
      (await on.ask('POST', 'auth/accept', { body: { token, password: good } }))[1]['code'];

    it('is one of a link and a login, whichever comes first', async () => {
      const byLink = await invited();
      assert.equal(await accept(byLink.token), undefined);
      assert.equal(await sessions.claim(byLink.id, login), false);
      const byLogin = await invited();
      assert.equal(await sessions.claim(byLogin.id, login), true);
      assert.equal(await accept(byLogin.token), 'AF_SESSION_INVITATION_INVALID');
      assert.equal(await sessions.hasPassword(byLogin.id), false);
    });

    it('is one of them also where both come at the same moment', async () => {
      for (let round = 0; round < 6; round += 1) {
        const { id, token } = await invited();
        const both = [accept(token), sessions.claim(id, login)] as const;
        const [refusal, isClaimed] = await Promise.all(both);
        assert.equal(refusal, isClaimed ? 'AF_SESSION_INVITATION_INVALID' : undefined);
        assert.equal(await sessions.hasPassword(id), !isClaimed);
      }
    });

    it('is one login of several, and the same again where it was interrupted', async () => {
      const { id } = await invited();
      const logins = ['first', 'second', 'third', 'fourth'];
      const claimed = await Promise.all(logins.map((one) => sessions.claim(id, one)));
      assert.equal(claimed.filter(Boolean).length, 1);
      const winner = logins[claimed.indexOf(true)] ?? '';
      assert.equal(await sessions.claim(id, winner), true);
    });

    it('proves a second factor where there is one, slower and slower after wrong codes', async () => {
      const one = await on.person('acme', 'viewer');
      await sessions.checkSecondFactor(one.id, undefined);
      const begun = await on.ask('POST', 'auth/second-factor', { browser: one, body: { password: good } });
      const bytes = unbase32(textOf(begun[1]['secret']));
      const now = Math.floor(Date.now() / 30_000);
      const code = (step: number): string => totpCode(bytes, now + step);
      const confirmed = await on.ask('POST', 'auth/second-factor/confirm', {
        browser: one,
        body: { code: code(0) },
      });
      assert.equal(confirmed[0], 200);
      await rejectsWith(sessions.checkSecondFactor(one.id, undefined), 'AF_SESSION_CODE_NEEDED');
      await sessions.checkSecondFactor(one.id, code(1));
      for (let tries = 0; tries < 5; tries += 1)
        await rejectsWith(sessions.checkSecondFactor(one.id, code(50)), 'AF_SESSION_CODE_WRONG');
      await rejectsWith(sessions.checkSecondFactor(one.id, code(2)), 'AF_SESSION_TOO_MANY');
    });
  });
}
