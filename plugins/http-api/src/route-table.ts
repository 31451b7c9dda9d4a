import type { Contribution } from '@agent-factory/sdk';
import type { HttpRoute } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';

/** A route, and the plugin it comes from. */
export type OwnedRoute = Contribution<HttpRoute>;

/** The names in a path's braces. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
}

/**
 * Checks every route before any is served: a permission or a reason to have none, a well-formed path of its own,
 * a unique operation id, and a success response. Throws AF_HTTP_ROUTE_INVALID for the first that fails.
 */
export function checkRoutes(routes: readonly OwnedRoute[]): void {
  const seen = new Map<string, string>();
  for (const { plugin, value: route } of routes) {
    const name = `${route.method} ${route.path}`;
    const fail = (reason: string): never => {
      throw errors.AF_HTTP_ROUTE_INVALID({ route: name, plugin, reason });
    };
    if (!hasPermission(route)) fail('it declares no permission, and no reason why anybody may call it.');
    if (!/^(\/([\w.-]+|\{\w+\}))+$/.test(route.path)) fail('its path is not of the form /api/v1/things/{id}.');
    if (!/^[a-z][A-Za-z0-9]*$/.test(route.operationId)) fail(`"${route.operationId}" is no camelCase operation id.`);
    if (!Object.keys(route.responses).some((status) => status.startsWith('2'))) fail('it declares no success response.');
    if (route.body && route.method === 'GET') fail('a GET route takes no body.');
    for (const key of [name.replace(/\{\w+\}/g, '{}'), route.operationId]) {
      const other = seen.get(key);
      if (other) fail(`${other} already has "${key}".`);
      seen.set(key, plugin);
    }
    const declared = Object.keys((route.params?.['properties'] as object | undefined) ?? {});
    const unknown = declared.find((param) => !pathParameters(route.path).includes(param));
    if (unknown) fail(`its parameter "${unknown}" is not in its path.`);
  }
}

function hasPermission(route: HttpRoute): boolean {
  const { permission } = route;
  if (typeof permission === 'string') return permission.length > 0;
  return typeof permission?.public === 'string' && permission.public.length > 0;
}

/** The status a route answers with when its handler names none. */
export function successStatus(route: HttpRoute): number {
  return Number(Object.keys(route.responses).find((status) => status.startsWith('2')) ?? 200);
}
