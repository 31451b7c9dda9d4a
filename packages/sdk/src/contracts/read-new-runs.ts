import type { Run } from '../domain/run.ts';
import type { TenantJournal } from './journal.ts';

/**
 * Milliseconds for which runs may become visible after others that were created later: what whoever looks from time to
 * time reads again, and what whoever waits for the answer does.
 */
export const runSlackMs = 60_000;
/** See {@link runSlackMs}. */
export const shortRunSlackMs = 2000;

const runsPerPage = 200;

/** Who reads journals, and keeps how far each run was read: its place. */
export interface RunReader<Place> {
  /** Places by id of run, as far as these were read before. */
  placesOf(runs: readonly string[]): Promise<ReadonlyMap<string, Place>>;
  /** Places by id of the runs that had not ended when they were read. */
  openPlaces(): Promise<ReadonlyMap<string, Place>>;
  /** Reads a run on from its place, or from its beginning. */
  read(run: Run, place: Place | undefined): Promise<void>;
  /** Keeps that there is nothing more of a run that the journal has no more. */
  forget(run: string): Promise<void>;
  /** Writes what was read and is not written yet. */
  flush(): Promise<void>;
}

/**
 * Has a reader read the runs of a tenant that were created at `since` or later, and those that had not ended before.
 *
 * @returns when the newest run was created; `undefined` where there is none, or it was stopped first
 */
export async function readNewRuns<Place>(
  journal: TenantJournal,
  reader: RunReader<Place>,
  { since, signal }: { readonly since: number; readonly signal?: AbortSignal | undefined },
): Promise<number | undefined> {
  let newest: number | undefined;
  for (let before: string | undefined; ;) {
    const page = await journal.runs({ limit: runsPerPage, ...(before !== undefined && { before }) });
    newest ??= page[0]?.createdAt;
    const recent = page.filter(({ createdAt }) => createdAt >= since);
    const places = recent.length > 0 ? await reader.placesOf(recent.map(({ id }) => id)) : undefined;
    for (const run of recent) {
      if (signal?.aborted) break;
      await reader.read(run, places?.get(run.id));
    }
    await reader.flush();
    before = page.at(-1)?.id;
    if (signal?.aborted) return undefined;
    if (page.length < runsPerPage || recent.length < page.length) break;
  }
  for (const [id, place] of await reader.openPlaces()) {
    if (signal?.aborted) break;
    const run = await journal.run(id);
    await (run ? reader.read(run, place) : reader.forget(id));
  }
  await reader.flush();
  return signal?.aborted ? undefined : newest;
}
