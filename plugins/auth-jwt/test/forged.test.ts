import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { exportJWK, generateKeyPair, SignJWT, type CryptoKey, type JWTPayload } from 'jose';
import { sqlEngines } from '@agent-factory/test-servers';
import { textOf, TokenPlatform, type Pair } from './support/token-platform.ts';

const invalid = 'AF_ACCESS_CREDENTIAL_INVALID';
const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const read = (text = ''): JWTPayload => JSON.parse(Buffer.from(text, 'base64url').toString()) as JWTPayload; // its own

for (const engine of Object.keys(sqlEngines)) {
  describe(`access tokens that do not hold, on ${engine}`, () => {
    let on: TokenPlatform;
    let real: Pair;
    /** What a real token says. */
    let claims: JWTPayload;
    let kid: string;
    /** A key that the platform knows, so that all but what a test changes is right. */
    let known: { readonly kid: string; readonly key: CryptoKey };

    before(async function () {
      this.timeout(60_000);
      on = await TokenPlatform.open(engine);
      real = await on.tokens((await on.person(['viewer'])).key);
      const [header, payload] = real.access.split('.');
      claims = read(payload);
      kid = String(Object(read(header)).kid);
      const { publicKey, privateKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
      const shown = { ...(await exportJWK(publicKey)), kid: 'known', alg: 'EdDSA', use: 'sig' };
      await on.storage.execute(
        'INSERT INTO af_auth_jwt_signing_keys (kid, public_key, private_key, signs_from, signs_until) VALUES (?, ?, ?, ?, ?)',
        ['known', JSON.stringify(shown), 'none', 0, Date.now() + 60_000],
      );
      known = { kid: 'known', key: privateKey };
    });
    after(() => on?.close());

    const signed = (
      payload: JWTPayload,
      header: Record<string, unknown> = {},
      { kid: by, key } = known,
    ): Promise<string> =>
      new SignJWT(payload).setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', kid: by, ...header }).sign(key);

    it('get in where nothing is wrong with them, or the rest would prove nothing', async () => {
      assert.equal(await on.refused(await signed(claims)), 200);
    });

    it('are those whose time has passed', async () => {
      const past = Math.floor(Date.now() / 1000) - 1;
      assert.equal(await on.refused(await signed({ ...claims, exp: past })), invalid);
    });

    it('are those without a signature, or with one that the public key makes', async () => {
      const [, payload = ''] = real.access.split('.');
      const none = part({ alg: 'none', typ: 'at+jwt', kid });
      assert.equal(await on.refused(`${none}.${payload}.`), invalid);
      const [, set] = await on.ask('GET', 'auth/jwks.json');
      for (const secret of [JSON.stringify(set), String(Object(Object(set['keys'])[0]).x)]) {
        const head = `${part({ alg: 'HS256', typ: 'at+jwt', kid })}.${payload}`;
        const mac = createHmac('sha256', secret).update(head).digest('base64url');
        assert.equal(await on.refused(`${head}.${mac}`), invalid);
      }
    });

    it('are those of another key under the same name, or of one they bring themselves', async () => {
      const { privateKey, publicKey } = await generateKeyPair('EdDSA', { crv: 'Ed25519' });
      const jwk = await exportJWK(publicKey);
      assert.equal(await on.refused(await signed(claims, {}, { kid, key: privateKey })), invalid);
      assert.equal(await on.refused(await signed(claims, { jwk }, { kid, key: privateKey })), invalid);
      assert.equal(
        await on.refused(await signed(claims, { jwk }, { kid: 'theirs', key: privateKey })),
        invalid,
      );
      const jku = 'http://127.0.0.1:9/keys';
      assert.equal(
        await on.refused(await signed(claims, { jku }, { kid: 'theirs', key: privateKey })),
        invalid,
      );
    });

    it('are those with another payload, header or signature', async () => {
      const [header = '', payload = '', signature = ''] = real.access.split('.');
      const changed = part({ ...claims, sub: 'usr_somebody_else' });
      assert.equal(await on.refused(`${header}.${changed}.${signature}`), invalid);
      const flipped = `${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;
      assert.equal(await on.refused(`${header}.${payload}.${flipped}`), invalid);
    });

    it('are those made for something else', async () => {
      assert.equal(await on.refused(await signed(claims, { typ: 'JWT' })), invalid);
      assert.equal(await on.refused(await signed({ ...claims, aud: 'another-service' })), invalid);
      for (const gone of ['sub', 'sid', 'tid', 'exp', 'iat', 'aud']) {
        const { [gone]: _left, ...rest } = claims;
        assert.equal(await on.refused(await signed(rest)), invalid, gone);
      }
    });

    it('are those that say another account, tenant or family than there is, though the signature holds', async () => {
      const other = await on.tokens((await on.person(['tenant-admin'])).key);
      const theirs = read(other.access.split('.')[1]);
      assert.equal(await on.refused(await signed({ ...claims, sub: theirs.sub ?? '' })), invalid);
      assert.equal(await on.refused(await signed({ ...claims, tid: 'globex' })), invalid);
      assert.equal(await on.refused(await signed({ ...claims, sid: theirs['sid'] })), invalid);
      assert.equal(await on.refused(await signed({ ...claims, sid: 'AAAAAAAAAAAAAAAA' })), invalid);
    });

    it('are nothing of ours when they come from elsewhere, or are no tokens', async () => {
      const nothing = 'AF_ACCESS_NO_CREDENTIAL';
      assert.equal(await on.refused(await signed({ ...claims, iss: 'https://elsewhere.example' })), nothing);
      for (const text of ['eyJ', 'ey.ey.ey', 'eyJhbGciOiJub25lIn0.e30.', `ey${'a'.repeat(5000)}.e30.x`])
        assert.equal(await on.refused(text), nothing, text.slice(0, 40));
    });

    it('are all that were signed with keys that were dropped; refresh tokens go on', async () => {
      const owner = await on.person(['tenant-admin', 'platform-admin']);
      assert.equal(await on.refused(real.access), 200);
      const [status] = await on.ask('POST', 'auth/signing-keys/rotate', {
        bearer: owner.key,
        body: { drop: true },
      });
      assert.equal(status, 200);
      assert.equal(await on.refused(real.access), invalid);
      assert.equal(await on.refused(await signed(claims)), invalid);
      const [, next] = await on.refresh(real.refresh, on.other);
      assert.equal(await on.refused(textOf(next['accessToken'])), 200);
    });
  });
}
