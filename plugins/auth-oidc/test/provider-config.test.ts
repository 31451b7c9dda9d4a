import assert from 'node:assert/strict';
import { isAgentFactoryError, Secret } from '@agent-factory/sdk';
import { silentLog } from '@agent-factory/sdk/testing';
import { createGitHubProvider } from '../src/github-provider.ts';
import { createOpenIdProvider } from '../src/openid-provider.ts';

const clientSecret = new Secret('a secret');

describe('the address of a provider', () => {
  const makers = {
    oidc: (issuer: string) =>
      createOpenIdProvider({ id: 'corp', kind: 'oidc', issuer, clientId: 'x', trustEmail: false }, silentLog),
    github: (issuer: string) =>
      createGitHubProvider(
        { id: 'corp', kind: 'github', issuer, clientId: 'x', clientSecret, trustEmail: false },
        silentLog,
      ),
  };
  for (const [kind, make] of Object.entries(makers)) {
    it(`is one, and is HTTPS or of this machine, for ${kind}`, () => {
      const wrong = ['https://', 'https://a b', 'http://login.example', 'http://127.0.0.1.evil.example'];
      for (const issuer of wrong)
        assert.throws(
          () => make(issuer),
          (error) => isAgentFactoryError(error, 'AF_OIDC_CONFIG'),
          issuer,
        );
      const right = ['https://login.example', 'http://127.0.0.1:9', 'http://localhost:9', 'http://[::1]:9'];
      for (const issuer of right) assert.equal(make(issuer).id, 'corp');
    });
  }
});
