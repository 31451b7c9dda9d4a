import { foreignSchema, type JsonSchema, type ValidationProblem } from '@agent-factory/sdk';
import type { ToolEffect } from '@agent-factory/sdk/domain';
import { credentialsOf } from './credentials.ts';
import { isPart, type OpenApiDocument, type Part } from './openapi-document.ts';
import type { OpenApiSpec, OperationChoice } from './openapi-spec.ts';
import { OperationSchemas, outputSchema, preferredMedia } from './operation-schemas.ts';
import type { Operation, Parameter, ParameterPlace } from './operation.ts';
import { serverOf } from './server-url.ts';

const effects: Readonly<Record<string, ToolEffect>> = {
  get: 'read',
  head: 'read',
  put: 'idempotent-write',
  post: 'write',
  patch: 'write',
  delete: 'idempotent-write',
};

/** Headers that the request itself decides. */
const ownHeaders =
  /^(accept|content-type|content-length|authorization|cookie|host|connection|transfer-encoding)$/i;

/** What is needed to read a document. */
export interface ReadOptions {
  readonly spec: OpenApiSpec;
  /** The name of the registration. */
  readonly name: string;
  readonly timeoutMs: number;
  readonly maxOperations: number;
}

/** The operations that were chosen, as tools, and what keeps some from being any. */
export interface ReadOperations {
  readonly operations: readonly Operation[];
  readonly problems: readonly ValidationProblem[];
}

/** Makes tools of a document's operations. */
export function readOperations(document: OpenApiDocument, options: ReadOptions): ReadOperations {
  const { spec, maxOperations } = options;
  const problems: ValidationProblem[] = [];
  const names = new Set<string>();
  const operations: Operation[] = [];
  const chosen = new Set<string>();
  for (const [path, item] of Object.entries(document.part(document.root['paths']))) {
    for (const method of Object.keys(effects)) {
      const found = document.part(item)[method];
      if (!isPart(found)) continue;
      const id = typeof found['operationId'] === 'string' ? found['operationId'] : '';
      const keys = [id, `${method.toUpperCase()} ${path}`].filter(Boolean);
      for (const key of keys) chosen.add(key);
      if (!isChosen(keys, spec)) continue;
      const at = `/paths/${path.replaceAll('~', '~0').replaceAll('/', '~1')}/${method}`;
      const choice = keys.map((key) => spec.operations?.[key]).find((one) => one !== undefined) ?? {};
      const wanted = toolName(choice.name ?? options.name + '_' + (id || `${method}${path}`));
      let name = wanted;
      for (let number = 2; names.has(name); number++) name = `${wanted.slice(0, 60)}_${number}`;
      names.add(name);
      const place = { path, method, at, item: document.part(item), found, choice, name };
      operations.push(readOperation(document, place, options, problems));
    }
  }
  const asked = [...(spec.include ?? []), ...Object.keys(spec.operations ?? {})];
  for (const key of asked.filter((one) => !one.includes('*') && !chosen.has(one)))
    problems.push({
      path: '/include',
      message: `names "${key}", which the document does not have`,
      fix: `There are ${[...chosen].slice(0, 20).join(', ')}.`,
    });
  if (operations.length === 0) problems.push({ path: '', message: 'no operation of the document is chosen' });
  if (operations.length > maxOperations)
    problems.push({
      path: '/include',
      message: `${operations.length} operations are chosen, and ${maxOperations} may be`,
      fix: 'List those that are needed under "include".',
    });
  return { operations, problems };
}

interface Place {
  readonly path: string;
  readonly method: string;
  readonly at: string;
  readonly item: Part;
  readonly found: Part;
  readonly choice: OperationChoice;
  readonly name: string;
}

function readOperation(
  document: OpenApiDocument,
  { path, method, at, item, found, choice, name }: Place,
  { spec, timeoutMs }: ReadOptions,
  problems: ValidationProblem[],
): Operation {
  const report = (problem: ValidationProblem): void =>
    void problems.push({ ...problem, path: problem.path || at });
  const schemas = new OperationSchemas(document, 'readOnly');
  const properties: Record<string, JsonSchema> = {};
  const required: string[] = [];
  const parameters: Parameter[] = [];
  for (const one of parametersOf(document, item, found)) {
    const place = String(one['in']) as ParameterPlace; // looked at below
    const own = String(one['name']);
    if (!['path', 'query', 'header', 'cookie'].includes(place)) continue;
    if (place === 'header' && ownHeaders.test(own)) continue;
    const property = Object.hasOwn(properties, own) || own === 'body' ? `${own}_${place}` : own;
    const [media] = preferredMedia(one['content']);
    properties[property] = described(schemas.part(one['schema'] ?? media?.[1]['schema'] ?? {}), one);
    if (one['required'] === true || place === 'path') required.push(property);
    parameters.push({ property, name: own, in: place, ...styleOf(one, place, media !== undefined) });
  }
  for (const [, wanted = ''] of path.matchAll(/\{([^{}]+)\}/g))
    if (!parameters.some((one) => one.in === 'path' && one.name === wanted))
      report({ path: '', message: `its path needs "${wanted}", and no parameter of it is described` });
  const body = document.part(found['requestBody']);
  const [media] = preferredMedia(body['content']);
  if (media !== undefined) {
    properties['body'] = described(schemas.part(media[1]['schema'] ?? {}), body, 'What is sent.');
    if (body['required'] === true) required.push('body');
  }
  const input = schemas.whole({ type: 'object', properties, required, additionalProperties: false });
  const output =
    choice.output === false || choice.result !== undefined
      ? undefined
      : choice.output
        ? foreignSchema(choice.output)
        : outputSchema(document, found['responses']);
  const idempotencyHeader = choice.idempotencyHeader;
  const usual: ToolEffect = effects[method] ?? 'write';
  const effect = choice.effect ?? (usual === 'write' && idempotencyHeader ? 'idempotent-write' : usual);
  const retry = effect === 'write' ? undefined : (choice.retry ?? spec.retry);
  const text = [found['summary'], found['description']].filter(
    (one) => typeof one === 'string' && one !== '',
  );
  return {
    name,
    description: (
      choice.description ??
      (text.join('\n').trim() || `Sends the request ${method.toUpperCase()} ${path}.`)
    )
      .slice(0, 2_000)
      .toWellFormed(),
    effect,
    method: method.toUpperCase(),
    base: serverOf(document, [found, item], spec, report),
    path,
    parameters,
    ...(media !== undefined && { bodyType: media[0] }),
    input,
    ...(output && { output }),
    credentials: credentialsOf(document, found, spec, report),
    headers: spec.headers ?? {},
    ...(idempotencyHeader !== undefined && { idempotencyHeader }),
    ...(choice.result !== undefined && { result: choice.result }),
    timeoutMs: choice.timeoutMs ?? spec.timeoutMs ?? timeoutMs,
    ...(retry && { retry }),
  };
}

/** Those of the path and of the operation; the latter win. */
function parametersOf(document: OpenApiDocument, item: Part, found: Part): readonly Part[] {
  const all = new Map<string, Part>();
  for (const list of [item['parameters'], found['parameters']])
    for (const one of Array.isArray(list) ? list : []) {
      const parameter = document.part(one);
      if (typeof parameter['name'] === 'string')
        all.set(`${String(parameter['in'])} ${parameter['name']}`, parameter);
    }
  return [...all.values()];
}

function styleOf(one: Part, place: ParameterPlace, isMedia: boolean): Pick<Parameter, 'style' | 'explode'> {
  if (isMedia) return { style: 'json', explode: false };
  const usual = place === 'query' || place === 'cookie' ? 'form' : 'simple';
  const named = one['style'];
  const style =
    named === 'deepObject' || named === 'spaceDelimited' || named === 'pipeDelimited' || named === 'form'
      ? named
      : usual;
  return { style, explode: typeof one['explode'] === 'boolean' ? one['explode'] : style === 'form' };
}

function described(schema: JsonSchema, { description }: Part, otherwise = ''): JsonSchema {
  const text =
    typeof description === 'string' && description !== '' ? description.slice(0, 1_000) : otherwise;
  if (schema['description'] !== undefined || text === '')
    return schema['description'] === undefined
      ? { ...schema, description: 'A part of the request.' }
      : schema;
  // Beside a reference a description is allowed since 2019-09.
  return { ...schema, description: text.toWellFormed() };
}

function isChosen(keys: readonly string[], { include, exclude = [] }: OpenApiSpec): boolean {
  const fits = (pattern: string): boolean => keys.some((key) => glob(pattern, key));
  return (include === undefined || include.some(fits)) && !exclude.some(fits);
}

/** `*` stands for any text. By splitting, not by a regular expression of somebody's making. */
function glob(pattern: string, text: string): boolean {
  const parts = pattern.split('*');
  const [head = '', ...rest] = parts;
  if (rest.length === 0) return text === pattern;
  const tail = rest.pop() ?? '';
  if (!text.startsWith(head) || !text.endsWith(tail) || text.length < head.length + tail.length) return false;
  let at = head.length;
  for (const part of rest) {
    const next = text.indexOf(part, at);
    if (next < 0 || next + part.length > text.length - tail.length) return false;
    at = next + part.length;
  }
  return true;
}

/** A name that models take: letters, digits, `_` and `-`, at most 64. */
function toolName(text: string): string {
  const plain = text.replaceAll(/[^A-Za-z0-9_-]+/g, '_').replaceAll(/^_+|_+$/g, '');
  return plain.slice(0, 64) || 'tool';
}
