import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Secret } from '@agent-factory/sdk';
import { silentLog } from '@agent-factory/sdk/testing';
import {
  client,
  startOpenIdServer,
  type OpenIdServer,
  type Person,
} from '@agent-factory/test-servers/openid';
import { createOpenIdProvider } from '../src/openid-provider.ts';
import { Browser } from './support/browser.ts';
import { somebody } from './support/oidc-platform.ts';

const publicUrl = 'http://platform.test';
const redirectUri = `${publicUrl}/api/v1/auth/oidc/google/callback`;
describe('emails that Google proves', () => {
  let google: OpenIdServer;
  before(async () => {
    google = await startOpenIdServer(publicUrl, ['google'], { isAllInIdToken: true });
  });
  after(() => google?.close());

  /** The email that a login of a person proves, where the server is Google, or says no more than another would. */
  const proven = async (person: Person, kind: 'google' | 'oidc' = 'google'): Promise<string | undefined> => {
    const provider = createOpenIdProvider(
      {
        id: 'google',
        kind,
        issuer: google.issuer,
        clientId: client.id,
        clientSecret: new Secret(client.secret),
        trustEmail: false,
      },
      silentLog,
    );
    const [state, nonce, verifier] = [chance(), chance(), chance()];
    const secrets = { state, nonce, verifier };
    google.person = person;
    const url = await provider.authorizationUrl(redirectUri, secrets);
    const isBack = (next: string): boolean => next.startsWith(redirectUri);
    const back = await new Browser(() => ({})).go(url.href, isBack);
    return (await provider.identify(new URL(back.url), secrets)).provenEmail;
  };

  it('are those of gmail.com', async () => {
    assert.equal(await proven(somebody('ann', 'Ann@gmail.com')), 'ann@gmail.com');
    for (const email of ['ann@gmail.com.example', 'ann@notgmail.com', 'ann@mail.gmail.com'])
      assert.equal(await proven(somebody(email, email)), undefined, email);
  });

  it('are those of a domain that Google hosts', async () => {
    assert.equal(
      await proven({ ...somebody('bob', 'bob@corp.example'), hd: 'corp.example' }),
      'bob@corp.example',
    );
    assert.equal(await proven({ ...somebody('bea', 'bea@corp.example'), hd: '' }), undefined);
  });

  it('are no others: what was somebody’s when they made their Google account may be another’s today', async () => {
    assert.equal(await proven(somebody('cid', 'cid@example.com')), undefined);
  });

  it('are none that were not verified, also of its own domains', async () => {
    const unverified = { email_verified: false };
    assert.equal(await proven({ ...somebody('dan', 'dan@gmail.com'), ...unverified }), undefined);
    const hosted = { ...somebody('dee', 'dee@corp.example'), hd: 'corp.example', ...unverified };
    assert.equal(await proven(hosted), undefined);
  });

  it('are proven by nobody else who says the same', async () => {
    const hosted = { ...somebody('eve', 'eve@gmail.com'), hd: 'gmail.com' };
    assert.equal(await proven(hosted, 'oidc'), undefined);
  });
});

function chance(): string {
  return randomBytes(32).toString('base64url');
}
