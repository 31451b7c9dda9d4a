import type { JsonSchema } from '@agent-factory/sdk';
import type { ToolEffect, ToolRetry } from '@agent-factory/sdk/domain';

/** Where a value of the input goes in the request. */
export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie';

/** One property of the input that is a part of the request other than its body. */
export interface Parameter {
  /** Its name in the input. */
  readonly property: string;
  /** Its name in the request. */
  readonly name: string;
  readonly in: ParameterPlace;
  /** How lists and objects are written (OpenAPI 3.1, 4.8.12.3); `json` as JSON. */
  readonly style: 'simple' | 'form' | 'deepObject' | 'spaceDelimited' | 'pipeDelimited' | 'json';
  readonly explode: boolean;
}

/** A secret, named by reference, that goes with each request. */
export interface Credential {
  readonly in: 'header' | 'query' | 'cookie';
  /** Name of the header, query parameter or cookie. */
  readonly name: string;
  /** Name of the secret. */
  readonly secret: string;
  /** What is made of it. */
  readonly as: 'plain' | 'bearer' | 'basic';
  /** For `basic`; without one the secret is `user:password`. */
  readonly username?: string;
}

/** An HTTP request as a tool, with all that is known before its input. */
export interface Operation {
  readonly name: string;
  readonly description: string;
  readonly effect: ToolEffect;
  readonly method: string;
  /** Where it begins, without a slash at the end: `https://api.example.org/v1`. */
  readonly base: string;
  /** `/orders/{id}`. */
  readonly path: string;
  readonly parameters: readonly Parameter[];
  /** What the input's property `body` becomes, if there is one. */
  readonly bodyType?: string;
  /** Properties of the input that are the members of its body; then there is no property `body`. */
  readonly bodyMembers?: readonly string[];
  readonly input: JsonSchema;
  readonly output?: JsonSchema;
  readonly credentials: readonly Credential[];
  /** The same in each request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Gets the call's idempotency key, if the server takes one. */
  readonly idempotencyHeader?: string;
  /** JSON Pointer to the part of the answer that is the result. */
  readonly result?: string;
  readonly timeoutMs: number;
  readonly retry?: ToolRetry;
}
