import assert from 'node:assert/strict';
import { rollBack, runTask } from '@agent-factory/sdk/testing';
import { sqlEngines } from '@agent-factory/test-servers';
import { OidcPlatform, somebody } from './support/oidc-platform.ts';

for (const engine of Object.keys(sqlEngines)) {
  describe(`auth-oidc on ${engine}`, () => {
    let on: OidcPlatform;
    before(async function () {
      this.timeout(60_000);
      on = await OidcPlatform.open(engine);
    });
    after(() => on?.close());

    it('tells whom one can log in with', async () => {
      const { body } = await on.browser().go(on.url('auth/oidc'));
      assert.deepEqual(Object(Object(body['providers'])[2]), {
        id: 'github',
        name: 'GitHub',
        login: '/api/v1/auth/oidc/github',
      });
    });

    it('lets in who was invited, by a proven email, and from then on by what the provider calls them', async () => {
      const id = await on.invited('ann@example.com');
      const browser = on.browser();
      const page = await on.login(somebody('ann', 'Ann@Example.com'), 'trusted', browser);
      assert.deepEqual([page.status, page.url, page.body['id']], [200, on.url('me'), id]);
      assert.equal(page.body['credential'], 'session');
      // People change their email at a provider, and who has it next is somebody else.
      const again = await on.login(somebody('ann', 'ann@new.example'));
      assert.equal(again.body['id'], id);
      const next = await on.login(somebody('other-ann', 'ann@example.com'));
      assert.deepEqual([next.status, next.body['code']], [403, 'AF_OIDC_NOT_LINKED']);
      const { body } = await on.ask(browser, 'GET', 'auth/identities');
      const [only, ...others] = body['identities'] as { provider: string; label: string }[];
      assert.deepEqual([only?.provider, only?.label, others.length], ['trusted', 'ann@example.com', 0]);
    });

    it('sends along chance that nobody can guess, and no secret', async () => {
      const browser = on.browser();
      await on.login(somebody('ann'), 'trusted', browser);
      const sent = new URL(browser.visited.find((url) => url.startsWith(on.openid.issuer)) ?? '');
      for (const name of ['state', 'nonce', 'code_challenge'])
        assert.ok((sent.searchParams.get(name) ?? '').length >= 43, name);
      assert.equal(sent.searchParams.get('code_challenge_method'), 'S256');
      assert.ok(!sent.href.includes('client_secret'));
    });

    it('lands where the person wanted to go, and nowhere outside of this server', async () => {
      on.openid.person = somebody('ann');
      const wanted = encodeURIComponent('/api/v1/health?x=1');
      const page = await on.browser().go(`${on.url('auth/oidc/trusted')}?returnTo=${wanted}`);
      assert.equal(page.url, `${on.url('health')}?x=1`);
      for (const evil of [
        '//evil.example',
        '/\\evil.example',
        'https://evil.example',
        '/\t/evil.example',
        'x',
      ]) {
        const { status, body } = await on
          .browser()
          .go(`${on.url('auth/oidc/trusted')}?returnTo=${encodeURIComponent(evil)}`);
        assert.deepEqual([status, body['code']], [400, 'AF_HTTP_REQUEST_INVALID'], evil);
      }
    });

    it('says so where the person does not agree, a provider cannot be reached, or there is none', async () => {
      const refused = await on.login(undefined);
      assert.deepEqual([refused.status, refused.body['code']], [403, 'AF_OIDC_REFUSED']);
      const gone = await on.login(somebody('ann'), 'gone');
      assert.deepEqual([gone.status, gone.body['code']], [502, 'AF_OIDC_PROVIDER_FAILED']);
      const none = await on.login(somebody('ann'), 'none');
      assert.deepEqual([none.status, none.body['code']], [404, 'AF_OIDC_PROVIDER_UNKNOWN']);
    });

    it('lets nobody in whose account is disabled, or was taken out of its tenant', async () => {
      const disabled = await on.invited('dora@example.com');
      assert.equal((await on.login(somebody('dora'))).status, 200);
      await on.accounts.disable(disabled, true);
      assert.equal((await on.login(somebody('dora'))).body['code'], 'AF_OIDC_ACCOUNT_REFUSED');
    });

    it('leaves an entry in the audit log for each login, and for each that was refused', async () => {
      const id = await on.invited('eve@example.com');
      await on.login(somebody('eve'));
      await on.login(somebody('unknown'));
      const [refused, done] = await on.logins();
      assert.deepEqual([done?.outcome, done?.target], ['done', id]);
      assert.deepEqual([refused?.outcome, refused?.code], ['refused', 'AF_OIDC_NOT_LINKED']);
    });

    it('forgets logins that nobody came back from', async () => {
      await on.browser().go(on.url('auth/oidc/trusted'), () => true);
      await on.storage.execute('UPDATE af_auth_oidc_attempts SET expires_at = 1');
      const { removed } = await runTask(on.kernel, 'auth-oidc-sweep');
      assert.ok(Number(removed) >= 1);
    });

    describe('at the end', () => {
      it('has a way back', async () => {
        assert.deepEqual(await rollBack(on.kernel, 'auth-oidc', 'platform'), ['create-identities']);
      });
    });
  });
}
