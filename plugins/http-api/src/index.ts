import type { RequestListener } from 'node:http';
import { definePlugin, type Json, type Plugin } from '@agent-factory/sdk';
import {
  Accounts,
  AuditLog,
  Authenticator,
  createMemoryRateLimiter,
  HttpRoute,
  HttpServer,
  onAnswer,
  Permission,
  Quotas,
  RateLimiter,
  RequestLedger,
  Tracing,
} from '@agent-factory/sdk/contracts';
import { AuditTrail } from './audit-trail.ts';
import { batchRoute } from './batch-route.ts';
import type { HttpApiConfig } from './config.ts';
import { errors } from './errors.ts';
import { createHttpApi } from './http-api.ts';
import { openListener } from './listener.ts';
import { isLoopback } from './loopback.ts';
import { openApiDocument } from './openapi.ts';
import { platformPermissions, platformRoutes } from './platform-routes.ts';
import { checkRoutes, type OwnedRoute } from './route-table.ts';

const plugin: Plugin<HttpApiConfig> = definePlugin<HttpApiConfig>({
  async setup(ctx) {
    const { host, port, maxBodyBytes } = ctx.config;
    const authenticators = ctx.all(Authenticator).map(({ value }) => value);
    if (authenticators.length === 0 && !isLoopback(host)) throw errors.AF_HTTP_UNPROTECTED({ host });
    let document: Json | undefined;
    const { name, kernelVersion: version } = ctx.platform;
    const about = { name, version, authenticators, maxBodyBytes };
    // Its own go the way of all others, so that whatever is asked of routes is asked of these.
    const own = [
      ...platformRoutes(
        ctx.platform,
        () => (document ??= openApiDocument(routes, about) as Json), // built from plain data
        () => routes,
      ),
      batchRoute((...inner) => api.answerInner(...inner)),
    ];
    for (const route of own) ctx.contribute(HttpRoute, route);
    for (const permission of platformPermissions) ctx.contribute(Permission, permission);
    const permissions = ctx.all(Permission).map(({ value }) => value);
    // First among them, so that another plugin that takes one of their places is told so.
    const isOwn = ({ value }: OwnedRoute): boolean => own.includes(value);
    const routes: readonly OwnedRoute[] = ctx.all(HttpRoute).toSorted((a, b) => +isOwn(b) - +isOwn(a));
    checkRoutes(routes, permissions);
    const told = ctx.hook(onAnswer);
    const accounts = ctx.tryUse(Accounts);
    ctx.serve(() => accounts?.know(permissions));
    if (ctx.platform.role === 'worker') {
      ctx.provide(HttpServer, { url: () => undefined });
      return;
    }
    const { config, log } = ctx;
    const audit = ctx.tryUse(AuditLog);
    const platformWide = permissions.filter(({ scope }) => scope === 'platform').map(({ name }) => name);
    const { loginsWithoutAudit } = config;
    const trail =
      audit && new AuditTrail({ audit, platformWide: new Set(platformWide), log, loginsWithoutAudit });
    ctx.own(() => trail?.settled());
    const api = createHttpApi(routes, {
      config,
      log,
      authenticators,
      trail,
      ledger: ctx.tryUse(RequestLedger),
      limiter: ctx.tryUse(RateLimiter) ?? createMemoryRateLimiter(),
      quotas: ctx.tryUse(Quotas),
      lease: () => ctx.lease(),
      told,
      tracing: ctx.tryUse(Tracing),
      validator: (schema, options) => ctx.validator(schema, options),
    });
    const { url, handlers } = await ctx.resource(
      `http:${host}:${port}`,
      () => openListener(host, port),
      (listener) => listener.close(),
    );
    let serving = false;
    ctx.provide(HttpServer, { url: () => (serving ? url : undefined) });
    ctx.serve(() => {
      const retired = new AbortController();
      const answer: RequestListener = (request, response) => api.answer(request, response, retired.signal);
      handlers.push(answer);
      serving = true;
      // The command line tells people; this is for whoever starts the platform from a program.
      if (authenticators.length === 0)
        log.debug('nothing asks for a login: whoever reaches this address acts as the owner', { url });
      return () => {
        serving = false;
        const at = handlers.indexOf(answer);
        if (at !== -1) handlers.splice(at, 1);
        retired.abort(errors.AF_HTTP_STARTING({}));
      };
    });
  },
});

export default plugin;
