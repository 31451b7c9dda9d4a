import assert from 'node:assert/strict';
import type { JsonObject } from '@agent-factory/sdk';
import type { LoginSessions } from '@agent-factory/sdk/contracts';
import { rejectsWith } from '@agent-factory/sdk/testing';
import { sqlEngines } from '@agent-factory/test-servers';
import type { Person } from '@agent-factory/test-servers/openid';
import { createIdentities } from '../src/identities.ts';
import { hashOf } from '../src/oidc-tables.ts';
import type { Browser, Page } from './support/browser.ts';
import { codesOf } from './support/codes-of.ts';
import { OidcPlatform, somebody } from './support/oidc-platform.ts';

const notLinked = 'AF_OIDC_NOT_LINKED';

for (const engine of Object.keys(sqlEngines)) {
  describe(`whose account a login at a provider is, on ${engine}`, () => {
    let on: OidcPlatform;
    before(async function () {
      this.timeout(60_000);
      on = await OidcPlatform.open(engine);
    });
    after(() => on?.close());

    /** Logs in, which must be refused and leave nothing. */
    const refused = async (person: Person, provider?: string): Promise<unknown> => {
      const before = await on.identities();
      const { body } = await on.login(person, provider);
      assert.equal(await on.identities(), before);
      return body['code'];
    };
    /** Begins to link in a browser with a session, and goes there. */
    const link = async (browser: Browser, person: Person, provider = 'stranger'): Promise<Page> => {
      const { body } = await on.ask(browser, 'POST', `auth/oidc/${provider}/link`, {});
      on.openid.person = person;
      browser.forget(on.openid.issuer);
      return browser.go(String(body['url']));
    };
    /** A browser in which somebody is logged in. */
    const loggedIn = async (name: string): Promise<{ readonly browser: Browser; readonly id: string }> => {
      const id = await on.invited(`${name}@example.com`);
      const browser = on.browser();
      assert.equal((await on.login(somebody(name), 'trusted', browser)).body['id'], id);
      return { browser, id };
    };

    it('is nobody’s for an email that was not verified, or that the provider does not prove', async () => {
      await on.invited('vic@example.com');
      assert.equal(await refused({ ...somebody('vic'), email_verified: false }), notLinked);
      assert.equal(await refused(somebody('vic'), 'stranger'), notLinked);
      assert.equal(await refused(somebody('x', 'vic@example.com '), 'trusted'), notLinked);
      assert.equal((await on.login(somebody('vic'))).status, 200); // and theirs when it is
    });

    it('is nobody’s by email where somebody was in with the account before', async () => {
      // Somebody makes an account for another, sets its password, and waits for the other to come.
      const trap = await on.invited('zoe@example.com');
      await on.sessions.claim(trap, 'another login');
      assert.equal(await refused(somebody('zoe')), notLinked);
    });

    it('stays one’s own: an administrator who made it can make no link to its password any more', async () => {
      const key = await on.adminKey();
      const id = await on.invited('lea@example.com');
      const invite = (): Promise<Page> => on.askWithKey(key, 'POST', `members/${id}/invitation`);
      const before = await invite();
      assert.equal(before.status, 201);
      const token = String(before.body['url']).split('#')[1] ?? '';
      assert.equal((await on.login(somebody('lea'))).body['id'], id);
      assert.equal((await invite()).body['code'], 'AF_SESSION_INVITATION_REFUSED');
      const accept = await on.askWithKey(key, 'POST', 'auth/accept', {
        token,
        password: 'correct horse battery',
      });
      assert.equal(accept.body['code'], 'AF_SESSION_INVITATION_INVALID');
    });

    it('is nobody’s by email where a link to set a password is used while the login comes in', async () => {
      const id = await on.invited('una@example.com');
      const key = await on.adminKey();
      const { body } = await on.askWithKey(key, 'POST', `members/${id}/invitation`);
      const accept = { token: String(body['url']).split('#')[1] ?? '', password: 'correct horse battery' };
      let accepted: Page | undefined;
      // Nobody was in with it when the login was looked at, and somebody is when it is linked.
      const claim: LoginSessions['claim'] = async (...which) => {
        accepted = await on.askWithKey(key, 'POST', 'auth/accept', accept);
        return on.sessions.claim(...which);
      };
      const { storage, accounts, sessions } = on;
      const identities = createIdentities({ storage, accounts, sessions: { ...sessions, claim } });
      const identity = { issuer: 'x', subject: 'una', label: 'una', provenEmail: 'una@example.com' };
      await rejectsWith(identities.accountOf(identity, 'trusted', undefined), notLinked);
      assert.equal(accepted?.status, 200);
      assert.deepEqual(await identities.list(id), []);
    });

    it('is linked once it comes again, where it was interrupted before', async () => {
      const id = await on.invited('ula@example.com');
      const by = hashOf(`${on.openid.issuer}\nula`);
      assert.equal(await on.sessions.claim(id, by), true); // and the process ended here
      assert.equal((await on.login(somebody('ula'))).body['id'], id);
    });

    it('asks for a code of the second factor before it is linked, where the account has one', async () => {
      const id = await on.invited('sol@example.com');
      const key = await on.adminKey();
      const made = await on.askWithKey(key, 'POST', `members/${id}/invitation`);
      const password = 'correct horse battery';
      const browser = on.browser();
      const token = String(made.body['url']).split('#')[1] ?? '';
      assert.equal((await browser.ask('POST', on.url('auth/accept'), {}, { token, password })).status, 200);
      const { body } = await on.ask(browser, 'POST', 'auth/second-factor', { password });
      const code = codesOf(String(body['secret']));
      assert.equal(
        (await on.ask(browser, 'POST', 'auth/second-factor/confirm', { code: code(0) })).status,
        200,
      );
      const begin = (more: JsonObject): Promise<Page> =>
        on.ask(browser, 'POST', 'auth/oidc/stranger/link', more);
      const none = await begin({});
      assert.deepEqual([none.status, none.body['code']], [401, 'AF_SESSION_CODE_NEEDED']);
      const wrong = await begin({ code: code(50) });
      assert.deepEqual([wrong.status, wrong.body['code']], [401, 'AF_SESSION_CODE_WRONG']);
      const begun = await begin({ code: code(1) });
      assert.equal(begun.status, 200, JSON.stringify(begun.body));
      on.openid.person = somebody('sol-elsewhere');
      assert.equal((await browser.go(String(begun.body['url']))).status, 200);
      assert.equal((await on.login(somebody('sol-elsewhere'), 'stranger')).body['id'], id);
    });

    it('is linked with an account by whoever is in with it, whatever its email', async () => {
      const { browser, id } = await loggedIn('max');
      const page = await link(browser, somebody('max-at-work', 'max@work.example'));
      assert.equal(page.status, 200, JSON.stringify(page.body));
      assert.equal((await on.login(somebody('max-at-work'), 'stranger')).body['id'], id);
      const other = await loggedIn('mia');
      const taken = await link(other.browser, somebody('max-at-work'));
      assert.deepEqual([taken.status, taken.body['code']], [409, 'AF_OIDC_LINKED_ELSEWHERE']);
      assert.equal((await on.login(somebody('max-at-work'), 'stranger')).body['id'], id);
    });

    it('is linked in a session only: a key that was found gives no way in that outlives it', async () => {
      const { status, body } = await on.askWithKey(await on.adminKey(), 'POST', 'auth/oidc/trusted/link', {});
      assert.deepEqual([status, body['code']], [403, 'AF_OIDC_SESSION_NEEDED']);
    });

    it('is not linked once the session that asked for it has ended', async () => {
      const { browser } = await loggedIn('ned');
      const { body } = await on.ask(browser, 'POST', 'auth/oidc/stranger/link', {});
      assert.equal((await on.ask(browser, 'POST', 'auth/logout')).status, 200);
      on.openid.person = somebody('thief');
      browser.forget(on.openid.issuer);
      const page = await browser.go(String(body['url']));
      assert.deepEqual([page.status, page.body['code']], [400, 'AF_OIDC_ATTEMPT_INVALID']);
      assert.equal(await refused(somebody('thief'), 'stranger'), notLinked);
    });

    it('is linked only in the browser it was begun in', async () => {
      const { browser } = await loggedIn('nia');
      const { body } = await on.ask(browser, 'POST', 'auth/oidc/stranger/link', {});
      // Somebody has another open the address, to have the other’s login linked with their own account.
      on.openid.person = somebody('victim');
      const page = await on.browser().go(String(body['url']));
      assert.deepEqual([page.status, page.body['code']], [400, 'AF_OIDC_ATTEMPT_INVALID']);
      assert.equal(await refused(somebody('victim'), 'stranger'), notLinked);
    });

    it('is unlinked, but not where it is the only way in', async () => {
      const { browser, id } = await loggedIn('oda');
      const listed = async () =>
        (await on.ask(browser, 'GET', 'auth/identities')).body['identities'] as {
          id: string;
          label: string;
        }[];
      const [first] = await listed();
      const last = await on.ask(browser, 'DELETE', `auth/identities/${first?.id}`);
      assert.equal(last.body['code'], 'AF_OIDC_LAST_WAY');
      await link(browser, somebody('oda-too'));
      const foreign = await loggedIn('pia');
      const theirs = await on.ask(foreign.browser, 'DELETE', `auth/identities/${first?.id}`);
      assert.equal(theirs.body['code'], 'AF_OIDC_IDENTITY_UNKNOWN');
      assert.equal((await on.ask(browser, 'DELETE', `auth/identities/${first?.id}`)).status, 200);
      assert.equal(await refused(somebody('oda')), notLinked);
      assert.equal((await on.login(somebody('oda-too'), 'stranger')).body['id'], id);
    });

    it('is a new account’s for a proven email of a domain that may join, and of no other', async () => {
      const page = await on.login(somebody('rex', 'Rex@corp.example'));
      assert.deepEqual([page.status, page.body['tenant']], [200, 'acme']);
      assert.equal((await on.accounts.account('rex@corp.example'))?.name, 'Somebody rex');
      for (const email of [
        'r@notcorp.example',
        'r@corp.example.evil.example',
        'r@sub.corp.example',
        'corp.example',
        'r@x@corp.example',
      ])
        assert.equal(await refused(somebody(`r-${email}`, email)), notLinked, email);
      assert.equal(
        await refused({ ...somebody('liar', 'l@corp.example'), email_verified: false }),
        notLinked,
      );
      assert.equal(await refused(somebody('liar', 'l@corp.example'), 'stranger'), notLinked);
      assert.equal(await on.accounts.account('l@corp.example'), undefined);
      // Who was let go does not join again.
      await on.accounts.removeMember('acme', String(page.body['id']));
      assert.equal(await refused(somebody('rex', 'rex@corp.example')), 'AF_OIDC_ACCOUNT_REFUSED');
    });

    it('is told by GitHub: by a number that stays, and by the first email where it was verified', async () => {
      const id = await on.invited('gil@example.com');
      const emails = (verified: boolean, primary = true) => [
        { email: 'other@example.com', primary: !primary, verified: true },
        { email: 'Gil@example.com', primary, verified },
      ];
      const login = async (login: string, given: ReturnType<typeof emails>, number = 7): Promise<Page> => {
        on.github.person = { id: number, login, emails: given };
        return on.browser().go(on.url('auth/oidc/github'));
      };
      assert.equal((await login('gil', emails(false))).body['code'], notLinked);
      assert.equal((await login('gil', emails(true, false))).body['code'], notLinked);
      assert.equal((await login('gil', emails(true))).body['id'], id);
      assert.equal((await login('gil-renamed', emails(false))).body['id'], id);
      assert.equal((await login('gil', emails(true), 8)).body['code'], notLinked); // took the name that became free
    });
  });
}
