import type { Json, JsonObject } from '../json.ts';
import type { TenantArtifacts } from './artifact-store.ts';

/** Bytes of JSON that a tool's result may have in a journal, where its tool does not say. */
export const defaultMaxResultBytes = 262_144;

/** Characters of a result that is kept as an artifact that the model is shown all the same. */
const previewChars = 2_000;

/** What {@link keepLargeResult} needs. */
export interface LargeResultOptions {
  /** Where what is too large goes. */
  readonly artifacts: TenantArtifacts;
  /** Its JSON, when it was written already. */
  readonly written?: string;
  /** Most bytes of JSON that are not kept apart. Default {@link defaultMaxResultBytes}. */
  readonly maxBytes?: number;
  readonly runId?: string;
  /** Name of the tool, for the artifact's name. */
  readonly tool: string;
}

/**
 * A tool's result as it may stand in a journal: itself, or, when it is too large, what the artifact store calls it
 * with the beginning of its text. Text is kept as text, everything else as JSON; `citations` stay beside it.
 *
 * @example
 * ```ts
 * declare const artifacts: TenantArtifacts;
 * const output = await keepLargeResult(['…'], { artifacts, tool: 'search', runId: 'run-1', maxBytes: 65_536 });
 * ```
 */
export async function keepLargeResult(result: Json, options: LargeResultOptions): Promise<Json> {
  const { artifacts, written = JSON.stringify(result), maxBytes = defaultMaxResultBytes } = options;
  // A UTF-16 unit is one to three bytes of UTF-8: most results are decided without counting.
  if (written.length * 3 <= maxBytes || new TextEncoder().encode(written).length <= maxBytes) return result;
  const isText = typeof result === 'string';
  const content = isText ? result : written;
  const artifact = await artifacts.put(new TextEncoder().encode(content), {
    mediaType: isText ? 'text/plain; charset=utf-8' : 'application/json',
    name: `${options.tool}.${isText ? 'txt' : 'json'}`,
    ...(options.runId !== undefined && { runId: options.runId }),
  });
  const citations = isText || result === null ? undefined : (result as JsonObject)['citations']; // a list has none
  return {
    artifact: { id: artifact.id, mediaType: artifact.mediaType, bytes: artifact.bytes },
    preview: content.slice(0, previewChars).toWellFormed(),
    note: `The whole result has ${artifact.bytes} bytes and is kept as the artifact named; read it in parts.`,
    ...(citations !== undefined && { citations }),
  };
}
