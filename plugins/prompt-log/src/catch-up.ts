import type { Journal, PromptLogEntry, TenantJournal, UseTenant } from '@agent-factory/sdk/contracts';
import type { Run, RunEvent } from '@agent-factory/sdk/domain';
import { createEntryWriter, type EntryWriter } from './entry-writer.ts';
import type { Redact } from './redact.ts';
import { readRun, type RawEntry } from './run-reader.ts';

/** What the journal is read with. */
export interface CatchUpParts {
  readonly journal: Journal;
  readonly useTenant: UseTenant;
  readonly redact: Redact;
  readonly fullText: boolean;
}

const runsPerPage = 200;
const eventsPerPage = 1000;
/**
 * Runs may become visible after others that were created later: how long after is looked for by whoever looks from time
 * to time, and by whoever waits for the answer.
 */
export const slackMs = 60_000;
export const shortSlackMs = 2000;

interface Known {
  readonly run_id: string;
  readonly seq: number;
  readonly agent: string;
}

/** Takes in what the journal of a tenant has and the log has not; gives the number of entries that came. */
export async function catchUp(
  tenant: string,
  parts: CatchUpParts,
  { slack, signal }: { readonly slack: number; readonly signal?: AbortSignal },
): Promise<number> {
  const { journal, useTenant } = parts;
  const runs = journal.tenant(tenant);
  const [mark] = await useTenant(tenant, (database) =>
    database.query<{ value: number }>("SELECT value FROM af_prompt_log_marks WHERE name = 'read'"),
  );
  const since = (mark?.value ?? 0) - slack;
  let added = 0;
  let newest: number | undefined;
  for (let before: string | undefined; ;) {
    const page = await runs.runs({ limit: runsPerPage, ...(before !== undefined && { before }) });
    newest ??= page[0]?.createdAt;
    const recent = page.filter(({ createdAt }) => createdAt >= since);
    added += await readAll(tenant, recent, runs, parts, signal);
    before = page.at(-1)?.id;
    if (signal?.aborted) return added;
    if (page.length < runsPerPage || recent.length < page.length) break;
  }
  // Runs that had not ended when they were read.
  const open = await useTenant(tenant, (database) =>
    database.query<Known>('SELECT run_id, seq, agent FROM af_prompt_log_runs WHERE is_open = 1'),
  );
  const writer = createEntryWriter((statements) =>
    useTenant(tenant, (database) => database.batch(statements)),
  );
  for (const known of open) {
    const run = await runs.run(known.run_id);
    if (run) await readOne(run, known, runs, parts, writer);
    else await forget(tenant, known.run_id, useTenant);
    if (signal?.aborted) break;
  }
  await writer.flush();
  added += writer.added;
  if (signal?.aborted) return added;
  if (newest !== undefined) await setMark(tenant, newest, useTenant);
  return added;
}

async function readAll(
  tenant: string,
  page: readonly Run[],
  runs: TenantJournal,
  parts: CatchUpParts,
  signal: AbortSignal | undefined,
): Promise<number> {
  if (page.length === 0) return 0;
  const ids = page.map(({ id }) => id);
  const known = await parts.useTenant(tenant, (database) =>
    database.query<Known>(
      `SELECT run_id, seq, agent FROM af_prompt_log_runs WHERE run_id IN (${ids.map(() => '?').join(', ')})`,
      ids,
    ),
  );
  const byId = new Map(known.map((one) => [one.run_id, one]));
  const writer = createEntryWriter((statements) =>
    parts.useTenant(tenant, (database) => database.batch(statements)),
  );
  for (const run of page) {
    if (signal?.aborted) break;
    await readOne(run, byId.get(run.id), runs, parts, writer);
  }
  await writer.flush();
  return writer.added;
}

async function readOne(
  run: Run,
  known: Known | undefined,
  runs: TenantJournal,
  { redact, fullText }: CatchUpParts,
  writer: EntryWriter,
): Promise<void> {
  let upTo = { seq: known?.seq ?? 0, agent: known?.agent ?? run.subject.name };
  let events: RunEvent[] = [];
  while ((events.at(-1)?.seq ?? upTo.seq) < run.lastSeq) {
    const after = events.at(-1)?.seq ?? upTo.seq;
    const page = await runs.read(run.id, { after, limit: eventsPerPage });
    if (page.length === 0) break;
    events.push(...page);
    const read = readRun(run, events, upTo);
    const entries = read.entries.map((entry) => clean(entry, redact));
    await writer.add(run, entries, read, fullText);
    // A call that goes on over a page, a long answer that is streamed, is read on from its beginning.
    if (read.upTo.seq === upTo.seq) continue;
    ({ upTo } = read);
    events = [];
  }
}

function clean(entry: RawEntry, redact: Redact): PromptLogEntry {
  const request = redact(entry.request);
  const response = redact(entry.response);
  return {
    ...entry,
    request: request.value,
    response: response.value,
    redacted: request.places + response.places,
  };
}

async function setMark(tenant: string, value: number, useTenant: UseTenant): Promise<void> {
  await useTenant(tenant, (database) =>
    database.batch([
      { sql: "DELETE FROM af_prompt_log_marks WHERE name = 'read' AND value < ?", params: [value] },
      {
        sql: "INSERT INTO af_prompt_log_marks (name, value) VALUES ('read', ?) ON CONFLICT DO NOTHING",
        params: [value],
      },
    ]),
  );
}

async function forget(tenant: string, runId: string, useTenant: UseTenant): Promise<void> {
  await useTenant(tenant, (database) =>
    database.execute('UPDATE af_prompt_log_runs SET is_open = 0 WHERE run_id = ?', [runId]),
  );
}
