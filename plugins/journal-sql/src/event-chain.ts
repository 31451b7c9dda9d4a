import { hash } from 'node:crypto';
import type { PreparedAppend, StoredEvent } from './prepared-append.ts';

/** Where a run's chain of hashes stands. */
export interface ChainHead {
  readonly seq: number;
  /** Of the last event; empty before the first. */
  readonly hash: string;
}

/** An append whose events have their hashes. */
export interface SealedAppend {
  readonly append: PreparedAppend;
  /** One for each event. */
  readonly hashes: readonly string[];
  /** Where the chain stands after it. */
  readonly head: ChainHead;
}

/** The chain of a run without events. */
export const noEvents: ChainHead = { seq: 0, hash: '' };

/**
 * SHA-256, base64, of the hash before, the run's id, and the event's number, type, time and data, one a line. The data are
 * the stored text itself, which nobody has to write again to check it; as JSON they hold no line break.
 */
export function eventHash(before: string, runId: string, { seq, type, at, data }: StoredEvent): string {
  return hash('sha256', `${before}\n${runId}\n${seq}\n${type}\n${at}\n${data}`, 'base64');
}

/** Continues the chain with the events of an append. */
export function sealAppend(append: PreparedAppend, before: string): SealedAppend {
  let last = before;
  const hashes: string[] = [];
  for (const event of append.events) hashes.push((last = eventHash(last, append.runId, event)));
  return { append, hashes, head: { seq: append.lastSeq, hash: last } };
}
