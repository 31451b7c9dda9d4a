import type { JsonSchema, PluginContext, PluginManifest } from '@agent-factory/sdk';
import type { HttpReply, HttpRequest } from '@agent-factory/sdk/contracts';
import { errors } from './errors.ts';
import { consolePageSchema, fitConsolePage } from './fit-console-page.ts';
import type { Grants } from './grants.ts';
import { lendable } from './broker/lend.ts';

type Remote = (...args: unknown[]) => Promise<unknown>;

const text = { type: 'string', minLength: 1, maxLength: 4000 };
const object = { type: 'object' };
const closedRoute = ['method', 'path', 'operationId', 'summary', 'tag', 'permission', 'responses', 'rate'];

/** What isolated plugins may contribute to, the data each needs, and its functions. */
const shapes: Readonly<
  Record<string, { readonly schema: JsonSchema; readonly functions: readonly string[] }>
> = {
  tool: {
    schema: {
      required: ['name', 'description', 'input', 'effect'],
      properties: {
        name: { type: 'string', pattern: '^[A-Za-z0-9_-]{1,64}$' },
        description: text,
        input: object,
        output: object,
        effect: { enum: ['pure', 'read', 'idempotent-write', 'write'] },
      },
    },
    functions: ['run'],
  },
  'language-model': {
    schema: {
      required: ['provider', 'description', 'available'],
      properties: { provider: text, description: text, available: { type: 'boolean' } },
    },
    functions: ['generate', 'stream'],
  },
  embedder: {
    schema: {
      required: ['provider', 'description', 'available'],
      properties: { provider: text, description: text },
    },
    functions: ['embed'],
  },
  guardrail: {
    schema: {
      required: ['name', 'description', 'stages', 'settings'],
      properties: { name: text, description: text, stages: { type: 'array' }, settings: object },
    },
    functions: ['prepare'],
  },
  'http-route': {
    schema: {
      required: closedRoute,
      properties: { path: text, operationId: text, summary: text, tag: text },
    },
    functions: ['handler'],
  },
  'console-page': { schema: consolePageSchema, functions: [] },
};

/** Response headers a plugin's route may set. */
const allowedHeaders =
  /^(cache-control|content-language|etag|last-modified|location|retry-after|x-[a-z0-9-]+)$/;
/** Request headers a plugin's route is told. */
const toldHeaders =
  /^(accept|accept-language|content-type|content-length|if-none-match|user-agent|x-request-id)$/;

/** Refuses a manifest that wants what no isolated plugin can have. Throws AF_ISOLATION_NOT_LENT or …_CODE_REFUSED. */
export function checkManifest(manifest: PluginManifest): { uses: string[]; collects: string[] } {
  const {
    id,
    version,
    requires = {},
    optional = {},
    collects = {},
    provides = {},
    contributes = {},
    hooks,
  } = manifest;
  const plugin = `${id}@${version}`;
  const refuse = (reason: string): Error =>
    errors.AF_ISOLATION_CODE_REFUSED({
      plugin,
      reason,
      mend: 'Take it out, or let the operator trust the plugin.',
    });
  for (const wanted of Object.keys(requires))
    if (wanted !== 'isolation' && !lendable.uses.includes(wanted))
      throw errors.AF_ISOLATION_NOT_LENT({ plugin, id: wanted });
  for (const given of [...Object.keys(provides), ...Object.keys(contributes)])
    if (!Object.hasOwn(shapes, given) && !given.startsWith(`${id}.`))
      throw refuse(
        `it offers "${given}", which decides over others; isolated plugins offer ${Object.keys(shapes).join(', ')}, and ids of their own that begin with "${id}."`,
      );
  if (hooks?.defines?.length) throw refuse('it defines hooks');
  return {
    uses: [...Object.keys(requires), ...Object.keys(optional)].filter((one) => lendable.uses.includes(one)),
    collects: Object.keys(collects).filter((one) => lendable.collects.includes(one)),
  };
}

/** A contribution, checked and held to its limits. AF_ISOLATION_SHAPE for one that does not fit its contract. */
export function fitContribution(
  { plugin, id: pluginId, ctx, grants }: { plugin: string; id: string; ctx: PluginContext; grants: Grants },
  id: string,
  value: unknown,
): unknown {
  const shape = Object.hasOwn(shapes, id) ? shapes[id] : undefined;
  if (!shape) return value;
  const problems = ctx
    .validator({ type: 'object', ...shape.schema })(value)
    .map(({ path, message }) => `${path} ${message}`.trim());
  for (const name of shape.functions)
    if (typeof (value as Record<string, unknown> | null)?.[name] !== 'function')
      problems.push(`it has no function ${name}`);
  if (problems.length > 0) throw errors.AF_ISOLATION_SHAPE({ plugin, id, problems: problems.join('; ') });
  const given = value as Record<string, unknown>; // an object, as every schema says
  if (id === 'http-route') return fitRoute(plugin, pluginId, grants, given);
  return id === 'console-page' ? fitConsolePage({ plugin, ctx, grants }, given) : value;
}

function fitRoute(plugin: string, id: string, grants: Grants, route: Record<string, unknown>): unknown {
  const prefix = `/api/v1/plugins/${id}/`;
  if (!String(route['path']).startsWith(prefix) || /\.\.|\/\/|[%?#\\]/.test(String(route['path'])))
    throw errors.AF_ISOLATION_SHAPE({
      plugin,
      id: 'http-route',
      problems: `its path does not begin with ${prefix}`,
    });
  const handler = route['handler'] as Remote; // looked at before
  return {
    ...route,
    async handler(request: HttpRequest): Promise<HttpReply> {
      const granted = grants.require('routes', `answer requests at ${prefix}`);
      const headers = Object.fromEntries(
        Object.entries(request.headers).filter(([name]) => toldHeaders.test(name)),
      );
      const { params, query, body, principal, requestId } = request;
      const signal = AbortSignal.any([request.signal, granted]);
      const { id: who, tenant } = principal;
      const reply = Object(
        await handler({ params, query, body, headers, principal: { id: who, tenant }, requestId, signal }),
      ) as Record<string, unknown>;
      const given = Object.entries(Object(reply['headers']) as Record<string, unknown>);
      const kept = given.filter(([name, text]) => {
        return allowedHeaders.test(name.toLowerCase()) && typeof text === 'string' && !/[\r\n\0]/.test(text);
      });
      const { status, stream } = reply;
      const parts = { headers: Object.fromEntries(kept) as Record<string, string> };
      if (stream !== undefined) return { ...parts, stream: stream as never }; // pieces are JSON, as the bridge gives them
      const isStatus = Number.isInteger(status) && Number(status) >= 200 && Number(status) < 600;
      return {
        ...parts,
        ...(isStatus && { status: Number(status) }),
        body: (reply['body'] ?? null) as never,
      }; // as above
    },
  };
}
