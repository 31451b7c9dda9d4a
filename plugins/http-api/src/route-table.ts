import type { Contribution } from '@agent-factory/sdk';
import { permissionNamePattern, type HttpRoute, type Permission } from '@agent-factory/sdk/contracts';
import { deprecationFault } from './deprecation.ts';
import { errors } from './errors.ts';

/** A route, and the plugin it comes from. */
export type OwnedRoute = Contribution<HttpRoute>;

const methods = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
/** Methods that change what is there. */
export const replacing: ReadonlySet<string> = new Set(['PUT', 'PATCH', 'DELETE']);
const rates: ReadonlySet<string> = new Set<HttpRoute['rate']>(['read', 'write', 'run', 'login']);

/** The names in a path's braces. */
export function pathParameters(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
}

/**
 * Checks every route before any is served: a permission that somebody contributed or a reason to have none, how dear
 * it is, a well-formed path of its own, a unique operation id, and a success response. Throws AF_HTTP_ROUTE_INVALID
 * for the first that fails.
 */
export function checkRoutes(routes: readonly OwnedRoute[], permissions: readonly Permission[]): void {
  const known = new Set(permissions.map(({ name }) => name));
  const seen = new Map<string, string>();
  const shapes = new Map<string, string>();
  for (const { plugin, value: route } of routes) {
    const name = `${route.method} ${route.path}`;
    const reason = faultOf(route, known) ?? clashOf(route, seen, shapes);
    if (reason !== undefined) throw errors.AF_HTTP_ROUTE_INVALID({ route: name, plugin, reason });
    for (const key of [shapeOf(name), route.operationId]) seen.set(key, plugin);
    shapes.set(shapeOf(route.path), route.path);
  }
}

/** What is wrong with a route by itself. Plugins may be plain JavaScript, so the types alone prove nothing. */
function faultOf(route: HttpRoute, known: ReadonlySet<string>): string | undefined {
  if (!methods.has(route.method)) return `its method is none of ${[...methods].join(', ')}.`;
  if (!/^(?:\/(?:[\w.-]+|\{[A-Za-z_]\w*\}))+$/.test(route.path))
    return 'its path is not of the form /api/v1/things/{id}.';
  const { permission } = route;
  if (!hasPermission(route)) return 'it declares no permission, and no reason why anybody may call it.';
  if (typeof permission === 'string' && !permissionNamePattern.test(permission))
    return `"${permission}" is no permission of the form things:verb.`;
  if (typeof permission === 'string' && !known.has(permission))
    return `no plugin contributes the permission "${permission}": ctx.contribute(Permission, ...).`;
  if (!rates.has(route.rate)) return `its rate is none of ${[...rates].join(', ')}.`;
  if (!/^[a-z][A-Za-z0-9]*$/.test(route.operationId))
    return `"${route.operationId}" is no camelCase operation id.`;
  const ending = route.deprecated && deprecationFault(route.deprecated);
  if (ending !== undefined) return ending;
  if (typeof route.handler !== 'function') return 'it has no handler.';
  if (!Object.keys(route.responses ?? {}).some((status) => /^[23]/.test(status)))
    return 'it declares no success response.';
  if (route.revalidates && route.method !== 'GET') return 'only GET routes can be revalidated.';
  if (route.constant && route.method !== 'GET') return 'only GET routes can be constant.';
  if (route.preconditions && !replacing.has(route.method))
    return 'only PUT, PATCH and DELETE routes take preconditions.';
  if (route.body && route.method === 'GET') return 'a GET route takes no body.';
  const parameters = pathParameters(route.path);
  const twice = parameters.find((param, at) => parameters.indexOf(param) !== at);
  if (twice !== undefined) return `its path has the parameter "${twice}" twice.`;
  const named = pathParameters(route.resource ?? '').find((param) => !parameters.includes(param));
  if (named !== undefined) return `the parameter "${named}" of its resource is not in its path.`;
  const declared = Object.keys((route.params?.['properties'] as object | undefined) ?? {});
  const unknown = declared.find((param) => !parameters.includes(param));
  return unknown === undefined ? undefined : `its parameter "${unknown}" is not in its path.`;
}

/** What is wrong with a route beside the others. */
function clashOf(
  { method, path, operationId }: HttpRoute,
  seen: ReadonlyMap<string, string>,
  shapes: ReadonlyMap<string, string>,
): string | undefined {
  for (const key of [shapeOf(`${method} ${path}`), operationId]) {
    const other = seen.get(key);
    if (other !== undefined) return `${other} already has "${key}".`;
  }
  const same = shapes.get(shapeOf(path));
  return same === undefined || same === path ? undefined : `${same} has other names for the same parameters.`;
}

/** A path without the names of its parameters: two of one shape cannot be told apart. */
function shapeOf(path: string): string {
  return path.replace(/\{\w+\}/g, '{}');
}

function hasPermission({ permission }: HttpRoute): boolean {
  if (typeof permission === 'string') return permission.length > 0;
  return typeof permission?.public === 'string' && permission.public.length > 0;
}

/** The status a route answers with when its handler names none. */
export function successStatus(route: HttpRoute): number {
  return Number(Object.keys(route.responses).find((status) => /^[23]/.test(status)) ?? 200);
}
