import type { JsonObject } from '@agent-factory/sdk';
import { expected } from '../matrix/expected.ts';
import type { Credential } from '../matrix/matrix-platform.ts';
import { badRequestsOf, type BadRequest, type Target } from './bad-requests.ts';
import { dearValues } from './bad-values.ts';
import { compileSchema } from './compile-schema.ts';
import type { FilledPlatform } from './filled-platform.ts';

/** An operation, and who is to ask for it. */
export interface Asked {
  readonly id: string;
  readonly target: Target;
  readonly credential: Credential | undefined;
}

/** Who may do most, first. */
const askers = ['tenant-admin', 'platform-admin', 'operator'];
/** What ends the session that it is asked with, or may: last. */
const last = ['', 'cancelRun', 'endSession', 'endTokens', 'changePassword', 'logout'];

/** Every operation, asked for by somebody who may, so that nothing is refused for another reason. */
export function targetsOf(platform: FilledPlatform): readonly Asked[] {
  const { document } = platform;
  const paths = document['paths'] as Record<string, Record<string, JsonObject>>; // as OpenAPI says
  // What is there is looked at while there is little, and removed at the end.
  const order = ['GET', 'PUT', 'POST', 'DELETE'];
  const rank = ({ id, target }: Asked): number =>
    Math.max(0, last.indexOf(id)) * order.length + order.indexOf(target.operation.method);
  return platform.operations
    .map((operation): Asked => {
      const spec = paths[operation.path]?.[operation.method.toLowerCase()] ?? {};
      const body = Object(Object(Object(spec['requestBody'])['content'])['application/json']) as JsonObject; // as OpenAPI says
      const schema = body['schema'] as JsonObject | undefined; // as OpenAPI says
      const check = schema && compileSchema(schema);
      const allowed = (expected[operation.id] ?? '').split(' ');
      const role = askers.find((one) => allowed.includes(one)) ?? '';
      // People use what is under /auth.
      const kind = operation.path.startsWith('/api/v1/auth/') ? 'sessions' : 'keys';
      return {
        id: operation.id,
        credential: platform[kind].get(role),
        target: {
          operation,
          parameters: spec['parameters'] as unknown as Target['parameters'], // as OpenAPI says
          bodySchema: schema,
          path: platform.pathOf(operation),
          takes: (value) => !check || check(value).length === 0,
        },
      };
    })
    .sort((a, b) => rank(a) - rank(b));
}

/** Bad requests with what proves who asks, unless that is what is bad. */
export function badRequestsFor({ target, credential }: Asked, isDear: boolean): BadRequest[] {
  const all = badRequestsOf(target).map((request) => ({
    ...request,
    headers: {
      ...credential?.headers,
      ...(credential?.csrf !== undefined && { 'x-csrf-token': credential.csrf }),
      ...request.headers,
    },
  }));
  if (!isDear) return all;
  return all.filter(
    ({ what }) =>
      [...dearValues].some((value) => what.endsWith(` = ${value}`)) || /%00$|9007199254740993$/.test(what),
  );
}
