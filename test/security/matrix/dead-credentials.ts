import { generateKeyPairSync, sign } from 'node:crypto';
import { Accounts, ApiKeys, builtInRoles, Storage } from '@agent-factory/sdk/contracts';
import type { TestKernel } from '@agent-factory/sdk/testing';
import type { Credential } from './matrix-platform.ts';

/** How people get in. */
interface Ways {
  person(
    tenant: string,
    name: string,
    wanted: readonly string[],
  ): Promise<{
    readonly id: string;
    readonly key: { readonly id: string };
    readonly credential: Credential;
  }>;
  login(account: string): Promise<Credential>;
  tokenOf(credential: Credential): Promise<Credential>;
}

/**
 * Credentials that must not hold, by what is wrong with them. They are of administrators, so that whoever got in with
 * one could do nearly all.
 */
export async function deadCredentials(
  kernel: TestKernel,
  { person, login, tokenOf }: Ways,
): Promise<ReadonlyMap<string, Credential>> {
  const all = Object.keys(builtInRoles);
  const [accounts, storage] = [kernel.use(Accounts), kernel.use(Storage)];
  const revoked = await person('acme', 'revoked', all);
  const ofRevoked = await tokenOf(revoked.credential);
  await kernel.use(ApiKeys).tenant('acme').revoke(revoked.key.id);
  const expired = await person('acme', 'expired', all);
  await storage.execute('UPDATE af_auth_api_key_keys SET expires_at = 1 WHERE id = ?', [expired.key.id]);
  const disabled = await person('acme', 'disabled', all);
  const ofDisabled = await tokenOf(disabled.credential);
  const disabledSession = await login(disabled.id);
  await accounts.disable(disabled.id, true);
  const left = await person('acme', 'left', all);
  const ofLeft = await tokenOf(left.credential);
  await accounts.removeMember('acme', left.id);
  const ended = await login((await person('acme', 'ended', all)).id);
  const ofEnded = await tokenOf(ended);
  const id = (ended.headers['cookie'] ?? '').split('=')[1]?.split('.')[0] ?? '';
  await storage.execute('UPDATE af_auth_session_sessions SET expires_at = 1 WHERE id = ?', [id]);
  const real = expired.credential.headers['authorization'] ?? '';
  const forged = `${real.slice(0, -1)}${real.endsWith('0') ? '1' : '0'}`;
  const token =
    (await tokenOf((await person('acme', 'token', all)).credential)).headers['authorization'] ?? '';
  return new Map<string, Credential>([
    ['revoked key', revoked.credential],
    ['expired key', expired.credential],
    ['forged key', { headers: { authorization: forged } }],
    ['key of a disabled account', disabled.credential],
    ['key of somebody who left', left.credential],
    ['session of a disabled account', disabledSession],
    ['ended session', ended],
    ['forged session', { headers: { cookie: (ended.headers['cookie'] ?? '').replace(/\..*/, '.forged') } }],
    ['token of a revoked key', ofRevoked],
    ['token of a disabled account', ofDisabled],
    ['token of somebody who left', ofLeft],
    ['token of a session that ended', ofEnded],
    ...(await tokensThatAreWrong(storage, token)),
  ]);
}

/** A token that holds, made into some that do not. */
async function tokensThatAreWrong(
  storage: Storage,
  authorization: string,
): Promise<readonly (readonly [string, Credential])[]> {
  const [header = '', payload = '', signature = ''] = authorization.split('.');
  const part = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as object; // its own
  const bearer = (text: string): Credential => ({ headers: { authorization: text } });
  const unsigned = `Bearer ${part({ alg: 'none', typ: 'at+jwt' })}.${payload}.`;
  const forged = `${header}.${payload}.${signature[0] === 'A' ? 'B' : 'A'}${signature.slice(1)}`;
  // Signed with a key that the platform knows, so that nothing is wrong but the time.
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const known = { ...publicKey.export({ format: 'jwk' }), kid: 'known', alg: 'EdDSA', use: 'sig' };
  await storage.execute(
    `INSERT INTO af_auth_jwt_signing_keys (kid, public_key, private_key, signs_from, signs_until)
     VALUES (?, ?, ?, ?, ?)`,
    ['known', JSON.stringify(known), 'none', 0, Date.now() + 3_600_000],
  );
  const past = Math.floor(Date.now() / 1000) - 1;
  const text = `${part({ alg: 'EdDSA', typ: 'at+jwt', kid: 'known' })}.${part({ ...claims, exp: past })}`;
  const expired = `Bearer ${text}.${sign(null, Buffer.from(text), privateKey).toString('base64url')}`;
  return [
    ['unsigned token', bearer(unsigned)],
    ['forged token', bearer(forged)],
    ['expired token', bearer(expired)],
  ];
}
