import { createPublicKey, verify, type JsonWebKey } from 'node:crypto';
import type { Json } from '@agent-factory/sdk';
import { isObject, textOf, type JsonObject } from '../protocol/json-object.ts';

type Claims = JsonObject;

/** Who a valid identity token is about. */
interface Identity {
  /** Kind of its issuer: `github`, `gitlab`. */
  readonly type: string;
  readonly subject: string;
  readonly claims: Claims;
}

/** Checks identity tokens of known issuers. */
export interface IdentityChecks {
  verify(token: string): Promise<Identity | { readonly problem: string }>;
}

const minute = 60_000;
const keysLive = 10 * minute;
const skew = minute;
const algorithms: Readonly<Record<string, { hash: string; type: string }>> = {
  RS256: { hash: 'sha256', type: 'rsa' },
  ES256: { hash: 'sha256', type: 'ec' },
};

/** Checks tokens for this registry: `aud` is `npm:` and its host, as npm asks for. Keys are found by discovery. */
export function createIdentityChecks(
  issuers: Readonly<Record<string, string>>,
  registryUrl: string,
  now: () => Date,
): IdentityChecks {
  const known = new Map<string, { keys: readonly JsonWebKey[]; until: number }>();
  const audience = `npm:${new URL(registryUrl).hostname}`;

  async function keysOf(issuer: string, keyId: string): Promise<readonly JsonWebKey[]> {
    const found = known.get(issuer);
    const at = now().getTime();
    // An unknown key may be a new one, but asking is not for whoever invents key ids.
    if (found && found.until > at && (found.until - at > keysLive - minute || has(found.keys, keyId)))
      return found.keys;
    const discovery = await fetchJson(`${issuer}/.well-known/openid-configuration`);
    const address = textOf(discovery['jwks_uri']);
    if (discovery['issuer'] !== issuer || !URL.canParse(address))
      throw new Error('its discovery is of another');
    const { keys } = await fetchJson(address);
    if (!Array.isArray(keys)) throw new Error('it lists no keys');
    const list = keys as readonly JsonWebKey[]; // createPublicKey checks the one that is used
    known.set(issuer, { keys: list, until: at + keysLive });
    return list;
  }

  return {
    async verify(token) {
      const parts = token.split('.');
      const [head, body] = parts.slice(0, 2).map(decode);
      if (parts.length !== 3 || !head || !body || token.length > 16_384)
        return { problem: 'it is no JSON Web Token.' };
      const [type] = Object.entries(issuers).find(([, issuer]) => issuer === body['iss']) ?? [];
      if (type === undefined) return { problem: 'its issuer is not known here.' };
      const algorithm = algorithms[textOf(head['alg'])];
      if (!algorithm) return { problem: 'its algorithm is not accepted.' };
      let keys: readonly JsonWebKey[];
      try {
        keys = await keysOf(textOf(body['iss']), textOf(head['kid']));
      } catch (error) {
        return {
          problem: `the keys of its issuer cannot be had: ${error instanceof Error ? error.message : 'unknown'}.`,
        };
      }
      const jwk = keys.find(({ kid }) => kid === head['kid']);
      if (!jwk || !isSigned(parts, jwk, algorithm)) return { problem: 'its signature is wrong.' };
      const problem = timeProblem(body, now().getTime());
      if (problem) return { problem };
      const audiences = Array.isArray(body['aud']) ? body['aud'] : [body['aud']];
      if (!audiences.includes(audience)) return { problem: `it is not for ${audience}.` };
      return { type, subject: textOf(body['sub']), claims: body };
    },
  };
}

/** Whether claims are what a package trusts. `workflow_ref: { file }` names a file of the workflow's repository. */
export function matchesClaims(wanted: Claims, claims: Claims): boolean {
  const entries = Object.entries(wanted);
  return entries.length > 0 && entries.every(([name, value]) => matchesClaim(value, claims[name], claims));
}

function matchesClaim(wanted: Json, given: Json | undefined, claims: Claims): boolean {
  if (!isObject(wanted)) return !Array.isArray(wanted) && wanted === given;
  const { file } = wanted;
  if (typeof file !== 'string' || typeof given !== 'string' || Object.keys(wanted).length > 1) return false;
  const repository = claims['repository'] ?? claims['project_path'];
  const [path = ''] = given.split('@');
  return path === `${textOf(repository)}/.github/workflows/${file}` || path.endsWith(`//${file}`);
}

function timeProblem(claims: Claims, now: number): string | undefined {
  const { exp, nbf, iat } = claims;
  if (typeof exp !== 'number' || exp * 1000 + skew < now) return 'it has run out.';
  if (typeof nbf === 'number' && nbf * 1000 - skew > now) return 'it does not hold yet.';
  if (typeof iat === 'number' && iat * 1000 - skew > now) return 'it was issued in the future.';
  return undefined;
}

function isSigned(
  parts: readonly string[],
  jwk: JsonWebKey,
  { hash, type }: { hash: string; type: string },
): boolean {
  const [head = '', body = '', signature = ''] = parts;
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    if (key.asymmetricKeyType !== type) return false;
    const how = type === 'ec' ? ({ key, dsaEncoding: 'ieee-p1363' } as const) : key;
    return verify(hash, Buffer.from(`${head}.${body}`), how, Buffer.from(signature, 'base64url'));
  } catch {
    return false;
  }
}

function decode(part: string): Claims | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Claims)
      : undefined; // JSON
  } catch {
    return undefined;
  }
}

async function fetchJson(address: string): Promise<Claims> {
  const response = await fetch(address, { signal: AbortSignal.timeout(10_000), redirect: 'error' });
  if (!response.ok) throw new Error(`it answered ${response.status}`);
  return (await response.json()) as Claims; // what is used of it is checked where it is used
}

function has(keys: readonly JsonWebKey[], keyId: string): boolean {
  return keys.some(({ kid }) => kid === keyId);
}
