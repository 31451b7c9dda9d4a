import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  Accounts,
  Authenticator,
  createKeptValues,
  createSealedText,
  CredentialSource,
  HttpRoute,
  MaintenanceTask,
  Permission,
  readMigrations,
  Signals,
  Storage,
} from '@agent-factory/sdk/contracts';
import { createAccessTokens } from './access-tokens.ts';
import { createClock } from './clock.ts';
import type { AuthJwtConfig } from './config.ts';
import { createJwtAuth } from './jwt-auth.ts';
import { keySetRoutes } from './key-set-routes.ts';
import { createSigningKeys } from './signing-keys.ts';
import { createTokenAuthenticator } from './token-authenticator.ts';
import { createTokenFamilies } from './token-families.ts';
import { tokenPermissions, tokenRoutes } from './token-routes.ts';
import type { FamilyRow, SigningKeyRow } from './token-rows.ts';

const sweepEveryMs = 3_600_000;

const plugin: Plugin<AuthJwtConfig> = definePlugin<AuthJwtConfig>({
  async setup(ctx) {
    const { config, log } = ctx;
    const [storage, accounts] = [ctx.use(Storage), ctx.use(Accounts)];
    const folder = new URL('../migrations', import.meta.url);
    await storage.migrate('auth-jwt', readMigrations(folder, storage.dialect, 'platform'));
    const heard = { keepMs: config.keepMs, signals: ctx.tryUse(Signals), log };
    const keptKeys = createKeptValues<readonly SigningKeyRow[]>({ ...heard, channel: 'signing_keys' });
    const keptFamilies = createKeptValues<FamilyRow | undefined>({ ...heard, channel: 'token_families' });
    ctx.own(() => {
      keptKeys.close();
      keptFamilies.close();
    });
    const clock = createClock(storage);
    const sealed = createSealedText(config.keySecret.reveal(), 'auth-jwt signing keys');
    const keys = createSigningKeys({ storage, kept: keptKeys, sealed, clock, config, log });
    const tokens = createAccessTokens({ keys, clock, config });
    const sources = ctx.all(CredentialSource).map(({ value }) => value);
    const families = createTokenFamilies({
      storage,
      accounts,
      sources,
      kept: keptFamilies,
      clock,
      config,
      log,
    });
    const auth = createJwtAuth({ accounts, sources, families, tokens });
    ctx.contribute(Authenticator, createTokenAuthenticator(tokens, families));
    for (const permission of tokenPermissions) ctx.contribute(Permission, permission);
    for (const route of [...tokenRoutes(auth, families), ...keySetRoutes(keys)])
      ctx.contribute(HttpRoute, route);
    ctx.contribute(MaintenanceTask, {
      name: 'auth-jwt-sweep',
      description: 'Removes tokens that are over, and keys nothing is signed with any more.',
      everyMs: sweepEveryMs,
      run: async () => ({ removed: (await families.sweep()) + (await keys.sweep()) }),
    });
  },
});

export default plugin;
