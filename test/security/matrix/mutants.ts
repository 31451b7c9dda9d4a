import manifest from '@agent-factory/plugin-http-api/package.json' with { type: 'json' };
import httpApi from '@agent-factory/plugin-http-api';
import {
  definePlugin,
  type InMemoryPlugin,
  type PluginContext,
  type PluginManifest,
} from '@agent-factory/sdk';
import { builtInRoles, HttpRoute, Permission, type BuiltInRole } from '@agent-factory/sdk/contracts';

/** A change to everything that plugins say about who may do what. */
export interface Mutation {
  readonly name: string;
  route?(route: HttpRoute): HttpRoute;
  permission?(permission: Permission): Permission;
}

/** Each takes something away, or gives it away, from every route at once: each route is judged by itself. */
export const mutations: readonly Mutation[] = [
  {
    name: 'no route asks for a permission',
    route: (route) => ({ ...route, permission: { public: 'a mutant' } }),
  },
  { name: 'every route asks for one that all have', route: (route) => ({ ...route, permission: 'me:read' }) },
  { name: 'no role has a permission', permission: (one) => ({ ...one, roles: [] }) },
  {
    name: 'every role has every permission',
    permission: (one) => ({ ...one, roles: Object.keys(builtInRoles) as BuiltInRole[] }), // its keys
  },
];

/** The HTTP API, told something else than plugins say. */
export function mutated(mutation: Mutation): InMemoryPlugin {
  const { agentFactory, name, version } = manifest;
  return {
    manifest: { ...(agentFactory as unknown as PluginManifest), name, version }, // the block of package.json, as the loader reads it
    config: { port: 0, rateLimits: [] },
    plugin: definePlugin({
      setup(ctx) {
        // Its configuration has been checked by the schema that its manifest brings.
        return httpApi.setup(twisted(ctx, mutation) as unknown as Parameters<typeof httpApi.setup>[0]);
      },
    }),
  };
}

/** A context whose collections were tampered with. */
function twisted(ctx: PluginContext, { route, permission }: Mutation): PluginContext {
  const all: PluginContext['all'] = (collection) =>
    ctx.all(collection).map((one) => {
      // What a collection holds is told by its id.
      const value: unknown = one.value;
      if (collection.id === HttpRoute.id && route && isAsking(value as HttpRoute))
        return { ...one, value: route(value as HttpRoute) as typeof one.value };
      if (collection.id === Permission.id && permission)
        return { ...one, value: permission(value as Permission) as typeof one.value };
      return one;
    });
  return new Proxy(ctx, {
    get(target, key) {
      if (key === 'all') return all;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

function isAsking({ permission }: HttpRoute): boolean {
  return typeof permission === 'string';
}
