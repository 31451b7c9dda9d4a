import type { ValidationProblem } from '@agent-factory/sdk';
import { isPart, type OpenApiDocument, type Part } from './openapi-document.ts';
import type { OpenApiSpec } from './openapi-spec.ts';

/** Where requests of an operation go: as the registration says, else as the nearest `servers` of the document does. */
export function serverOf(
  document: OpenApiDocument,
  parts: readonly Part[],
  spec: OpenApiSpec,
  report: (problem: ValidationProblem) => void,
): string {
  const listed = [...parts, document.root]
    .map(({ servers }) => servers)
    .find((one) => Array.isArray(one) && one.length > 0);
  const first: unknown = Array.isArray(listed) ? listed[0] : undefined;
  const template = spec.server ?? (isPart(first) && typeof first['url'] === 'string' ? first['url'] : '/');
  const variables = isPart(first) && isPart(first['variables']) ? first['variables'] : {};
  const filled = template.replaceAll(/\{([^{}]*)\}/g, (whole, name: string) => {
    const given = spec.variables?.[name];
    if (given !== undefined) return given;
    const usual = isPart(variables[name]) ? variables[name]['default'] : undefined;
    return typeof usual === 'string' ? usual : whole;
  });
  const url = URL.parse(filled, spec.url);
  if (url !== null && /^https?:$/.test(url.protocol) && !/[{}]|%7B/i.test(filled)) {
    url.search = '';
    url.hash = '';
    return url.href.replace(/\/+$/, '');
  }
  report({
    path: '/server',
    message: `"${filled.slice(0, 200)}" is no address that requests can go to`,
    fix: 'Give the whole address as "server": https://api.example.org/v1; and "variables" where it has any.',
  });
  return '';
}
