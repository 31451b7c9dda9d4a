import type { Json, JsonObject } from '@agent-factory/sdk';
import { errorTable } from '../errors.ts';
import type { Route } from '../app/route.ts';

const base = '/-/af/v1';

/** What an operation is for, and what it is told. */
interface Operation {
  readonly summary: string;
  /** Query parameters, each with what it means. */
  readonly query?: Readonly<Record<string, string>>;
  /** Fields of the body; one that may be left out has a question mark. */
  readonly body?: Readonly<Record<string, JsonObject>>;
}

const text: JsonObject = { type: 'string' };
const oneOf = (...values: readonly string[]): JsonObject => ({ enum: values });
const paging = {
  from: 'How many to pass over. Default 0.',
  size: 'How many to give. Default 20, at most 100.',
};
const proof = { kind: oneOf('domain', 'repository'), value: text };

/** Every operation of the marketplace, by method and path. */
export const operations: Readonly<Record<string, Operation>> = {
  'GET /plugins': {
    summary: 'Search plugins',
    query: {
      text: 'Words to look for; the last may be a beginning.',
      capability: 'Contracts they provide or add to; several by commas, as with all facets.',
      category: 'Keywords.',
      permission: 'Permissions they ask for.',
      kernel: 'Version of a kernel they must run on.',
      kind: 'code, blueprint or knowledge.',
      scope: 'Publishers.',
      facets: '`false` leaves the counts out.',
      ...paging,
    },
  },
  'GET /plugins/{name}': { summary: 'A plugin and its newest version' },
  'GET /plugins/{name}/versions': { summary: 'All versions, newest first' },
  'GET /plugins/{name}/permissions': {
    summary: 'How the permissions of two versions differ',
    query: { from: 'The older version. Default: nothing.', to: 'The newer version. Default: the latest.' },
  },
  'GET /plugins/{name}/readme': {
    summary: 'Readme and changelog of a version, as Markdown',
    query: { version: 'Default: the latest.' },
  },
  'GET /plugins/{name}/reviews': { summary: 'Reviews, newest first, and what they come to', query: paging },
  'PUT /plugins/{name}/reviews/mine': {
    summary: 'Write a review, or change the one you wrote',
    body: { rating: { type: 'integer', minimum: 1, maximum: 5 }, title: text, text },
  },
  'DELETE /plugins/{name}/reviews/mine': { summary: 'Withdraw your review' },
  'POST /plugins/{name}/reviews/{account}/visibility': {
    summary: 'Hide a review, or show it again',
    body: { visibility: oneOf('shown', 'hidden'), 'reason?': text },
  },
  'POST /plugins/{name}/reports': {
    summary: 'Report a plugin, a version or a review to those who run the registry',
    body: {
      kind: oneOf('malware', 'security', 'impersonation', 'licence', 'abuse', 'other'),
      text,
      'version?': text,
      'review?': text,
    },
  },
  'GET /reports': {
    summary: 'Reports that nobody has looked at',
    query: { size: 'Default 50, at most 200.' },
  },
  'POST /reports/{id}': {
    summary: 'Answer a report',
    body: { outcome: oneOf('upheld', 'dismissed'), answer: text },
  },
  'GET /plugins/{name}/screenshots': {
    summary: 'Pictures in the package of a version',
    query: { version: 'Default: the latest.' },
  },
  'GET /plugins/{name}/screenshots/{version}/{file}': { summary: 'One picture' },
  'POST /plugins/{name}/author-key': {
    summary: 'Announce the key that will sign later versions',
    body: { keyId: text },
  },
  'GET /publishers/{publisher}': { summary: 'A publisher, and what was shown to be theirs' },
  'POST /publishers/{publisher}/proofs': {
    summary: 'Name a domain or a repository, and get a challenge',
    body: proof,
  },
  'POST /publishers/{publisher}/proofs/check': { summary: 'Look for the challenge', body: proof },
  'POST /publishers/{publisher}/proofs/remove': { summary: 'Name it no longer', body: proof },
  'GET /webhooks': { summary: 'Your webhooks, and how far each has been told' },
  'POST /webhooks': {
    summary:
      'Be told of changes, signed by the rules of Standard Webhooks; the secret is in this answer alone',
    body: { url: text, 'package?': text },
  },
  'DELETE /webhooks/{id}': { summary: 'Be told no longer' },
  'POST /webhooks/{id}/resume': { summary: 'Go on with a webhook that was given up' },
  'GET /changes': {
    summary: 'What happened to packages, in order',
    query: { since: 'Number of the last change known. Default 0.', limit: 'Default 100, at most 1,000.' },
  },
  'GET /blocklist': { summary: 'Versions that must not run, signed' },
  'GET /bundle': {
    summary: 'Everything an installer asks for some versions, packed, for places without a network',
    query: { plugin: 'A plugin with its version; several times for several.' },
  },
  'GET /documents': {
    summary: 'What an installer begins with: documents of plugins, keys, blocks and metadata, by path',
    query: { plugin: 'A plugin; several times for several, at most 50.' },
  },
  'GET /tuf/{file}': { summary: 'Metadata of The Update Framework' },
  'GET /tuf/targets/{path}': { summary: 'What that metadata vouches for' },
  'POST /accounts': {
    summary: 'Make an account',
    body: { name: text, email: text, password: text, 'role?': oneOf('member', 'admin') },
  },
  'POST /accounts/{account}/unfreeze': { summary: 'Let an account publish again' },
  'POST /accounts/{account}/revoke': {
    summary: 'End all tokens of an account and let it publish no more',
    body: { reason: text },
  },
  'POST /blocks': {
    summary: 'Block versions everywhere',
    body: { name: text, versions: text, reason: text },
  },
  'DELETE /blocks/{id}': { summary: 'End a block' },
  'POST /advisories': {
    summary: 'Tell of a weakness of some versions',
    body: {
      name: text,
      versions: text,
      severity: oneOf('info', 'low', 'moderate', 'high', 'critical'),
      title: text,
      'url?': text,
      'cwe?': { type: 'array', items: text },
    },
  },
  'GET /audit': { summary: 'The audit log, checked', query: { since: 'Number of the last line known.' } },
  'POST /keys/rotate': {
    summary:
      'Sign with a new key from now on: versions (the old key stays listed), or one role of the TUF metadata',
    body: { 'role?': oneOf('registry', 'root', 'targets', 'snapshot', 'timestamp') },
  },
};

/** The description of the API, OpenAPI 3.1: made from the routes that answer. */
export function openApiOf(routes: readonly Route[], url: string): JsonObject {
  const paths: Record<string, Record<string, Json>> = {};
  for (const route of routes.filter(({ path }) => path.startsWith(`${base}/`))) {
    const path = route.path.slice(base.length).replaceAll(/[:*]([a-z]+)/gi, '{$1}');
    const operation = operations[`${route.method} ${path}`];
    if (operation) (paths[path] ??= {})[route.method.toLowerCase()] = described(route, path, operation);
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Agent Factory registry: marketplace',
      version: '1',
      description:
        'What the npm protocol does not have: facets, permissions, reviews, publishers, and what keeps installed hosts safe.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: `${url}${base}` }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: problem },
    },
  };
}

function described({ method, access }: Route, path: string, operation: Operation): Json {
  const names = [...path.matchAll(/\{([a-z]+)\}/gi)].map(([, name = '']) => name);
  const parameters: Json[] = [
    ...names.map((name) => ({ name, in: 'path', required: true, schema: text })),
    ...Object.entries(operation.query ?? {}).map(([name, description]) => ({
      name,
      in: 'query',
      description,
      schema: text,
    })),
  ];
  const fields = Object.entries(operation.body ?? {});
  const operationId = `${method.toLowerCase()}${path.replaceAll(/[^a-z]+([a-z]?)/gi, (_all, letter: string) => letter.toUpperCase())}`;
  return {
    operationId,
    summary: operation.summary,
    ...(parameters.length > 0 && { parameters }),
    ...(fields.length > 0 && {
      requestBody: {
        required: true,
        content: {
          'application/json': {
            schema: {
              type: 'object',
              properties: Object.fromEntries(fields.map(([name, schema]) => [name.replace('?', ''), schema])),
              required: fields.flatMap(([name]) => (name.endsWith('?') ? [] : [name])),
            },
          },
        },
      },
    }),
    ...(access !== 'public' && { security: [{ token: [] }] }),
    responses: {
      [method === 'GET' ? '200' : '2XX']: { description: 'Done.' },
      '4XX': {
        description: 'Refused.',
        content: { 'application/problem+json': { schema: problemReference } },
      },
    },
  };
}

const problemReference: JsonObject = { $ref: '#/components/schemas/Problem' };

const problem: JsonObject = {
  type: 'object',
  description: 'RFC 9457, and the `error` that clients of npm print.',
  properties: {
    type: text,
    title: text,
    status: { type: 'integer' },
    detail: text,
    instance: text,
    code: { enum: Object.keys(errorTable) },
    fix: text,
    error: text,
  },
  required: ['type', 'title', 'status', 'detail', 'code', 'fix', 'error'],
};
