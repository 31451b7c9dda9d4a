import type { JsonObject } from '@agent-factory/sdk';

/** A route, as the OpenAPI document tells of it. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  /** Left out where it asks for nothing. */
  readonly permission: string | undefined;
  readonly hasBody: boolean;
  readonly example: unknown;
}

/** Every operation of a document. */
export function readOperations(document: JsonObject): readonly Operation[] {
  const paths = Object.entries(document['paths'] as Record<string, Record<string, JsonObject>>); // as OpenAPI says
  return paths.flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, spec]): Operation => {
      const body = spec['requestBody'] as
        | { readonly content: Record<string, { readonly example?: unknown }> }
        | undefined; // as OpenAPI says
      return {
        id: spec['operationId'] as string, // every operation has one
        method: method.toUpperCase(),
        path,
        permission: spec['x-permission'] as string | undefined, // as http-api writes it
        hasBody: body !== undefined,
        example: body?.content['application/json']?.example,
      };
    }),
  );
}

/** Methods that change nothing. */
export function isSafe({ method }: Operation): boolean {
  return method === 'GET';
}

/**
 * A path with its parameters filled in: by the first part of the path, or, for what comes later or is not known, by
 * something that is not there.
 */
export function pathOf({ path }: Operation, things: Readonly<Record<string, string>> = {}): string {
  const kind = path.split('/')[3] ?? '';
  let first = true;
  return path.replace(/\{\w+\}/g, () => {
    const value = first ? things[kind] : undefined;
    first = false;
    return encodeURIComponent(value ?? 'not-there');
  });
}
