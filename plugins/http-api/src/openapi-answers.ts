import type { ErrorSpec } from '@agent-factory/sdk';
import { accessErrorTable, type HttpRoute } from '@agent-factory/sdk/contracts';
import { errorTable } from './errors.ts';
import { withinAnswer } from './openapi-bounds.ts';
import { problemSchema } from './problem.ts';
import { replacing } from './route-table.ts';

type Node = Record<string, unknown>;

/** The answers of an OpenAPI document. */
export interface Answers {
  /** `responses` of the operation of a route. */
  of(route: HttpRoute): Node;
  /** What all those written so far refer to. */
  components(): Node;
}

const { AF_HTTP_INTERNAL, AF_HTTP_RATE_LIMITED } = errorTable;
const { AF_HTTP_BODY_MALFORMED, AF_HTTP_BODY_TOO_LARGE, AF_HTTP_MEDIA_TYPE, AF_HTTP_NO_ENTITY_TAG } =
  errorTable;
// Giving too much away is an error of the few routes that give.
const { AF_ACCESS_GRANT_TOO_WIDE: _ofFew, ...accessErrors } = accessErrorTable;

const eventStream = 'text/event-stream';

const headers: Readonly<Record<string, Node>> = {
  RateLimit: {
    description:
      'What is left of each limit that counted the request: how many requests (`r`), and in how many seconds ' +
      '(`t`) all are there again. Left out where none did.',
    schema: withinAnswer({ type: 'string' }),
    example: '"user-read";r=599;t=1',
  },
  'RateLimit-Policy': {
    description: 'Each of these limits: how many requests (`q`) in how many seconds (`w`).',
    schema: withinAnswer({ type: 'string' }),
    example: '"user-read";q=600;w=60',
  },
  'Retry-After': {
    description: 'In how many seconds the request may be made again.',
    schema: withinAnswer({ type: 'integer', minimum: 0 }),
    example: 3,
  },
};

/** Without a login nothing is limited, nor refused for want of one. What goes wrong in many places is written once. */
export function createAnswers(hasLogin: boolean): Answers {
  const problems: Record<string, Node> = {};
  let isTold = hasLogin;
  const limited = hasLogin ? refer('RateLimit', 'RateLimit-Policy') : undefined;

  const successes = (route: HttpRoute): Node => {
    const listed = Object.entries(route.responses).map(
      ([status, { description, schema, contentType, example, orStream }]) => {
        const told = { description, ...(limited && { headers: limited }) };
        if (!schema && !contentType) return [status, told];
        const type = contentType ?? 'application/json';
        // What is no JSON is text; its events or lines have no schema here. Only a stream has no end.
        const text = type === eventStream ? { type: 'string' } : withinAnswer({ type: 'string' });
        const shown = schema ? withinAnswer(schema) : /\bjson\b/.test(type) ? undefined : text;
        const content = { ...(shown && { schema: shown }), ...(example !== undefined && { example }) };
        const stream = orStream && { [eventStream]: { schema: { type: 'string' } } };
        return [status, { ...told, content: { [type]: content, ...stream } }];
      },
    );
    const unchanged = route.revalidates && { 304: { description: 'It is as `if-none-match` has it.' } };
    return { ...(Object.fromEntries(listed) as Node), ...unchanged }; // of pairs
  };

  const failures = (route: HttpRoute): Node => {
    const byStatus = new Map<number, string[]>([[400, ['AF_HTTP_REQUEST_INVALID']]]);
    const everywhere = {
      ...(hasLogin && typeof route.permission === 'string' && accessErrors),
      ...(hasLogin && { AF_HTTP_RATE_LIMITED }),
      AF_HTTP_INTERNAL,
      ...(route.body && { AF_HTTP_BODY_MALFORMED, AF_HTTP_BODY_TOO_LARGE, AF_HTTP_MEDIA_TYPE }),
      ...(replacing.has(route.method) && !route.preconditions && { AF_HTTP_NO_ENTITY_TAG }),
    };
    for (const [code, spec] of Object.entries<ErrorSpec>({ ...everywhere, ...route.errors })) {
      const status = spec.status ?? 500;
      byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
    }
    // Those of a protocol of others look as that protocol says.
    const [kind, content] = route.problemBody
      ? ['.foreign', { 'application/json': { schema: { type: 'object' } } }]
      : ['', { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } }];
    const problem = (name: string, description: string, told = limited): Node => {
      problems[name + kind] ??= { description, ...(told && { headers: told }), content };
      return { $ref: `#/components/responses/${name}${kind}` };
    };
    const listed = [...byStatus].map(([status, codes]) => {
      isTold ||= status === 429;
      const told = status === 429 ? refer('RateLimit', 'RateLimit-Policy', 'Retry-After') : limited;
      return [status, problem(codes.join('.'), codes.join(', '), told)];
    });
    return { ...Object.fromEntries(listed), default: problem('other', 'Any other problem.') };
  };

  return {
    of: (route) => ({ ...successes(route), ...failures(route) }),
    components: () => ({
      schemas: { Problem: withinAnswer(problemSchema) },
      responses: problems,
      ...(isTold && { headers }),
    }),
  };
}

function refer(...names: readonly string[]): Node {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}
