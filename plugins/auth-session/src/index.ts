import { definePlugin, type Plugin } from '@agent-factory/sdk';
import {
  Accounts,
  Authenticator,
  builtInRoles,
  createKeptValues,
  createSealedText,
  CredentialSource,
  HttpRoute,
  LoginSessions,
  MaintenanceTask,
  Permission,
  readMigrations,
  Signals,
  Storage,
  type BuiltInRole,
} from '@agent-factory/sdk/contracts';
import type { AuthSessionConfig } from './config.ts';
import { createClaims } from './claims.ts';
import { createFailureDelay } from './failure-delay.ts';
import { inviteOwner } from './first-owner.ts';
import { createInvitations } from './invitations.ts';
import { createLoginSessions } from './login-sessions.ts';
import { createPasswords } from './passwords.ts';
import { invitationRoute } from './routes/invitation-route.ts';
import { loginRoutes } from './routes/login-routes.ts';
import { ownRoutes } from './routes/own-routes.ts';
import { createSecondFactor } from './second-factor.ts';
import { createSessionAuth, type SessionAuthParts } from './session-auth.ts';
import { createSessionAuthenticator } from './session-authenticator.ts';
import type { SessionRow } from './session-tables.ts';
import { createSessions } from './sessions.ts';

const sweepEveryMs = 3_600_000;

const plugin: Plugin<AuthSessionConfig> = definePlugin<AuthSessionConfig>({
  async setup(ctx) {
    const { config, log } = ctx;
    const [storage, accounts] = [ctx.use(Storage), ctx.use(Accounts)];
    const folder = new URL('../migrations', import.meta.url);
    await storage.migrate('auth-session', readMigrations(folder, storage.dialect, 'platform'));
    const kept = createKeptValues<SessionRow | undefined>({
      channel: 'sessions',
      keepMs: config.keepMs,
      signals: ctx.tryUse(Signals),
      log,
    });
    const sessions = createSessions(storage, kept, config);
    ctx.own(async () => {
      kept.close();
      await sessions.settled();
    });
    const key = config.secondFactorKey?.reveal();
    const delay = createFailureDelay(storage);
    const parts: SessionAuthParts = {
      accounts,
      sessions,
      delay,
      passwords: createPasswords(storage),
      invitations: createInvitations(storage, config),
      claims: createClaims(storage),
      secondFactor: createSecondFactor(
        storage,
        key === undefined ? undefined : createSealedText(key, 'auth-session second factor'),
      ),
    };
    const auth = createSessionAuth(parts);
    ctx.provide(LoginSessions, createLoginSessions({ ...parts, auth }, config));
    ctx.contribute(Authenticator, createSessionAuthenticator(accounts, sessions, config));
    ctx.contribute(CredentialSource, { scheme: 'session', holds: sessions.isLive });
    ctx.contribute(Permission, {
      name: 'me:write',
      description: 'Change one’s own password and second factor, and end one’s sessions.',
      roles: Object.keys(builtInRoles) as BuiltInRole[], // its keys
    });
    const routes = [...loginRoutes(auth, config), ...ownRoutes(auth, parts, config), invitationRoute(parts)];
    for (const route of routes) ctx.contribute(HttpRoute, route);
    ctx.contribute(MaintenanceTask, {
      name: 'auth-session-sweep',
      description: 'Removes sessions that are over and wrong tries that count no more.',
      everyMs: sweepEveryMs,
      run: async () => ({ removed: (await sessions.sweep()) + (await delay.sweep()) }),
    });
    if (ctx.platform.role !== 'worker')
      ctx.serve(() => inviteOwner({ ...parts, ownerEmail: config.ownerEmail, log }));
  },
});

export default plugin;
