import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  defaultTenant,
  PromptLog,
  promptLogEntries,
  type PromptLogEntry,
  type PromptLogQuery,
  type TenantPromptLog,
} from '@agent-factory/sdk/contracts';
import { withPlatform, type CommonOptions } from '../boot.ts';
import { errors } from '../errors.ts';
import { print, table } from '../terminal.ts';

/** Options of `prompt-log list`, `search` and `export`, as they are written on the command line. */
export interface PromptLogOptions extends CommonOptions {
  readonly agent?: string;
  readonly kind?: 'model' | 'tool';
  readonly provider?: string;
  readonly model?: string;
  readonly tool?: string;
  readonly status?: 'ok' | 'failed';
  readonly session?: string;
  readonly run?: string;
  /** Times as ISO 8601. */
  readonly from?: string;
  readonly to?: string;
  /** US dollars. */
  readonly minCost?: string;
  readonly minTokens?: string;
  readonly limit?: string;
  readonly after?: string;
  readonly json?: boolean;
}

/** `agent-factory prompt-log list` and `search <words>`: calls of models and tools, newest first. */
export async function listPromptLog(text: string | undefined, options: PromptLogOptions): Promise<void> {
  const query = queryOf(text, options);
  const { entries, next } = await withLog(options, (log) => log.list(query));
  if (options.json) return print(JSON.stringify({ entries, ...(next !== undefined && { next }) }, null, 2));
  if (entries.length === 0) return print('There are no such calls.');
  const rows = entries.map(
    ({ id, at, agent, provider, model, tool, status, error, durationMs, usage, costNanoUsd }) => [
      id,
      new Date(at).toISOString(),
      agent,
      tool ?? `${provider ?? ''}/${model ?? ''}`,
      error ?? status,
      `${Math.round(durationMs)} ms`,
      usage ? String(usage.inputTokens + usage.outputTokens) : '',
      costNanoUsd === undefined ? '' : (costNanoUsd / 1e9).toFixed(6),
    ],
  );
  const head = ['ENTRY', 'ENDED', 'AGENT', 'CALLED', 'HOW', 'TOOK', 'TOKENS', 'USD'];
  for (const line of table([head, ...rows])) print(line);
  if (next !== undefined) print(`There are more: --after ${next}`);
}

/** `agent-factory prompt-log show <entry>`: one call as JSON. */
export async function showPromptLogEntry(id: string, options: CommonOptions): Promise<void> {
  print(JSON.stringify(await withLog(options, (log) => log.get(id)), null, 2));
}

/** `agent-factory prompt-log export`: every call that fits as JSON Lines, or a run as OpenTelemetry spans. */
export async function exportPromptLog(
  options: PromptLogOptions & { readonly format: 'jsonl' | 'otlp'; readonly content?: boolean },
): Promise<void> {
  const { format, run, content = false } = options;
  if (format === 'otlp') {
    if (run === undefined)
      throw errors.AF_CLI_INPUT_INVALID({
        what: '--format otlp',
        reason: 'spans are those of one run',
        mend: 'Name it with --run.',
      });
    return print(JSON.stringify(await withLog(options, (log) => log.spans(run, { content }))));
  }
  const query = queryOf(undefined, options);
  await withLog(options, async (log) => {
    for await (const entry of promptLogEntries(log, query)) print(lineOf(entry));
  });
}

function lineOf(entry: PromptLogEntry): string {
  return JSON.stringify(entry);
}

function queryOf(text: string | undefined, options: PromptLogOptions): PromptLogQuery {
  const {
    agent,
    kind,
    provider,
    model,
    tool,
    status,
    session,
    run,
    from,
    to,
    minCost,
    minTokens,
    limit,
    after,
  } = options;
  return {
    ...(agent !== undefined && { agent }),
    ...(kind && { kind }),
    ...(provider !== undefined && { provider }),
    ...(model !== undefined && { model }),
    ...(tool !== undefined && { tool }),
    ...(status && { status }),
    ...(session !== undefined && { session }),
    ...(run !== undefined && { runId: run }),
    ...(from !== undefined && { from: momentOf('--from', from) }),
    ...(to !== undefined && { to: momentOf('--to', to) }),
    ...(minCost !== undefined && { minCostNanoUsd: Math.round(Number(minCost) * 1e9) }),
    ...(minTokens !== undefined && { minTokens: Number(minTokens) }),
    ...(text !== undefined && { text }),
    ...(limit !== undefined && { limit: Number(limit) }),
    ...(after !== undefined && { after }),
  };
}

function momentOf(option: string, text: string): number {
  const at = Date.parse(text);
  if (Number.isNaN(at)) {
    const mend = 'Write it as 2026-11-29 or 2026-11-29T12:00:00Z.';
    throw errors.AF_CLI_INPUT_INVALID({ what: option, reason: `"${text}" is no time`, mend });
  }
  return at;
}

async function withLog<T>(options: CommonOptions, job: (log: TenantPromptLog) => Promise<T>): Promise<T> {
  return withPlatform(options, async (kernel) => {
    let log: PromptLog;
    try {
      log = kernel.use(PromptLog);
    } catch (error) {
      if (!isAgentFactoryError(error, 'AF_CONTRACT_UNAVAILABLE')) throw error;
      const details = { contract: PromptLog.id, plugin: '@agent-factory/plugin-prompt-log' };
      throw errors.AF_CLI_NO_STORAGE(details, { cause: error });
    }
    return job(log.tenant(defaultTenant));
  });
}
