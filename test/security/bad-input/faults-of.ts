import type { JsonObject, ValidationProblem } from '@agent-factory/sdk';
import { toldCode, type Told } from '../matrix/call-platform.ts';
import type { BadRequest } from './bad-requests.ts';
import type { Reply } from './send.ts';

/** What a document says of the answers of its operations. */
export interface AnswerRules {
  /** What is not as the document says of an answer that is a problem; empty where nothing is. */
  problemsOf(operationId: string, reply: Reply): readonly string[];
}

/** Told of any request, whatever it asks for: what the HTTP server itself answers. */
const ofServer: ReadonlySet<string> = new Set([
  'AF_HTTP_NOT_FOUND',
  'AF_HTTP_METHOD_NOT_ALLOWED',
  'AF_HTTP_MALFORMED',
  'AF_HTTP_PATH_MALFORMED',
  'AF_HTTP_HEADERS_TOO_LARGE',
]);

/** What tells of the inside: stacks, files, tables and statements, errors of engines and of JavaScript. */
export const inside: RegExp =
  /\bat \S+ \(|\bat (?:async |new )?\S+:\d+:\d+|node_modules|node:internal|file:\/\/|\.[cm]?[jt]s\b:?\d*|\/(?:tmp|home|work|usr|var)\/|\baf_[a-z]+_[a-z_]+\b|SQLITE|\b(?:SELECT|INSERT INTO|DELETE FROM)\b|\b(?:Type|Range|Reference)Error\b|is not a function|Cannot read prop|of undefined|invalid byte sequence|syntax for type/;

/** Reads what a document says. */
export function answerRulesOf(document: JsonObject, compile: Compile): AnswerRules {
  const { schemas, responses } = document['components'] as Record<string, Record<string, JsonObject>>; // as OpenAPI says
  const fits = new Map<unknown, ReturnType<Compile>>();
  const found = (node: JsonObject): JsonObject => {
    const { $ref = '' } = node as { readonly $ref?: string }; // as OpenAPI says
    const name = $ref.split('/').at(-1) ?? '';
    return (responses?.[name] ?? schemas?.[name] ?? node) as JsonObject; // as OpenAPI says
  };
  const other = { $ref: '#/components/responses/other' };
  const byId = new Map(
    Object.values(document['paths'] as Record<string, Record<string, JsonObject>>) // as OpenAPI says
      .flatMap((methods) => Object.values(methods))
      .map((spec) => [spec['operationId'], spec['responses'] as Record<string, JsonObject>] as const), // as OpenAPI says
  );
  return {
    problemsOf(id, reply) {
      const all = byId.get(id) ?? {};
      const own = all[String(reply.status)];
      const isOfServer = ofServer.has(codeOf(reply));
      const wrong = own || isOfServer ? [] : ['is not documented'];
      // Before there is a route, an answer is as that of no protocol of others.
      const said = found(isOfServer ? other : (own ?? all['default'] ?? other));
      const [[type, content] = ['none', {}]] = Object.entries(Object(said['content']) as JsonObject);
      if (!reply.type.startsWith(type)) return [...wrong, `is ${reply.type}, not ${type}`];
      const schema = found(Object(Object(content)['schema']) as JsonObject);
      const check = fits.get(schema) ?? compile(schema);
      fits.set(schema, check);
      return [...wrong, ...check(JSON.parse(reply.text)).map(({ path, message }) => `${path} ${message}`)];
    },
  };
}

type Compile = (schema: JsonObject) => (value: unknown) => readonly ValidationProblem[];

/** A door of JSON-RPC 2.0 refuses with status 200 and an error in the body, as its specification says. */
function isRpcError(text: string): boolean {
  return text.startsWith('{"jsonrpc":"2.0"') && (JSON.parse(text) as { error?: unknown }).error !== undefined;
}

/** What is not as it must be in the answer to a bad request, each as one line. */
export function faultsOf(id: string, request: BadRequest, reply: Reply, rules: AnswerRules): string[] {
  const { status, text } = reply;
  const faults: string[] = [];
  if (status >= 500) faults.push('is nobody’s business');
  else if (status >= 400) faults.push(...rules.problemsOf(id, reply));
  else if (request.isWrong && !isRpcError(text)) faults.push('should be refused');
  // Nobody else writes an error for us.
  const told = status >= 400 ? inside.exec(text.replaceAll(request.path, '')) : undefined;
  if (told) faults.push(`tells "${told[0]}"`);
  return faults.map((fault) => lineOf(id, request, reply, fault));
}

/** One readable line. */
function lineOf(id: string, { method, path, what }: BadRequest, reply: Reply, fault: string): string {
  const shown = path.length > 80 ? `${path.slice(0, 70)}… of ${path.length}` : path;
  return `${id}, ${what}: ${method} ${shown} answers ${reply.status} ${codeOf(reply)}, which ${fault}`;
}

/** The code of a problem, as ours or as those of protocols of others. */
export function codeOf({ text, type }: Reply): string {
  if (!type.includes('json')) return '';
  return toldCode(Object(JSON.parse(text)) as Told) ?? '';
}
