import type { Journal, TenantJournal } from '../contracts/journal.ts';
import { defaultTenant } from '../contracts/tenant-storage.ts';
import { onFixture, type ConformanceCase } from './conformance.ts';
import type { SampleRun } from './sample-run.ts';

/** An empty journal for one case. */
export interface JournalFixture {
  readonly journal: Journal;
  /** Another journal on the same data, as a second process would have; closed with the fixture. */
  another(): Promise<Journal>;
  /** Creates another tenant. */
  createTenant(id: string): Promise<void>;
  /**
   * Changes what is stored behind the journal's back, as somebody with access to the database could:
   * `change` the data of an event, `remove` it, `swap` its type and data with those of the next, `cut` the event and
   * all after it.
   */
  tamper(kind: 'change' | 'remove' | 'swap' | 'cut', runId: string, seq: number): Promise<void>;
  close(): Promise<void>;
}

/** What a case does, with the journal of the default tenant. */
type JournalWork = (journal: TenantJournal, fixture: JournalFixture) => Promise<void>;

/** Declares a case on an empty journal. */
export type OnJournal = (name: string, work: JournalWork) => ConformanceCase;

/** Declares cases on the journals that `open` gives, an empty one each time. */
export function onJournal(open: () => Promise<JournalFixture>): OnJournal {
  const given = onFixture(open);
  return (name, work) => given(name, (fixture) => work(fixture.journal.tenant(defaultTenant), fixture));
}

/** Appends the first events of a run, as nobody's. */
export async function startRun(journal: TenantJournal, run: SampleRun, count = 1): Promise<void> {
  await journal.append(run.events(1, count), run.after(count));
}
