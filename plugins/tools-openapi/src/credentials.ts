import type { ValidationProblem } from '@agent-factory/sdk';
import { isPart, type OpenApiDocument, type Part } from './openapi-document.ts';
import type { OpenApiSpec } from './openapi-spec.ts';
import type { Credential } from './operation.ts';

/** The secrets that go with an operation's requests: of the first of its alternatives that the registration can meet. */
export function credentialsOf(
  document: OpenApiDocument,
  operation: Part,
  spec: OpenApiSpec,
  report: (problem: ValidationProblem) => void,
): readonly Credential[] {
  const own = Object.entries(spec.secretHeaders ?? {}).map(([name, secret]): Credential => ({
    in: 'header',
    name,
    secret,
    as: 'plain',
  }));
  const wanted: unknown = operation['security'] ?? document.root['security'];
  const ways = (Array.isArray(wanted) ? wanted : []).filter(isPart).map((way) => Object.keys(way));
  if (ways.length === 0) return own;
  const auth = spec.auth ?? {};
  const met = ways.find((way) => way.length > 0 && way.every((scheme) => Object.hasOwn(auth, scheme)));
  if (met === undefined) {
    if (spec.anonymous !== true && own.length === 0 && !ways.some((way) => way.length === 0))
      report({
        path: '/auth',
        message: `requests need ${ways.map((way) => way.join(' and ')).join(', or ')}`,
        fix: 'Name the secret of each ("auth": { "<scheme>": { "secret": "<name>" } }), or set "anonymous": true.',
      });
    return own;
  }
  const schemes = document.part(document.part(document.root['components'])['securitySchemes']);
  const made = met.map((name) => {
    const credential = credentialOf(document.part(schemes[name]), auth[name] ?? { secret: '' });
    if (credential === undefined)
      report({
        path: `/auth/${name}`,
        message: 'is of a kind that cannot be used',
        fix: 'Use apiKey, http bearer, http basic or oauth2; others can be sent with "secretHeaders".',
      });
    return credential;
  });
  return [...own, ...made.filter((one) => one !== undefined)];
}

function credentialOf(
  scheme: Part,
  { secret, username }: { readonly secret: string; readonly username?: string },
): Credential | undefined {
  const header = { in: 'header', name: 'authorization', secret } as const;
  switch (scheme['type']) {
    case 'apiKey': {
      const place = scheme['in'];
      if (
        (place !== 'header' && place !== 'query' && place !== 'cookie') ||
        typeof scheme['name'] !== 'string'
      )
        return undefined;
      return { in: place, name: scheme['name'], secret, as: 'plain' };
    }
    case 'http':
      switch (String(scheme['scheme']).toLowerCase()) {
        case 'bearer':
          return { ...header, as: 'bearer' };
        case 'basic':
          return { ...header, as: 'basic', ...(username !== undefined && { username }) };
        default:
          return undefined;
      }
    case 'oauth2':
    case 'openIdConnect':
      return { ...header, as: 'bearer' };
    default:
      return undefined;
  }
}
