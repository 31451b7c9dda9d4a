import type { PromptLogEntry, SqlValue } from '@agent-factory/sdk/contracts';
import type { Json } from '@agent-factory/sdk';
import type { Usage } from '@agent-factory/sdk/domain';

/** An entry without what was said. */
export interface EntryRow {
  readonly run_id: string;
  readonly seq: number;
  readonly at: number;
  readonly kind: string;
  readonly agent: string;
  readonly provider: string | null;
  readonly model: string | null;
  readonly tool: string | null;
  readonly status: string;
  readonly error: string | null;
  readonly session: string | null;
  readonly tokens: number | null;
  readonly cost_nano_usd: number | null;
  readonly duration_ms: number;
  readonly redacted: number;
}

/** How far a run was read. */
interface RunRow {
  readonly run_id: string;
  readonly seq: number;
  readonly created_at: number;
  readonly agent: string;
  readonly is_open: number;
}

/** The tables, as migrations make them. */
export interface PromptLogTables {
  af_prompt_log_entries: EntryRow;
  af_prompt_log_bodies: { readonly run_id: string; readonly seq: number; readonly body: string };
  af_prompt_log_words: {
    readonly word: string;
    readonly at: number;
    readonly run_id: string;
    readonly seq: number;
  };
  af_prompt_log_runs: RunRow;
  af_prompt_log_marks: { readonly name: string; readonly value: number };
}

/** What was said, and what is not searched by. */
interface Body {
  readonly request: Json;
  readonly response: Json;
  readonly usage?: Usage;
}

/** Values of an entry's row, in the order of {@link entryColumns}. */
export function entryValues(entry: PromptLogEntry): readonly SqlValue[] {
  const { usage } = entry;
  return [
    entry.runId,
    entry.seq,
    entry.at,
    entry.kind,
    entry.agent,
    entry.provider ?? null,
    entry.model ?? null,
    entry.tool ?? null,
    entry.status,
    entry.error ?? null,
    entry.session ?? null,
    usage ? usage.inputTokens + usage.outputTokens : null,
    entry.costNanoUsd ?? null,
    entry.durationMs,
    entry.redacted,
  ];
}

/** Columns of an entry. */
export const entryColumns =
  'run_id, seq, at, kind, agent, provider, model, tool, status, error, session, tokens, cost_nano_usd, duration_ms, redacted';

/** What lies beside an entry's row. */
export function bodyOf({ request, response, usage }: PromptLogEntry): string {
  return JSON.stringify({ request, response, ...(usage && { usage }) } satisfies Body);
}

/** An entry of its row and what lies beside it. */
export function entryOf(row: EntryRow & { readonly body: string }): PromptLogEntry {
  const { request, response, usage } = JSON.parse(row.body) as Body; // written by `bodyOf`
  return {
    id: `${row.run_id}:${row.seq}`,
    runId: row.run_id,
    seq: row.seq,
    kind: row.kind as PromptLogEntry['kind'], // as the table checks
    at: row.at,
    agent: row.agent,
    ...(row.provider !== null && { provider: row.provider }),
    ...(row.model !== null && { model: row.model }),
    ...(row.tool !== null && { tool: row.tool }),
    status: row.status as PromptLogEntry['status'], // as the table checks
    ...(row.error !== null && { error: row.error }),
    ...(row.session !== null && { session: row.session }),
    ...(usage && { usage }),
    ...(row.cost_nano_usd !== null && { costNanoUsd: row.cost_nano_usd }),
    durationMs: row.duration_ms,
    request,
    response,
    redacted: row.redacted,
  };
}
