import { defineCollection, type CollectionContract } from '../contract.ts';
import type { McpCaller, McpContents } from './mcp-content.ts';

/** A resource as a list shows it. */
export interface McpResourceEntry {
  readonly uri: string;
  readonly name: string;
  readonly title?: string;
  readonly description?: string;
  readonly mimeType?: string;
}

/**
 * Something that clients of the Model Context Protocol can read; the operator chooses by its name whether they may.
 * What it gives is of the caller's tenant alone.
 */
export interface McpResource extends McpResourceEntry {
  /** Unique among resources: letters, digits, `_` and `-`. */
  readonly name: string;
  /** Where it is; with variables in braces (`notes://{id}`, RFC 6570 level 1) it stands for many. */
  readonly uri: string;
  /** Permission a caller needs beside that of the door. Default: none. */
  readonly permission?: string;
  /** What is at an address, with the values of its variables; `undefined` when there is nothing. */
  read(
    uri: string,
    variables: Readonly<Record<string, string>>,
    caller: McpCaller,
  ): Promise<readonly McpContents[] | undefined>;
  /** Of one with variables: the newest there are, at most 100. Default: they are not listed. */
  list?(caller: McpCaller): Promise<readonly McpResourceEntry[]>;
  /** Values of a variable that begin with a text. Default: none are known. */
  complete?(variable: string, begun: string, caller: McpCaller): Promise<readonly string[]>;
  /** Calls `changed` each time there is something else at an address, until disposed. Default: it never changes. */
  watch?(uri: string, caller: McpCaller, changed: () => void): Disposable;
}

/** Collection of {@link McpResource}. */
export const McpResource: CollectionContract<McpResource> = defineCollection<McpResource>({
  id: 'mcp-resource',
  version: '1.0.0',
  description: 'What clients of the Model Context Protocol can read.',
});
