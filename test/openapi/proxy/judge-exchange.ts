import type { createInstance } from '@stoplight/prism-http';
import type { ApiDocument, DescribedOperation } from './api-document.ts';

/** A request and its answer. */
export interface Exchange {
  readonly method: string;
  /** Path and query. */
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
  readonly answer: Answer;
}

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Left out where it was not kept: of what is no JSON, and of HEAD. */
  readonly body?: Buffer;
}

type Create = typeof createInstance;
type Operations = Parameters<ReturnType<Create>['request']>[1];
type Forward = NonNullable<Parameters<Create>[1]['forward']>;

/** How Prism tells of a body that is not taken. */
const mediaTypeCode = 415;

const silent = (): void => {};
const log = { info: silent, warn: silent, error: silent, debug: silent, trace: silent, success: silent };
const logger = { ...log, child: () => log } as never; // it asks for one of pino, and calls these alone

/**
 * What an OpenAPI document does not allow of an exchange, as Prism finds, each a line. What was refused is judged by its
 * answer alone, and once for each shape: tests are refused a thousand times in the same words.
 */
export async function judgeExchange(exchange: Exchange, document: ApiDocument): Promise<readonly string[]> {
  const { method, target, headers, answer } = exchange;
  // Every path answers OPTIONS, and a GET route HEAD, as HTTP has it; the document lists neither.
  if (method === 'OPTIONS') return [];
  const [path = '', query = ''] = target.split('?', 2);
  const where = `${method} ${path}: ${answer.status}`;
  const operation = document.operationOf(method === 'HEAD' ? 'get' : method.toLowerCase(), path);
  const isFailure = answer.status >= 400;
  if (!operation) return isFailure ? [] : [`${where}: the document has no such operation`];
  const body = bodyOf(answer.body, answer.headers);
  const shape = isFailure ? shapeOf(answer, body) : '';
  const before = rightShapes.get(operation);
  if (before?.has(shape)) return [];
  const request = {
    method: operation.method as 'get', // of a document
    url: { path, query: queryOf(query) },
    headers,
    body: bodyOf(exchange.body, headers),
  };
  const isRefused = isFailure || isRpcError(body);
  const prism = await createPrism({ statusCode: answer.status, headers: answer.headers, body }, isRefused);
  const judged = await prism.request(request, await operationsOf(operation))();
  if (judged._tag === 'Left') return [`${where}: ${judged.left.message}`];
  const { input, output } = judged.right.validations;
  const isChosen = operation.takesFields && 'fields' in request.url.query;
  const found = [
    // A body that nothing is said of is not read.
    ...input.filter(({ code }) => operation.hasBody || code !== mediaTypeCode),
    // Of what was not kept nothing can be said; of what was chosen from, not what is missing.
    ...output.filter(
      ({ code, path: at }) => (answer.body || at?.[0] !== 'body') && !(isChosen && code === 'required'),
    ),
  ].filter(({ code }) => code !== 'deprecated'); // it may be used all the same
  if (isFailure && found.length === 0) rightShapes.set(operation, (before ?? new Set()).add(shape));
  return found.map(
    ({ message, path: at = [] }) => `${where}: ${message} (${[operation.name, ...at].join(' ')})`,
  );
}

/** Of failures of an operation in which nothing was found. */
const rightShapes = new WeakMap<DescribedOperation, Set<string>>();

/** All but the words and numbers that differ from one failure to the next. */
function shapeOf({ status, headers }: Answer, body: unknown): string {
  const shown = JSON.stringify(body, (name, value: unknown) =>
    typeof value === 'number' || (typeof value === 'string' && name !== 'code') ? typeof value : value,
  );
  return [status, headers['content-type'], ...Object.keys(headers), shown].join();
}

/** Prism as a proxy, behind which an answer lies that is there already. */
async function createPrism(right: object, isRefused: boolean): Promise<ReturnType<Create>> {
  const { createInstance: create } = await import('@stoplight/prism-http');
  const forward = (() => () => async () => ({ _tag: 'Right', right })) as unknown as Forward; // fp-ts, written out
  const config = {
    isProxy: true,
    upstream: new URL('http://127.0.0.1'),
    upstreamProxy: undefined,
    checkSecurity: !isRefused,
    validateRequest: !isRefused,
    validateResponse: true,
    errors: false,
    mock: { dynamic: false },
  } as const;
  return create(config, { logger, forward });
}

/** As Prism reads them, by their text: most platforms of a test run say the same of an operation. */
const byText = new Map<string, Promise<Operations>>();
const maxTexts = 400;
const byOperation = new WeakMap<DescribedOperation, Promise<Operations>>();

function operationsOf(operation: DescribedOperation): Promise<Operations> {
  const before = byOperation.get(operation);
  if (before) return before;
  const text = JSON.stringify(operation.document());
  const operations = byText.get(text) ?? readOperations(text);
  if (byText.size >= maxTexts) byText.clear();
  byText.set(text, operations);
  byOperation.set(operation, operations);
  return operations;
}

/** Prism compiles a schema once for each object: what is equal is made the same, or it would be once for each operation. */
async function readOperations(text: string): Promise<Operations> {
  const { getHttpOperationsFromSpec } = await import('@stoplight/prism-http');
  const operations = await getHttpOperationsFromSpec(JSON.parse(text) as object);
  for (const response of operations.flatMap(({ responses }) => responses)) {
    if (response.headers) response.headers = sharedAs(response.headers);
    for (const content of response.contents ?? [])
      if (content.schema) content.schema = sharedAs(content.schema);
  }
  return operations;
}

const shared = new Map<string, object>();

function sharedAs<T extends object>(one: T): T {
  // Prism gives each its own number.
  const text = JSON.stringify(one, (name, value: unknown) => (name === 'x-stoplight' ? undefined : value));
  const known = shared.get(text) ?? one;
  shared.set(text, known);
  return known as T; // it has the same text
}

/** What is no JSON though it says so stays text, which no schema of ours takes. */
function bodyOf(body: Buffer | undefined, headers: Answer['headers']): unknown {
  if (!body || body.length === 0) return undefined;
  const text = body.toString();
  if (!/\bjson\b/.test(headers['content-type'] ?? '')) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** As parsers of queries give it: a list where a name is repeated. */
function queryOf(query: string): Record<string, string | string[]> {
  const params = new URLSearchParams(query);
  const values = [...new Set(params.keys())].map((name) => [name, params.getAll(name)] as const);
  return Object.fromEntries(
    values.map(([name, [first = '', ...more]]) => [name, more.length > 0 ? [first, ...more] : first]),
  );
}

/** Doors of JSON-RPC refuse with status 200 and an error in the body, as its specification says. */
function isRpcError(body: unknown): boolean {
  const { jsonrpc, error } = Object(body) as { readonly jsonrpc?: unknown; readonly error?: unknown };
  return jsonrpc === '2.0' && error !== undefined;
}
