import { definePlugin, type Plugin } from '@agent-factory/sdk';
import { ConsolePage, consoleBlocksSchema, HttpRoute, Permission } from '@agent-factory/sdk/contracts';
import type { HttpConsoleConfig } from './config.ts';
import { consoleRoutes } from './http-console.ts';
import { consolePermissions } from './console-permissions.ts';
import { KnownPages } from './known-pages.ts';
import { PageCalls } from './page-calls.ts';

const plugin: Plugin<HttpConsoleConfig> = definePlugin<HttpConsoleConfig>({
  setup(ctx) {
    const pages = new KnownPages(ctx.all(ConsolePage), ctx.config, ctx.log);
    const calls = new PageCalls((blocks) => ctx.validator(consoleBlocksSchema)(blocks));
    for (const permission of consolePermissions) ctx.contribute(Permission, permission);
    for (const route of consoleRoutes({ pages, calls, name: ctx.platform.name }))
      ctx.contribute(HttpRoute, route);
  },
});

export default plugin;
