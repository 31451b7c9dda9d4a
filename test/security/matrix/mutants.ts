import manifest from '@agent-factory/plugin-http-api/package.json' with { type: 'json' };
import httpApi from '@agent-factory/plugin-http-api';
import {
  definePlugin,
  type InMemoryPlugin,
  type PluginContext,
  type PluginManifest,
} from '@agent-factory/sdk';
import {
  Accounts,
  HttpRoute,
  Permission,
  type BuiltInRole,
  type HttpServer,
} from '@agent-factory/sdk/contracts';
import type { TestKernel } from '@agent-factory/sdk/testing';

/** The HTTP API as it is, which also serves single routes that were tampered with. */
export interface MutantServer {
  readonly plugin: InMemoryPlugin;
  /** Serves one route, changed, for as long as `work` takes, on the same platform. */
  withRoute<T>(
    kernel: TestKernel,
    id: string,
    change: (route: HttpRoute) => HttpRoute,
    work: (url: string) => Promise<T>,
  ): Promise<T>;
}

/** Makes it. Nothing is booted anew for a mutant: another table is put before the handlers there are. */
export function createMutantServer(): MutantServer {
  const { agentFactory, name, version } = manifest;
  let context: PluginContext | undefined;
  const setup = (ctx: PluginContext): ReturnType<typeof httpApi.setup> =>
    // Its configuration has been checked by the schema that its manifest brings.
    httpApi.setup(ctx as unknown as Parameters<typeof httpApi.setup>[0]);
  return {
    plugin: {
      manifest: { ...(agentFactory as unknown as PluginManifest), name, version }, // the block of package.json, as the loader reads it
      config: { port: 0, rateLimits: [] },
      plugin: definePlugin({
        setup(ctx) {
          context = ctx;
          return setup(ctx);
        },
      }),
    },
    async withRoute(kernel, id, change, work) {
      if (!context) throw new Error('the mutant server has not been booted');
      const { twisted, url, dispose } = twist(context, kernel, id, change);
      try {
        await setup(twisted);
        return await work(await url());
      } finally {
        await dispose();
      }
    },
  };
}

/** A context in which one route is all there is, changed, and whose effects are undone by hand. */
function twist(ctx: PluginContext, kernel: TestKernel, id: string, change: (route: HttpRoute) => HttpRoute) {
  const undo: (() => unknown)[] = [];
  const serving: (() => unknown)[] = [];
  let server: HttpServer | undefined;
  const instead: Partial<Record<keyof PluginContext, unknown>> = {
    contribute: () => {},
    hook: () => () => undefined,
    own: (dispose: () => unknown) => void undo.push(dispose),
    provide: (_contract: unknown, provided: HttpServer) => void (server = provided), // it provides nothing else
    serve: (begin: () => unknown) => void serving.push(begin),
    tryUse: ((contract) => {
      try {
        return kernel.use(contract);
      } catch {
        return undefined;
      }
    }) satisfies PluginContext['tryUse'],
    resource: async (
      _key: string,
      open: () => Promise<unknown>,
      close: (opened: unknown) => Promise<unknown>,
    ) => {
      const opened = await open();
      undo.unshift(() => close(opened));
      return opened;
    },
    all: ((collection) =>
      kernel.all(collection).flatMap((one) => {
        if (collection.id !== HttpRoute.id) return [one];
        const route = one.value as HttpRoute; // what a collection holds is told by its id
        return route.operationId === id ? [{ ...one, value: change(route) as typeof one.value }] : [];
      })) satisfies PluginContext['all'],
  };
  const twisted = new Proxy(ctx, {
    get(target, key) {
      if (Object.hasOwn(instead, key)) return instead[key as keyof PluginContext]; // one of its own keys
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return {
    twisted,
    async url(): Promise<string> {
      for (const begin of serving) {
        const end = await begin();
        if (typeof end === 'function') undo.unshift(() => (end as () => unknown)()); // what takes it back
      }
      return server?.url() ?? '';
    },
    async dispose(): Promise<void> {
      for (const each of undo) await each();
    },
  };
}

/** Gives one role one permission it has not, or takes one it has, for as long as `work` takes. */
export async function withRole<T>(
  kernel: TestKernel,
  permission: string,
  role: BuiltInRole,
  work: () => Promise<T>,
): Promise<T> {
  const accounts = kernel.use(Accounts);
  const all = kernel.all(Permission).map(({ value }) => value);
  const change = (one: Permission): Permission => {
    if (one.name !== permission) return one;
    const { roles } = one;
    return {
      ...one,
      roles: roles.includes(role) ? roles.filter((other) => other !== role) : [...roles, role],
    };
  };
  accounts.know(all.map(change));
  try {
    return await work();
  } finally {
    accounts.know(all);
  }
}
