import { defineContract, type SingleContract } from '../contract.ts';
import type { Usage } from '../domain/run.ts';
import type { Json, JsonObject } from '../json.ts';

/** One call of a model or of a tool, once it has ended. */
export interface PromptLogEntry {
  /** Its run and the number of the event that ended it: `run_…:5`. */
  readonly id: string;
  readonly runId: string;
  readonly seq: number;
  readonly kind: 'model' | 'tool';
  /** When it ended, in milliseconds since the epoch. */
  readonly at: number;
  /** Name of the agent or workflow that called. */
  readonly agent: string;
  readonly provider?: string;
  readonly model?: string;
  readonly tool?: string;
  readonly status: 'ok' | 'failed';
  /** Code of its error. */
  readonly error?: string;
  readonly session?: string;
  readonly usage?: Usage;
  /** Billionths of a US dollar; left out where the price is not known. */
  readonly costNanoUsd?: number;
  readonly durationMs: number;
  /** For a tool its input. For a model what is new in this question. */
  readonly request: Json;
  /** What came back: the message, the result, or the error. */
  readonly response: Json;
  /** Places in which something was taken out. */
  readonly redacted: number;
}

/** Which entries to list; what is left out does not matter. */
export interface PromptLogQuery {
  readonly agent?: string;
  readonly kind?: 'model' | 'tool';
  readonly provider?: string;
  readonly model?: string;
  readonly tool?: string;
  readonly status?: 'ok' | 'failed';
  readonly session?: string;
  readonly runId?: string;
  /** From this moment on, and before that one; milliseconds since the epoch. */
  readonly from?: number;
  readonly to?: number;
  /** Billionths of a US dollar. */
  readonly minCostNanoUsd?: number;
  readonly maxCostNanoUsd?: number;
  /** Tokens read and written together. */
  readonly minTokens?: number;
  readonly maxTokens?: number;
  /** Words that all stand in it, in any order and case. */
  readonly text?: string;
  /** 1 to 200. Default 50. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly after?: string;
}

/** Entries, newest first. */
export interface PromptLogPage {
  readonly entries: readonly PromptLogEntry[];
  /** Cursor of the next page; not there after the last one. */
  readonly next?: string;
}

/** What was called by the runs of one tenant. */
export interface TenantPromptLog {
  list(query?: PromptLogQuery): Promise<PromptLogPage>;
  /** AF_PROMPT_LOG_UNKNOWN when there is none. */
  get(id: string): Promise<PromptLogEntry>;
  /**
   * The spans of a run by OpenTelemetry's conventions for generative AI, as OTLP/JSON (`ExportTraceServiceRequest`).
   * `content`: with what was asked and answered, redacted. Default without. AF_RUN_NOT_FOUND.
   */
  spans(runId: string, options?: { readonly content?: boolean }): Promise<JsonObject>;
  /** Takes in all that the journal has by now. Resolves once it is there. */
  catchUp(): Promise<void>;
}

/** Calls of models and tools, read from the journal. The journal stays the truth; this is how it is searched. */
export interface PromptLog {
  tenant(id: string): TenantPromptLog;
}

/** Token of {@link PromptLog}. */
export const PromptLog: SingleContract<PromptLog> = defineContract<PromptLog>({
  id: 'prompt-log',
  version: '1.0.0',
  description: 'Every call of a model or a tool, to be listed and searched.',
});

/** Every entry that fits, newest first, page by page. `limit` and `after` of the query are not looked at. */
export async function* promptLogEntries(
  log: { readonly list: (query: PromptLogQuery) => Promise<PromptLogPage> },
  query: PromptLogQuery = {},
): AsyncGenerator<PromptLogEntry, void, undefined> {
  const { limit: _limit, after: _after, ...filter } = query;
  for (let after: string | undefined; ;) {
    const page = await log.list({ ...filter, limit: 200, ...(after !== undefined && { after }) });
    yield* page.entries;
    after = page.next;
    if (after === undefined) return;
  }
}
