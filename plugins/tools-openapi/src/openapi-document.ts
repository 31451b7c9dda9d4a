import type { ValidationProblem } from '@agent-factory/sdk';

/** A JSON object whose members are not known yet. */
export type Part = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object. */
export function isPart(value: unknown): value is Part {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An OpenAPI document and the references inside it. */
export class OpenApiDocument {
  readonly root: Part;
  readonly isVersion30: boolean;

  constructor(root: Part) {
    this.root = root;
    this.isVersion30 = String(root['openapi']).startsWith('3.0');
  }

  /** What a reference leads to, over others where it must; `undefined` when it leads nowhere, outside, or to itself. */
  resolve(value: unknown): unknown {
    const seen = new Set<string>();
    let at = value;
    while (isPart(at) && typeof at['$ref'] === 'string') {
      if (seen.has(at['$ref'])) return undefined;
      seen.add(at['$ref']);
      at = this.find(at['$ref']);
    }
    return at;
  }

  /** The object a reference leads to, or an empty one. */
  part(value: unknown): Part {
    const found = this.resolve(value);
    return isPart(found) ? found : {};
  }

  /** The place a reference names. */
  find(reference: string): unknown {
    if (!reference.startsWith('#/')) return undefined;
    let at: unknown = this.root;
    for (const key of reference.slice(2).split('/')) {
      const step = decoded(key).replaceAll('~1', '/').replaceAll('~0', '~');
      if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
      at = (at as Part)[step]; // an object or a list
    }
    return at;
  }

  /** What keeps it from being read at all. */
  problems(): readonly ValidationProblem[] {
    const { openapi, swagger, paths } = this.root;
    if (swagger !== undefined)
      return [
        {
          path: '/swagger',
          message: 'is a document of Swagger 2',
          fix: 'Convert it to OpenAPI 3 (swagger2openapi does it).',
        },
      ];
    if (typeof openapi !== 'string' || !/^3\.[0-2]\.\d+/.test(openapi))
      return [{ path: '/openapi', message: 'must name a version of OpenAPI 3, such as 3.1.0' }];
    if (!isPart(paths)) return [{ path: '/paths', message: 'is required' }];
    return this.#strays();
  }

  /** References that lead nowhere, or outside, in all of the document. */
  #strays(): readonly ValidationProblem[] {
    const problems: ValidationProblem[] = [];
    const look = (value: unknown, path: string, depth: number): void => {
      if (typeof value !== 'object' || value === null || depth > 100 || problems.length >= 20) return;
      const { $ref: target } = value as Part;
      if (typeof target === 'string' && isReference(path)) {
        if (!target.startsWith('#'))
          problems.push({
            path: `${path}/$ref`,
            message: `refers to "${target.slice(0, 100)}", outside the document`,
            fix: 'Bundle the document into one file (redocly bundle does it).',
          });
        else if (this.resolve(value) === undefined)
          problems.push({ path: `${path}/$ref`, message: `refers to "${target}", which is not there` });
      }
      for (const [key, one] of Object.entries(value))
        look(one, `${path}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1);
    };
    look(this.root, '', 0);
    return problems;
  }
}

/** Not where a `$ref` is somebody's data. */
function isReference(path: string): boolean {
  return !/\/(example|examples|default|enum|const|x-[^/]*)(\/|$)/.test(path) && !path.endsWith('/properties');
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
