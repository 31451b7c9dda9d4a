import type { TenantJournal } from '@agent-factory/sdk/contracts';
import type { RunEvent } from '@agent-factory/sdk/domain';
import { runOf } from './run-wait.ts';

const end: IteratorResult<RunEvent, void> = Object.freeze({ done: true, value: undefined });

/** Events of a run, as the journal gives them. That there is such a run is looked at when the first is asked for. */
export function checkedEvents(
  journal: TenantJournal,
  runId: string,
  options?: Parameters<TenantJournal['follow']>[1],
): AsyncIterable<RunEvent> {
  const begin = async (): Promise<AsyncIterator<RunEvent, void>> => {
    await runOf(journal, runId);
    return journal.follow(runId, options)[Symbol.asyncIterator]();
  };
  return { [Symbol.asyncIterator]: () => new CheckedEvents(begin) };
}

/** Holds what it begins with no longer than it needs it: a stream may wait for hours, and thousands do. */
class CheckedEvents implements AsyncIterator<RunEvent, void> {
  #begin: (() => Promise<AsyncIterator<RunEvent, void>>) | undefined;
  #events: AsyncIterator<RunEvent, void> | undefined;
  #left = false;

  constructor(begin: () => Promise<AsyncIterator<RunEvent, void>>) {
    this.#begin = begin;
  }

  next(): Promise<IteratorResult<RunEvent, void>> {
    if (this.#events) return this.#events.next();
    const begin = this.#begin;
    this.#begin = undefined;
    return begin ? begin().then((events) => this.#first(events)) : Promise.resolve(end);
  }

  async return(): Promise<IteratorResult<RunEvent, void>> {
    this.#left = true;
    await this.#events?.return?.();
    return end;
  }

  #first(events: AsyncIterator<RunEvent, void>): Promise<IteratorResult<RunEvent, void>> {
    this.#events = events;
    return this.#left ? this.return() : events.next();
  }
}
