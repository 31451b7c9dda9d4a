import { defineCollection, type CollectionContract } from '../contract.ts';
import type { McpCaller, McpContent } from './mcp-content.ts';

/** Something a prompt is filled in with. */
export interface McpPromptArgument {
  readonly name: string;
  readonly description?: string;
  /** Default false. */
  readonly required?: boolean;
}

/** A message that clients of the Model Context Protocol can take; the operator chooses by its name whether they may. */
export interface McpPrompt {
  /** Unique among prompts: letters, digits, `_` and `-`. */
  readonly name: string;
  readonly title?: string;
  readonly description: string;
  /** Default: none. */
  readonly arguments?: readonly McpPromptArgument[];
  /** Permission a caller needs beside that of the door. Default: none. */
  readonly permission?: string;
  /** The messages, filled in; those arguments that are required are there. */
  get(
    given: Readonly<Record<string, string>>,
    caller: McpCaller,
  ): Promise<readonly { readonly role: 'user' | 'assistant'; readonly content: McpContent }[]>;
  /** Values of an argument that begin with a text. Default: none are known. */
  complete?(argument: string, begun: string, caller: McpCaller): Promise<readonly string[]>;
}

/** Collection of {@link McpPrompt}. */
export const McpPrompt: CollectionContract<McpPrompt> = defineCollection<McpPrompt>({
  id: 'mcp-prompt',
  version: '1.0.0',
  description: 'Messages that clients of the Model Context Protocol can take.',
});
