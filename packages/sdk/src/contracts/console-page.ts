import { defineCollection, type CollectionContract } from '../contract.ts';
import type { Json } from '../json.ts';
import type { ConsoleBlock } from './console-blocks.ts';

/** Who looks at a page. */
export interface ConsoleRequest {
  readonly tenant: string;
  /** Id of the caller: {@link Principal.id}. */
  readonly caller: string;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** A form of a page that was sent. */
export interface ConsoleSubmission extends ConsoleRequest {
  /** `id` of the form. */
  readonly form: string;
  /** By name of the field; what a caller sends need not be what the form asked for. */
  readonly values: Readonly<Record<string, string | number | boolean>>;
}

/** What the document of a frame says to its plugin. */
export interface ConsoleMessage extends ConsoleRequest {
  /** JSON of at most 64 KiB. */
  readonly message: Json;
}

/**
 * A document of the plugin's own in a page. It runs in a frame of an origin that is nobody's: no cookie, no storage, no
 * requests. It asks its plugin by `parent.postMessage({ id, message }, '*')`, and is told `{ id, answer }` or
 * `{ id, problem: { code, detail } }`.
 */
export interface ConsoleFrame {
  /** The document, as HTML of at most 256 KiB. Scripts and styles stand in it; pictures are `data:` addresses. */
  html(request: ConsoleRequest): Promise<string>;
  /** Answers a message of the document, with JSON of at most 64 KiB. Default: no message is taken. */
  call?(message: ConsoleMessage): Promise<Json>;
}

/** A page of the console: blocks of data, a frame, or the frame below the blocks. */
export interface ConsolePage {
  /** Unique in the plugin, as {@link consolePageIdPattern}. */
  readonly id: string;
  /** At most 100 characters. */
  readonly title: string;
  /** One sentence for the list of pages, at most 300 characters. */
  readonly summary?: string;
  /** Who may see it, beside needing `console:read`: a permission that some plugin contributes. Default: no more is asked. */
  readonly permission?: string;
  /** What it shows, as JSON of at most 256 KiB. */
  blocks?(request: ConsoleRequest): Promise<readonly ConsoleBlock[]>;
  /** Takes a form of the page and says what to show in place of it. Default: no form is taken. */
  submit?(submission: ConsoleSubmission): Promise<readonly ConsoleBlock[]>;
  readonly frame?: ConsoleFrame;
}

/** Collection of {@link ConsolePage}. */
export const ConsolePage: CollectionContract<ConsolePage> = defineCollection<ConsolePage>({
  id: 'console-page',
  version: '1.0.0',
  description: 'Pages of the console.',
});
