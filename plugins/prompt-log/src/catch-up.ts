import {
  readNewRuns,
  type Journal,
  type PromptLogEntry,
  type RunReader,
  type TenantJournal,
  type UseTenant,
} from '@agent-factory/sdk/contracts';
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

const eventsPerPage = 1000;

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
  const writer = createEntryWriter((statements) =>
    useTenant(tenant, (database) => database.batch(statements)),
  );
  const places = async (
    where: string,
    params: readonly string[] = [],
  ): Promise<ReadonlyMap<string, Known>> => {
    const rows = await useTenant(tenant, (database) =>
      database.query<Known>(`SELECT run_id, seq, agent FROM af_prompt_log_runs WHERE ${where}`, params),
    );
    return new Map(rows.map((one) => [one.run_id, one]));
  };
  const reader: RunReader<Known> = {
    placesOf: (ids) => places(`run_id IN (${ids.map(() => '?').join(', ')})`, ids),
    openPlaces: () => places('is_open = 1'),
    read: (run, known) => readOne(run, known, runs, parts, writer),
    forget: (id) => forget(tenant, id, useTenant),
    flush: () => writer.flush(),
  };
  const newest = await readNewRuns(runs, reader, { since: (mark?.value ?? 0) - slack, signal });
  if (newest !== undefined) await setMark(tenant, newest, useTenant);
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
