import type { InMemoryPlugin } from '@agent-factory/sdk';
import { accessErrors, Authenticator, type Principal } from '@agent-factory/sdk/contracts';
import { testPlugin } from '@agent-factory/sdk/testing';

/** Who there is. */
export const people: Readonly<Record<string, Principal>> = {
  ann: { id: 'ann', tenant: 'acme', kind: 'user', permissions: ['tests:all', 'batch:send'] },
  ben: {
    id: 'ben',
    tenant: 'acme',
    kind: 'user',
    permissions: ['other:read', 'batch:send'],
    grants: [{ permission: 'tests:all', resource: 'things/7' }],
  },
  cleo: {
    id: 'cleo',
    tenant: 'globex',
    kind: 'user',
    permissions: ['batch:send'],
    grants: [{ permission: 'tests:all', resource: 'things/*' }],
  },
};

/** Settled once somebody came of whom nobody can tell. */
export const asked: PromiseWithResolvers<void> = Promise.withResolvers<void>();

/** Takes a name for a proof: in the header, or, as browsers send it by themselves, in a cookie. */
export const names: InMemoryPlugin = testPlugin('names', [Authenticator], (ctx) => {
  const knows = async (name: string | undefined): Promise<Principal | undefined> => {
    if (name === undefined) return undefined;
    if (name === 'nobody can tell') {
      asked.resolve();
      return new Promise<never>(() => {});
    }
    const found = people[name];
    if (!found) throw accessErrors.AF_ACCESS_CREDENTIAL_INVALID({});
    return found;
  };
  ctx.contribute(Authenticator, {
    scheme: 'name',
    security: { type: 'http', scheme: 'bearer' },
    authenticate: ({ authorization }) => knows(authorization?.replace('Bearer ', '')),
  });
  ctx.contribute(Authenticator, {
    scheme: 'nameCookie',
    security: { type: 'apiKey', in: 'cookie', name: 'name' },
    authenticate: ({ cookie }) => knows(cookie?.replace('name=', '')),
  });
});
