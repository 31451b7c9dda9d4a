import { defineCollection, type CollectionContract } from '../contract.ts';
import type { JsonObject, JsonSchema, ValidationProblem } from '../json.ts';
import type { Logger } from '../log.ts';
import type { Disposer } from '../plugin.ts';
import type { Tool } from './tool.ts';

/** What goes with opening a registration. */
export interface ToolKindContext {
  readonly tenant: string;
  /** The name it is registered under; a prefix of tool names where its own would not be unique. */
  readonly name: string;
  readonly log: Logger;
}

/** What goes with preparing a registration. */
export interface PrepareContext {
  /** The name it is to be registered under. */
  readonly name: string;
  /** Whether the operator wrote it, in the configuration, and not a tenant over the API. */
  readonly trusted: boolean;
  readonly signal: AbortSignal;
}

/** A registration as it is to be kept, or what is wrong with it. */
export type PreparedTools =
  | { readonly spec: JsonObject; readonly problems?: undefined }
  | { readonly problems: readonly ValidationProblem[] };

/** The tools of one registration, until it is closed. */
export interface OpenTools {
  /** The tools there are now. Rejects, retryable, when where they come from cannot be reached. */
  tools(): Promise<readonly Tool[]>;
  /** Calls `listener` after they changed by themselves; the disposer ends it. */
  onChange(listener: () => void): Disposer;
  /** Ends connections and processes; nothing is left. Calls in flight are aborted. */
  close(): Promise<void>;
}

/**
 * A way to make tools out of data, so that they can be registered while the platform runs: an OpenAPI document, the
 * address of an MCP server.
 */
export interface ToolKind {
  /** `openapi`: lower-case words with hyphens, unique. */
  readonly kind: string;
  /** One sentence, for people who register tools. */
  readonly description: string;
  /** JSON Schema of what is registered, an object. */
  readonly spec: JsonSchema;
  /** A registration that fits {@link ToolKind.spec}, to start from. */
  readonly example: JsonObject;
  /**
   * Looks at a registration that fits the schema, and gives it as it is to be kept: with what it refers to (a document
   * at an address) inside, so that it is the same for ever. Else what is wrong, each with its path in it. It connects
   * to nothing but where a document is read from.
   */
  prepare(spec: JsonObject, context: PrepareContext): Promise<PreparedTools>;
  /**
   * Makes the tools of a registration that was prepared. Connects when the first tool is needed. Secrets are named by
   * reference and are looked up at each call.
   */
  open(spec: JsonObject, context: ToolKindContext): Promise<OpenTools>;
}

/** Collection of {@link ToolKind}. */
export const ToolKind: CollectionContract<ToolKind> = defineCollection<ToolKind>({
  id: 'tool-kind',
  version: '1.0.0',
  description: 'Ways to make tools out of data.',
});
