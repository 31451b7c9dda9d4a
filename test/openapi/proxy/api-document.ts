type Node = Readonly<Record<string, unknown>>;

/** What is looked at here of an operation, as OpenAPI says. */
interface Described {
  readonly requestBody?: object;
  readonly parameters?: readonly { readonly name: string }[];
}

/** One operation of a document, with as much of the document around it as it refers to. */
export interface DescribedOperation {
  /** Such as `GET /api/v1/runs/{id}`. */
  readonly name: string;
  readonly method: string;
  /** Whether it describes a body of the request. */
  readonly hasBody: boolean;
  /** Whether it takes the parameter `fields`, which leaves out what the answer is required to have. */
  readonly takesFields: boolean;
  /** An OpenAPI document of this operation alone. */
  document(): Record<string, unknown>;
}

/** The OpenAPI document of a platform, by what is asked for. */
export interface ApiDocument {
  /** As it was served. */
  readonly text: string;
  /** What describes a request; a word in a path goes before a parameter, as the platform routes. */
  operationOf(method: string, path: string): DescribedOperation | undefined;
}

/** Reads a document. Operations are the same object each time. */
export function readApiDocument(text: string): ApiDocument {
  const document = JSON.parse(text) as Node & { readonly paths: Readonly<Record<string, Node>> }; // as OpenAPI says
  const templates = Object.keys(document.paths).map((path) => ({ path, parts: path.split('/') }));
  const known = new Map<string, DescribedOperation>();

  return {
    text,
    operationOf(method, path) {
      const asked = path.split('/');
      const found = templates
        .filter(({ parts }) => fits(parts, asked))
        .sort((a, b) => firstParameter(b.parts) - firstParameter(a.parts))
        .map(({ path: template }) => ({ template, operation: document.paths[template]?.[method] }))
        .find(({ operation }) => operation !== undefined);
      if (!found) return undefined;
      const name = `${method.toUpperCase()} ${found.template}`;
      const before = known.get(name);
      if (before) return before;
      const { requestBody, parameters = [] } = found.operation as Described;
      const described = {
        name,
        method,
        hasBody: requestBody !== undefined,
        takesFields: parameters.some((one) => one.name === 'fields'),
        document: () => aloneIn(document, { [found.template]: { [method]: found.operation } }),
      };
      known.set(name, described);
      return described;
    },
  };
}

function fits(parts: readonly string[], asked: readonly string[]): boolean {
  return parts.length === asked.length && parts.every((part, at) => isParameter(part) || part === asked[at]);
}

/** Where the first parameter stands; behind all parts where there is none. */
function firstParameter(parts: readonly string[]): number {
  const at = parts.findIndex(isParameter);
  return at === -1 ? parts.length : at;
}

function isParameter(part: string): boolean {
  return part.startsWith('{');
}

/** Of the responses that operations share only those wanted here: Prism resolves all that it is given. */
function aloneIn(document: Node, paths: Node): Record<string, unknown> {
  const { responses, ...others } = document['components'] as Node; // ours has them
  const used = new Set(JSON.stringify(paths).match(/#\/components\/responses\/[\w.]+/g));
  const wanted = Object.entries(Object(responses) as Node).filter(([name]) =>
    used.has(`#/components/responses/${name}`),
  );
  const components = { ...others, responses: Object.fromEntries(wanted) };
  return { ...document, tags: [], paths, components };
}
