import type { Principal } from './principal.ts';

/** What a resource holds, as the Model Context Protocol has it: text, or bytes in base64. */
export type McpContents = { readonly uri: string; readonly mimeType?: string } & (
  | { readonly text: string }
  | { readonly blob: string }
);

/**
 * A piece of a message, or of a tool's result. A tool gives several kinds at once as an object whose `content` is a list
 * of them; clients of the protocol are shown each as what it is.
 */
export type McpContent =
  | { readonly type: 'text'; readonly text: string }
  /** `data`: base64. */
  | { readonly type: 'image' | 'audio'; readonly data: string; readonly mimeType: string }
  | { readonly type: 'resource'; readonly resource: McpContents }
  | {
      readonly type: 'resource_link';
      readonly uri: string;
      readonly name: string;
      readonly mimeType?: string;
    };

/** Who asks, and until when they wait. */
export interface McpCaller {
  readonly principal: Principal;
  readonly signal: AbortSignal;
}
