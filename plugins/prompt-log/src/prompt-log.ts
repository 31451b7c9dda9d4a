import { isAgentFactoryError } from '@agent-factory/sdk';
import {
  eventsOfRun,
  promptLogEntries,
  shortRunSlackMs,
  type Journal,
  type PromptLog,
  type PromptLogEntry,
  type PromptLogPage,
  type PromptLogQuery,
  type TenantPromptLog,
} from '@agent-factory/sdk/contracts';
import type { Run } from '@agent-factory/sdk/domain';
import { catchUp, type CatchUpParts } from './catch-up.ts';
import { errors } from './errors.ts';
import { getEntry, listEntries } from './list-entries.ts';
import { runSpans } from './run-spans.ts';

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
    const work = catchUp(tenant, parts, { slack: shortRunSlackMs })
      .then(() => {})
      .finally(() => reading.delete(tenant));
    reading.set(tenant, work);
    return work;
  };
  return {
    tenant(id): TenantPromptLog {
      const listed = (query: PromptLogQuery): Promise<PromptLogPage> =>
        useTenant(id, (database) => listEntries(database, query, fullText));
      return {
        async list(query = {}) {
          if (query.after === undefined) await read(id);
          return listed(query);
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
          const entries: PromptLogEntry[] = [];
          for await (const entry of promptLogEntries({ list: listed }, { runId })) entries.push(entry);
          const events = await eventsOfRun(journal.tenant(id), runId);
          return runSpans(run, await rootOf(journal, id, run), events, entries.reverse(), options);
        },
        catchUp: () => read(id),
      };
    },
  };
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
