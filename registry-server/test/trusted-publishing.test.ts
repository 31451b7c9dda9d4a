import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { startIdentityIssuer, type IdentityIssuer } from './support/identity-issuer.ts';
import { makePlugin } from './support/make-plugin.ts';
import { openTestRegistry, type Answer, type TestRegistry } from './support/open-test-registry.ts';

describe('publishing by a workflow', () => {
  let registry: TestRegistry;
  let issuer: IdentityIssuer;
  let ann: string;
  const strange = generateKeyPairSync('rsa', { modulusLength: 2048 });

  before(async () => {
    issuer = await startIdentityIssuer();
    registry = await openTestRegistry({ identityIssuers: { github: issuer.address } });
    ann = await registry.account('ann');
    await registry.publish(ann, await makePlugin({ name: '@ann/built' }));
    const trust = {
      type: 'github',
      claims: { repository: 'ann/built', workflow_ref: { file: 'release.yml' } },
      permissions: ['createPackage'],
    };
    assert.equal(
      (await registry.ask('POST', '/-/package/@ann%2fbuilt/trust', { token: ann, body: [trust] })).status,
      201,
    );
  });
  after(async () => {
    await registry.close();
    issuer.close();
  });

  const token = (change: object = {}, key?: KeyObject, head: object = {}): string =>
    issuer.token(registry.registry.settings.now(), 'ann/built', change, { ...(key && { key }), head });
  const exchange = (identity: string, name = '@ann%2fbuilt'): Promise<Answer> =>
    registry.ask('POST', `/-/npm/v1/oidc/token/exchange/package/${name}`, { token: identity });

  it('gives a short-lived token for one package in return for an identity', async () => {
    const answer = await exchange(token());
    assert.equal(answer.status, 201, answer.text);
    const given = answer.json.token;
    assert.equal(
      (await registry.publish(given, await makePlugin({ name: '@ann/built', version: '1.1.0' }))).status,
      201,
    );
    assert.equal((await registry.publish(given, await makePlugin({ name: '@ann/else' }))).status, 403);
    for (const [path, body] of [
      ['/-/package/@ann%2fbuilt/access', { access: 'public' }],
      ['/-/package/@ann%2fbuilt/trust', {}],
    ] as const) {
      const { json } = await registry.ask('POST', path, { token: given, body });
      assert.equal(json.code, 'AF_REGISTRY_FORBIDDEN', path);
    }
    const { _npmUser } = (await registry.ask('GET', '/@ann/built')).json.versions['1.1.0'];
    assert.equal(_npmUser.trustedPublisher.id, 'github');
    registry.pass(16 * 60_000);
    assert.equal(
      (await registry.publish(given, await makePlugin({ name: '@ann/built', version: '1.2.0' }))).status,
      401,
    );
  });

  it('says of a version that it has a provenance where a workflow brought it, and keeps every bundle', async () => {
    const given = (await exchange(token())).json.token;
    for (const [version, by, isTold] of [
      ['2.0.0', given, true],
      ['2.1.0', ann, false],
    ] as const) {
      const plugin = await makePlugin({ name: '@ann/built', version });
      const digest = { sha512: createHash('sha512').update(plugin.bytes).digest('hex') };
      const statement = JSON.stringify({ subject: [{ name: 'pkg:npm/%40ann/built', digest }] });
      const bundle = { dsseEnvelope: { payload: Buffer.from(statement).toString('base64') } };
      const answer = await registry.publish(by, plugin, { bundle: JSON.stringify(bundle) });
      assert.equal(answer.status, 201, answer.text);
      const { attestations } = (await registry.ask('GET', '/@ann/built')).json.versions[version].dist;
      assert.equal('provenance' in attestations, isTold, version);
      const kept = await registry.ask('GET', new URL(attestations.url).pathname);
      assert.deepEqual(kept.json.attestations[0].bundle, bundle);
    }
    const none = await registry.ask('GET', '/-/npm/v1/attestations/@ann%2fbuilt@1.1.0');
    assert.equal(none.status, 404);
  });

  const refused: Record<string, () => string> = {
    'another repository': () => token({ repository: 'eve/built' }),
    'another workflow': () => token({ workflow_ref: 'ann/built/.github/workflows/test.yml@x' }),
    'a workflow of another repository': () =>
      token({ workflow_ref: 'eve/built/.github/workflows/release.yml@x' }),
    'another registry': () => token({ aud: 'npm:registry.npmjs.org' }),
    'another issuer': () => token({ iss: 'https://evil.test' }),
    'a time that is over': () => token({ exp: 1000 }),
    'another key': () => token({}, strange.privateKey),
    'an unknown key': () => token({}, undefined, { kid: 'k2' }),
    'no algorithm': () => token({}, undefined, { alg: 'none' }),
    'a symmetric algorithm': () => token({}, undefined, { alg: 'HS256' }),
    'no token at all': () => 'x.y.z',
  };
  for (const [what, make] of Object.entries(refused))
    it(`${what} is refused`, async () => {
      const answer = await exchange(make());
      assert.deepEqual([answer.status, answer.json.code], [403, 'AF_REGISTRY_OIDC'], answer.text);
    });

  it('a package that trusts nobody gives nothing', async () => {
    assert.equal((await exchange(token(), '@ann%2fother')).status, 403);
  });
});
