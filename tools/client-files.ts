// What the client knows of each operation, from the OpenAPI document: types, and where to send it.
import { createTypeWriter, type TypeWriter } from './client-types.ts';

type Node = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Node;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly deprecated?: boolean;
  readonly parameters: readonly Parameter[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

interface Page {
  readonly items: string;
  readonly item: Node;
  readonly from: string;
  readonly by?: string;
}

type Content = Readonly<Record<string, { readonly schema?: Node }>>;

/** Behind these are our own routes; protocols of others have clients of their own. */
const ours = '/api/v1/';
const streams = 'events: true';
const head = '// Written by the routes: npm run client:types. Not by hand.\n';

/** The generated files of the client, by name. */
export function clientFiles(document: Node): Readonly<Record<string, string>> {
  const writer = createTypeWriter();
  const [routes, types, summaries] = [[] as string[], new Map<string, string>(), new Map<string, string>()];
  const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Operation>>>>; // by OpenAPI
  const operations = Object.entries(paths).flatMap(([path, item]) =>
    path.startsWith(ours)
      ? Object.entries(item).map(([method, operation]) => ({ path, method, operation }))
      : [],
  );
  // What is one thing gives the names that lists of it use.
  const rank = ({ operation }: (typeof operations)[number]): number =>
    operation.operationId.startsWith('get') ? 0 : 1;
  for (const { path, method, operation } of operations.sort((left, right) => rank(left) - rank(right))) {
    const answer = answerOf(operation, writer);
    if (!answer) continue;
    const { operationId, summary, deprecated } = operation;
    const page = pageOf(operation);
    const members = [`input: ${inputOf(operation, writer)}`, ...answer];
    if (page) members.push(`item: ${writer.of(page.item, operationId)}`);
    types.set(operationId, `{ ${members.join('; ')} }`);
    summaries.set(operationId, `${summary}${deprecated ? ' @deprecated' : ''}`);
    const by = page?.by === undefined ? '' : `, by: '${page.by}'`;
    const paged = page && `, page: { items: '${page.items}', from: '${page.from}'${by} }`;
    const streamed = answer.includes(streams) ? ', events: true' : '';
    const way = `method: '${method.toUpperCase()}', path: '${path}'`;
    routes.push(`  ${operationId}: { ${way}${streamed}${paged ?? ''} },`);
  }
  const finished = writer.finish(types);
  const lines = [...finished.types].map(
    ([id, type]) => `  /** ${summaries.get(id) ?? ''} */ ${id}: ${type};`,
  );
  const shared = [...finished.named].map(([name, type]) => `type ${name} = ${type};`);
  return {
    'operations.ts': `${head}${shared.sort().join('\n')}

/** What each operation takes and gives. */
export interface Operations {
${lines.sort(byId).join('\n')}
}
`,
    'routes.ts': `${head}import type { Route } from '../route.ts';
import type { Operations } from './operations.ts';

/** Where each operation is sent. */
export const routes: Readonly<Record<keyof Operations, Route>> = {
${routes.sort().join('\n')}
};
`,
  };
}

function byId(left: string, right: string): number {
  const [one = '', other = ''] = [left, right].map((line) => line.replace(/^.*?\*\/ /, ''));
  return one < other ? -1 : 1;
}

/** Parameters by their names, and the body: no name stands in two places. */
function inputOf({ operationId, parameters, requestBody }: Operation, writer: TypeWriter): string {
  const names = parameters.map(({ name }) => name);
  if (new Set([...names, 'body']).size !== names.length + 1)
    throw new Error(`${operationId}: a parameter has the name of another, or is called "body"`);
  const members = parameters.map(({ name, in: place, required, schema }) => {
    if (place === 'header' && !/^if-(none-)?match$/.test(name))
      throw new Error(`${operationId}: the client does not know the header "${name}"`);
    const type = writer.of(schema, `${operationId} ${name}`);
    const key = /^\w+$/.test(name) ? name : `'${name}'`;
    return required ? `${key}: ${type}` : `${key}?: ${type} | undefined`;
  });
  const body = requestBody?.content['application/json']?.schema;
  if (body) members.push(`body: ${writer.of(body, `${operationId} input`)}`);
  return members.length === 0 ? '{}' : `{ ${members.join('; ')} }`;
}

/** Of answers in JSON, of none at all, and of streams; pages and redirections are for browsers. */
function answerOf({ operationId, responses }: Operation, writer: TypeWriter): string[] | undefined {
  const types = new Set<string>();
  for (const [status, { content = {} }] of Object.entries(responses)) {
    if (!status.startsWith('2')) continue;
    const [[kind, { schema = {} }] = ['', {}]] = Object.entries(content);
    if (kind === '') types.add('undefined');
    else if (kind === 'text/event-stream') return [streams];
    else if (/\bjson\b/.test(kind)) types.add(writer.of(schema, operationId.replace(/^get(?=.)/, '')));
    else return undefined;
  }
  return types.size === 0 ? undefined : [`answer: ${[...types].join(' | ')}`];
}

/** How the next page is asked for: by `next` of the one before, or by its last item or a field of that. */
function pageOf({ operationId, parameters, responses }: Operation): Page | undefined {
  const cursor = parameters.find(({ name }) => name === 'after' || name === 'before');
  const schema = responses['200']?.content?.['application/json']?.schema;
  if (!cursor || !schema) return undefined;
  const properties = schema['properties'] as Readonly<Record<string, Node>>; // of every page
  const [[items, list] = ['', {}]] = Object.entries(properties).filter(([, { type }]) => type === 'array');
  const item = list['items'] as Node; // of every list
  const own = fieldsOf(item);
  const wanted = cursor.schema['type'] === 'integer' ? ['seq'] : ['id', 'source'];
  if ('next' in properties) return { items, item, from: cursor.name, by: 'next' };
  if (item['type'] === 'string') return { items, item, from: cursor.name };
  const by = wanted.find((field) => own.has(field));
  if (by === undefined) throw new Error(`${operationId}: nothing tells where its next page begins`);
  return { items, item, from: cursor.name, by };
}

function fieldsOf({ properties = {}, oneOf = [] }: Node): Set<string> {
  return new Set([
    ...Object.keys(Object(properties)),
    ...(oneOf as readonly Node[]).flatMap((one) => [...fieldsOf(one)]),
  ]); // by JSON Schema
}
