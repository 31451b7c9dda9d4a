import { isAgentFactoryError } from '@agent-factory/sdk';
import type {
  Journal,
  PromptLog,
  PromptLogEntry,
  TenantPromptLog,
  UseTenant,
} from '@agent-factory/sdk/contracts';
import type { Run, RunEvent } from '@agent-factory/sdk/domain';
import { catchUp, shortSlackMs, type CatchUpParts } from './catch-up.ts';
import { errors } from './errors.ts';
import { getEntry, listEntries } from './list-entries.ts';
import { runSpans } from './otel/run-spans.ts';

const eventsPerPage = 1000;
/** Runs that start one another; more are no tree. */
const mostDepth = 64;

/** Creates the prompt log. Whoever reads it has it read the journal first, so that nothing is missing. */
export function createPromptLog(parts: CatchUpParts): PromptLog {
  const { journal, useTenant, fullText } = parts;
  const reading = new Map<string, Promise<void>>();
  const read = (tenant: string): Promise<void> => {
    const under = reading.get(tenant);
    if (under) return under.then(() => begin(tenant));
    return begin(tenant);
  };
  /** Those who ask while it is read wait for the next time, together. */
  const begin = (tenant: string): Promise<void> => {
    const known = reading.get(tenant);
    if (known) return known;
    const work = catchUp(tenant, parts, { slack: shortSlackMs })
      .then(() => {})
      .finally(() => reading.delete(tenant));
    reading.set(tenant, work);
    return work;
  };
  return {
    tenant(id): TenantPromptLog {
      return {
        async list(query = {}) {
          if (query.after === undefined) await read(id);
          return useTenant(id, (database) => listEntries(database, query, fullText));
        },
        async get(entry) {
          try {
            return await useTenant(id, (database) => getEntry(database, entry));
          } catch (error) {
            if (!isAgentFactoryError(error, 'AF_PROMPT_LOG_UNKNOWN')) throw error;
            await read(id);
            return useTenant(id, (database) => getEntry(database, entry));
          }
        },
        async spans(runId, options) {
          const run = await journal.tenant(id).run(runId);
          if (!run) throw errors.AF_PROMPT_LOG_RUN_UNKNOWN({ run: runId });
          await read(id);
          const [events, entries, root] = await Promise.all([
            eventsOf(journal, id, runId),
            entriesOf(useTenant, id, runId),
            rootOf(journal, id, run),
          ]);
          return runSpans(run, root, events, entries, options);
        },
        catchUp: () => read(id),
      };
    },
  };
}

async function eventsOf(journal: Journal, tenant: string, runId: string): Promise<readonly RunEvent[]> {
  const events: RunEvent[] = [];
  for (;;) {
    const page = await journal.tenant(tenant).read(runId, { after: events.length, limit: eventsPerPage });
    events.push(...page);
    if (page.length < eventsPerPage) return events;
  }
}

async function entriesOf(
  useTenant: UseTenant,
  tenant: string,
  runId: string,
): Promise<readonly PromptLogEntry[]> {
  const entries: PromptLogEntry[] = [];
  for (let after: string | undefined; ;) {
    const page = await useTenant(tenant, (database) =>
      listEntries(database, { runId, limit: 200, ...(after !== undefined && { after }) }, false),
    );
    entries.push(...page.entries);
    after = page.next;
    if (after === undefined) return entries.reverse();
  }
}

/** The run that nobody started, of which all others follow. */
async function rootOf(journal: Journal, tenant: string, run: Run): Promise<string> {
  let at = run;
  for (let depth = 0; at.parent && depth < mostDepth; depth += 1) {
    const parent = await journal.tenant(tenant).run(at.parent.runId);
    if (!parent) return at.parent.runId;
    at = parent;
  }
  return at.id;
}
