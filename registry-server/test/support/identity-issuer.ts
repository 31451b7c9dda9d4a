import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What gives workflows their identity, as the forges do. */
export interface IdentityIssuer {
  readonly address: string;
  /** A token of a workflow that runs now: `ann/built`, its file `release.yml`. */
  token(now: Date, repository: string, change?: object, how?: { key?: KeyObject; head?: object }): string;
  close(): void;
}

/** Starts an issuer whose keys are found by discovery. */
export async function startIdentityIssuer(): Promise<IdentityIssuer> {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const jwk = { ...keys.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };
  const server = createServer((request, response) => {
    const isDiscovery = request.url?.includes('openid') === true;
    const body = isDiscovery ? { issuer: address, jwks_uri: `${address}/jwks` } : { keys: [jwk] };
    response.end(JSON.stringify(body));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return {
    address,
    token(now, repository, change, { key = keys.privateKey, head } = {}) {
      const seconds = Math.floor(now.getTime() / 1000);
      const claims = {
        iss: address,
        aud: 'npm:localhost',
        sub: `repo:${repository}`,
        exp: seconds + 300,
        iat: seconds,
        repository,
        workflow_ref: `${repository}/.github/workflows/release.yml@refs/heads/main`,
        ...change,
      };
      const text = `${encode({ alg: 'RS256', kid: 'k1', typ: 'JWT', ...head })}.${encode(claims)}`;
      return `${text}.${sign('sha256', Buffer.from(text), key).toString('base64url')}`;
    },
    close: () => void server.close(),
  };
}
