import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  Accounts,
  CredentialSource,
  HttpRoute,
  LoginSessions,
  MaintenanceTask,
  Permission,
  readMigrations,
  Storage,
} from '@agent-factory/sdk/contracts';
import { createAttempts } from './attempts.ts';
import type { AuthOidcConfig } from './config.ts';
import { errors } from './errors.ts';
import { createGitHubProvider } from './github-provider.ts';
import { createIdentities } from './identities.ts';
import { createOidcAuth } from './oidc-auth.ts';
import { createOpenIdProvider } from './openid-provider.ts';
import { identityPermission, identityRoutes } from './routes/identity-routes.ts';
import { oidcRoutes } from './routes/oidc-routes.ts';

const sweepEveryMs = 3_600_000;

const plugin: Plugin<AuthOidcConfig> = definePlugin<AuthOidcConfig>({
  async setup(ctx) {
    const { config, log } = ctx;
    const [storage, accounts, sessions] = [ctx.use(Storage), ctx.use(Accounts), ctx.use(LoginSessions)];
    const seen = new Set<string>();
    const providers = config.providers.map((one) => {
      const { id: provider, kind, issuer } = one;
      if (seen.has(provider)) throw errors.AF_OIDC_CONFIG({ provider, reason: 'its id is there twice' });
      seen.add(provider);
      if (kind === 'oidc' && issuer === undefined)
        throw errors.AF_OIDC_CONFIG({ provider, reason: 'it has no "issuer"' });
      if (kind === 'google' && issuer !== undefined)
        throw errors.AF_OIDC_CONFIG({ provider, reason: 'Google has one issuer; leave "issuer" out' });
      return kind === 'github' ? createGitHubProvider(one, log) : createOpenIdProvider(one, log);
    });
    const folder = new URL('../migrations', import.meta.url);
    await storage.migrate('auth-oidc', readMigrations(folder, storage.dialect, 'platform'));
    const sources = ctx.all(CredentialSource).map(({ value }) => value);
    const attempts = createAttempts(storage);
    const identities = createIdentities({ storage, accounts, sessions });
    const auth = createOidcAuth({ providers, attempts, identities, sessions, sources, config });
    ctx.contribute(Permission, identityPermission);
    for (const route of [...oidcRoutes(auth, config), ...identityRoutes(auth, identities)])
      ctx.contribute(HttpRoute, route);
    ctx.contribute(MaintenanceTask, {
      name: 'auth-oidc-sweep',
      description: 'Removes logins that nobody came back from.',
      everyMs: sweepEveryMs,
      run: async () => ({ removed: await attempts.sweep() }),
    });
  },
});

export default plugin;
