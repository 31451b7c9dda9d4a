import type { ConversationMemory, MemoryWindow, TenantMemory } from '../contracts/conversation-memory.ts';
import type { Message } from '../domain/message.ts';
import type { ConformanceCase } from './conformance.ts';

/** One empty memory for one case. */
export interface ConversationMemoryFixture {
  readonly memory: ConversationMemory;
  /** Another handle on the same memory, as a second process would have; closed with the fixture. */
  another(): Promise<ConversationMemory>;
  /** Two tenants that there are. */
  readonly tenants: readonly [string, string];
  /** Lets this many milliseconds pass for every conversation, without waiting. */
  elapse(ms: number): Promise<void>;
  close(): Promise<void>;
}

/** Runs a case on a fixture of its own. */
export type OnMemory = (
  name: string,
  work: (memory: TenantMemory, fixture: ConversationMemoryFixture) => Promise<void>,
) => ConformanceCase;

/** A message of a user. */
export function said(content: string): Message {
  return { role: 'user', content };
}

/** Numbers of the messages a window shows. */
export async function seqsOf(
  memory: TenantMemory,
  id: string,
  window?: MemoryWindow,
): Promise<readonly number[]> {
  return (await memory.read(id, window)).messages.map(({ seq }) => seq);
}
