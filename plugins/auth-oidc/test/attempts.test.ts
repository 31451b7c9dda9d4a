import assert from 'node:assert/strict';
import { sqlEngines } from '@agent-factory/test-servers';
import type { Browser } from './support/browser.ts';
import { OidcPlatform, somebody } from './support/oidc-platform.ts';

const invalid = 'AF_OIDC_ATTEMPT_INVALID';

for (const engine of Object.keys(sqlEngines)) {
  describe(`a login under way, on ${engine}`, () => {
    let on: OidcPlatform;
    before(async function () {
      this.timeout(60_000);
      on = await OidcPlatform.open(engine);
      for (const name of ['ann', 'mal']) await on.invited(`${name}@example.com`);
    });
    after(() => on?.close());

    /** Goes as far as the provider's answer, which is not brought back. */
    const answerFor = async (name: string, browser: Browser, provider = 'trusted'): Promise<URL> => {
      on.openid.person = somebody(name);
      browser.forget(on.openid.issuer);
      const { url } = await browser.go(on.url(`auth/oidc/${provider}`), (next) => next.includes('/callback'));
      return new URL(url);
    };
    const code = async (browser: Browser, url: URL): Promise<unknown> => {
      const { status, body } = await browser.go(url.href);
      return body['code'] ?? status;
    };

    it('ends in the browser it was begun in, once', async () => {
      const browser = on.browser();
      const answer = await answerFor('ann', browser);
      // An answer that somebody sends to another, to have them work in a stranger's account.
      assert.equal(await code(on.browser(), answer), invalid);
      const other = on.browser();
      await answerFor('mal', other);
      assert.equal(await code(other, answer), invalid);
      assert.equal(await code(browser, answer), 200);
      assert.equal(await code(browser, answer), invalid);
    });

    it('ends with nothing but what was begun', async () => {
      const browser = on.browser();
      const answer = await answerFor('ann', browser);
      const without = new URL(answer);
      without.searchParams.delete('state');
      assert.equal(await code(browser, without), invalid);
      const made = new URL(answer);
      made.searchParams.set('state', 'made-up');
      assert.equal(await code(browser, made), invalid);
      const elsewhere = new URL(answer);
      elsewhere.pathname = elsewhere.pathname.replace('trusted', 'stranger');
      assert.equal(await code(browser, elsewhere), invalid);
      await on.storage.execute('UPDATE af_auth_oidc_attempts SET expires_at = 1');
      assert.equal(await code(browser, answer), invalid);
    });

    it('takes no code that was given for another', async () => {
      const stolen = await answerFor('ann', on.browser());
      const browser = on.browser();
      const own = await answerFor('mal', browser);
      own.searchParams.set('code', stolen.searchParams.get('code') ?? '');
      assert.equal(await code(browser, own), 'AF_OIDC_PROVIDER_FAILED'); // PKCE: it was not begun with this verifier
    });

    it('takes no answer of another issuer, none without a code, and none that was made up', async () => {
      for (const change of [
        (url: URL) => url.searchParams.set('iss', 'https://evil.example'),
        (url: URL) => url.searchParams.delete('code'),
        (url: URL) => url.searchParams.set('code', 'made-up'),
        (url: URL) => url.searchParams.append('code', 'twice'),
      ]) {
        const browser = on.browser();
        const answer = await answerFor('ann', browser);
        change(answer);
        const found = await code(browser, answer);
        assert.ok(
          ['AF_OIDC_PROVIDER_FAILED', 'AF_HTTP_REQUEST_INVALID'].includes(String(found)),
          String(found),
        );
      }
    });

    it('takes no ID token with another nonce', async () => {
      const browser = on.browser();
      const answer = await answerFor('ann', browser);
      await on.storage.execute("UPDATE af_auth_oidc_attempts SET nonce = 'another'");
      assert.equal(await code(browser, answer), 'AF_OIDC_PROVIDER_FAILED');
    });

    it('keeps neither its state nor what the browser keeps', async () => {
      const browser = on.browser();
      const answer = await answerFor('ann', browser);
      const rows = JSON.stringify(await on.storage.query('SELECT * FROM af_auth_oidc_attempts'));
      assert.ok(!rows.includes(answer.searchParams.get('state') ?? 'x'));
    });
  });
}
