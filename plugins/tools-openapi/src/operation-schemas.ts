import { foreignSchema, type JsonSchema } from '@agent-factory/sdk';
import { isPart, type OpenApiDocument, type Part } from './openapi-document.ts';

/** Schemas referred to from one tool; further ones are anything at all. */
const mostDefinitions = 200;

/** Makes JSON Schemas of a document's, each whole in itself: what is referred to stands under `$defs`, cycles too. */
export class OperationSchemas {
  readonly #document: OpenApiDocument;
  readonly #leaveOut: 'readOnly' | 'writeOnly';
  /** Names under `$defs` by what was referred to. */
  readonly #names = new Map<string, string>();
  readonly #made = new Map<string, JsonSchema>();

  constructor(document: OpenApiDocument, leaveOut: 'readOnly' | 'writeOnly') {
    this.#document = document;
    this.#leaveOut = leaveOut;
  }

  /** A part of the schema that is being made. */
  part(schema: unknown): JsonSchema {
    return foreignSchema(schema, {
      openapi30: this.#document.isVersion30,
      leaveOut: this.#leaveOut,
      ref: (target) => this.#refer(target),
    });
  }

  /** The whole, made of parts: with everything they refer to. */
  whole(schema: JsonSchema): JsonSchema {
    for (const [target, name] of this.#names)
      if (!this.#made.has(name)) this.#made.set(name, this.part(this.#document.find(target)));
    if (this.#made.size === 0) return schema;
    // Read again as one, so that references that go round in a circle are left out.
    return foreignSchema({ ...schema, $defs: Object.fromEntries(this.#made) });
  }

  #refer(target: string): string | undefined {
    const known = this.#names.get(target);
    if (known !== undefined) return `#/$defs/${known}`;
    if (this.#names.size >= mostDefinitions || this.#document.find(target) === undefined) return undefined;
    const plain = (target.split('/').at(-1) ?? '').replaceAll(/[^A-Za-z0-9_.-]/g, '_') || 'schema';
    const taken = new Set(this.#names.values());
    let name = plain;
    for (let number = 2; taken.has(name); number++) name = `${plain}_${number}`;
    this.#names.set(target, name);
    return `#/$defs/${name}`;
  }
}

/** Media types of a body or answer in the order in which we would have them. */
export function preferredMedia(content: unknown): readonly (readonly [mediaType: string, media: Part])[] {
  if (!isPart(content)) return [];
  const rank = (type: string): number =>
    isJson(type)
      ? 0
      : type.startsWith('application/x-www-form-urlencoded')
        ? 1
        : type.startsWith('multipart/form-data')
          ? 2
          : type.startsWith('text/')
            ? 3
            : 4;
  return Object.entries(content)
    .filter((entry): entry is [string, Part] => isPart(entry[1]))
    .map(([type, media]) => [type.trim().toLowerCase(), media] as const)
    .sort(([a], [b]) => rank(a) - rank(b));
}

/** Whether a media type is JSON. */
export function isJson(mediaType: string): boolean {
  return /^[\w.+-]+\/(?:[\w.+-]+\+)?json(?:\s*;|$)/i.test(mediaType.trim()) || mediaType.trim() === '*/*';
}

/** JSON Schema of what comes back: what the answers that mean success have in common; `undefined` when nobody says. */
export function outputSchema(document: OpenApiDocument, responses: unknown): JsonSchema | undefined {
  if (!isPart(responses)) return undefined;
  const schemas = new OperationSchemas(document, 'writeOnly');
  const branches: JsonSchema[] = [];
  for (const [status, response] of Object.entries(responses)) {
    if (!/^2(\d\d|XX)$/i.test(status)) continue;
    const [first] = preferredMedia(document.part(response)['content']);
    if (first === undefined) branches.push({ type: 'null' });
    else if (isJson(first[0])) {
      if (first[1]['schema'] === undefined) return undefined;
      branches.push(schemas.part(first[1]['schema']));
    } else if (/^text\/|xml/.test(first[0])) branches.push({ type: 'string' });
    else return undefined;
  }
  const [only, ...others] = branches;
  if (only === undefined) return undefined;
  return schemas.whole(others.length === 0 ? only : { anyOf: branches });
}
