import { createClient, type Client } from '@agent-factory/client';
import { errors } from '../errors.ts';
import { readDefinition } from '../read-definition.ts';
import { print, table } from '../terminal.ts';

/** Options of commands that ask a running platform. */
export interface ApiOptions {
  readonly url: string;
}

/** Options of `api call`. */
export interface ApiCallOptions extends ApiOptions {
  /** JSON. */
  readonly body?: string;
  /** File of YAML or JSON, in the place of `body`. */
  readonly file?: string;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
}

/** An operation as the platform's OpenAPI document has it. */
interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  readonly takesBody: boolean;
  readonly isStream: boolean;
}

/** `agent-factory api list [words]`: the operations there are. */
export async function listOperations(
  words: readonly string[],
  { url, json }: ApiOptions & { readonly json?: boolean },
): Promise<void> {
  const wanted = words.map((word) => word.toLowerCase());
  const found = (await operationsOf(connect(url))).filter(({ id, path, summary }) => {
    const text = `${id} ${path} ${summary}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
  if (json) return print(JSON.stringify(found, null, 2));
  if (found.length === 0) return print('There are no such operations.');
  const rows = found.map((one) => [one.id, takes(one), one.summary]);
  for (const line of table([['OPERATION', 'TAKES', 'DOES'], ...rows])) print(line);
}

/** `agent-factory api call <operation> [name=value]`: prints JSON, of a stream one event a line. */
export async function callOperation(
  id: string,
  given: readonly string[],
  options: ApiCallOptions,
): Promise<void> {
  const client = connect(options.url);
  const operation = (await operationsOf(client)).find((one) => one.id === id);
  if (!operation) {
    const reason = 'the platform serves no such operation';
    throw errors.AF_CLI_INPUT_INVALID({ what: `"${id}"`, reason, mend: 'See "agent-factory api list".' });
  }
  const parameters = given.map((text) => parameterIn(text, operation));
  const body = options.file === undefined ? parsedBody(options.body) : await readDefinition(options.file);
  const { method, path, isStream } = operation;
  const isHeader = ([name]: readonly [string, string]): boolean =>
    operation.parameters.some((one) => one.name === name && one.in === 'header');
  const headers = Object.fromEntries(parameters.filter(isHeader));
  const others = Object.fromEntries(parameters.filter((one) => !isHeader(one)));
  const request = { method, path, input: { ...others, ...(body !== undefined && { body }) } };
  if (isStream) {
    for await (const event of client.events(request, { headers })) print(JSON.stringify(event));
    return;
  }
  const answer = await client.request(request, { headers });
  if (answer !== undefined) print(typeof answer === 'string' ? answer : JSON.stringify(answer, null, 2));
}

function connect(url: string): Client {
  if (!/^https?:/.test(url) || !URL.canParse(url)) {
    const mend = 'Give one such as http://127.0.0.1:7070.';
    throw errors.AF_CLI_INPUT_INVALID({ what: '--url', reason: `"${url}" is no address`, mend });
  }
  const token = process.env['AGENT_FACTORY_TOKEN'];
  return createClient({ url, ...(token && { token }) });
}

/** As the OpenAPI specification says. */
interface Described {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: Operation['parameters'];
  readonly requestBody?: object;
  readonly responses: Readonly<Record<string, { readonly content?: object }>>;
}

async function operationsOf(client: Client): Promise<readonly Operation[]> {
  const { paths } = (await client.getOpenApi()) as {
    readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>; // by OpenAPI
  };
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { operationId, summary, parameters, requestBody, responses }]) => ({
      id: operationId,
      method: method.toUpperCase(),
      path,
      summary,
      parameters: parameters.map(({ name, in: place, required }) => ({ name, in: place, required })),
      takesBody: requestBody !== undefined,
      isStream: Object.hasOwn(responses['200']?.content ?? {}, 'text/event-stream'),
    })),
  );
}

function takes({ parameters, takesBody }: Operation): string {
  const words = parameters.flatMap(({ name, required }) => (required ? `${name}=…` : []));
  if (parameters.some(({ required }) => !required)) words.push('[…]');
  return [...words, ...(takesBody ? ['--body'] : [])].join(' ');
}

function parameterIn(text: string, { id, parameters }: Operation): [string, string] {
  const [name = '', ...value] = text.split('=');
  const known = parameters.map((one) => one.name);
  if (value.length > 0 && known.includes(name)) return [name, value.join('=')];
  const reason = `"${id}" takes no such parameter`;
  const mend = known.length > 0 ? `It takes ${known.join(', ')}, each as name=value.` : 'It takes none.';
  throw errors.AF_CLI_INPUT_INVALID({ what: `"${text}"`, reason, mend });
}

function parsedBody(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message; // what JSON.parse throws
    throw errors.AF_CLI_INPUT_INVALID({ what: '--body', reason, mend: 'Give JSON.' }, { cause: error });
  }
}
