import { definePlugin, type Json, type Plugin } from '@agent-factory/sdk';
import { HttpRoute, HttpServer } from '@agent-factory/sdk/contracts';
import type { HttpApiConfig } from './config.ts';
import { errors } from './errors.ts';
import { createHttpApi } from './http-api.ts';
import { openListener } from './listener.ts';
import { isLoopback } from './loopback.ts';
import { openApiDocument } from './openapi.ts';
import { platformRoutes } from './platform-routes.ts';
import { checkRoutes, type OwnedRoute } from './route-table.ts';

const plugin: Plugin<HttpApiConfig> = definePlugin<HttpApiConfig>({
  async setup(ctx) {
    const { host, port } = ctx.config;
    if (!isLoopback(host)) throw errors.AF_HTTP_UNPROTECTED({ host });
    let document: Json | undefined;
    const about = { name: ctx.platform.name, version: ctx.platform.kernelVersion };
    const own = platformRoutes(
      ctx.platform,
      () => (document ??= openApiDocument(routes, about) as Json), // built from plain data
      () => routes,
    );
    const routes: readonly OwnedRoute[] = [
      ...own.map((value) => ({ plugin: ctx.plugin.id, value })),
      ...ctx.all(HttpRoute),
    ];
    checkRoutes(routes);

    let serving = false;
    const listener = await ctx.resource(
      `http:${host}:${port}`,
      () => openListener(host, port),
      (open) => open.close(),
    );
    ctx.provide(HttpServer, { url: () => (serving ? listener.url : undefined) });
    ctx.serve(() => {
      const retired = new AbortController();
      const mine = createHttpApi(routes, ctx, retired.signal);
      listener.handlers.push(mine);
      serving = true;
      return () => {
        serving = false;
        retired.abort();
        listener.handlers.splice(listener.handlers.indexOf(mine), 1);
      };
    });
  },
});

export default plugin;
