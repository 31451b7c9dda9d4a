import { defineCollection, type CollectionContract } from '../contract.ts';
import type { Disposer } from '../plugin.ts';
import type { Tool } from './tool.ts';

/**
 * Tools that come and go while the platform runs, apart for each tenant: those of a registered OpenAPI document, of an
 * MCP server. A name that a contributed {@link Tool} has too means that one; of two sources, the first that knows it.
 */
export interface ToolSource {
  /** `tools-registry`: lower-case words with hyphens, unique. */
  readonly name: string;
  /** The tenant's tools as they are now, by name. A server that cannot be reached leaves out its own and nothing else. */
  tools(tenant: string): Promise<readonly Tool[]>;
  /**
   * The tool, or `undefined` when the tenant has none of this name (any more). As long as nothing about it changed it
   * is the same object, so that a compiled schema can be kept beside it. One whose server cannot be reached just now
   * rejects, retryable.
   */
  tool(tenant: string, name: string): Promise<Tool | undefined>;
  /**
   * Calls `listener` after the tools of a tenant changed in this process, or in another one whose news arrived;
   * without a tenant those of all may have. A hint: ask anew. The disposer ends it.
   */
  onChange(listener: (tenant: string | undefined) => void): Disposer;
}

/** Collection of {@link ToolSource}. */
export const ToolSource: CollectionContract<ToolSource> = defineCollection<ToolSource>({
  id: 'tool-source',
  version: '1.0.0',
  description: 'Tools that come and go while the platform runs, apart for each tenant.',
});
