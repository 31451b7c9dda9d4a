import { defineContract, type SingleContract } from '../contract.ts';
import type { AgentFactoryError } from '../errors.ts';
import { textOf, type Message } from '../domain/message.ts';
import { memoryErrors } from './conversation-memory-errors.ts';
import type { SqlStatement } from './storage.ts';

/** A message of a conversation, with its place. */
export interface RememberedMessage {
  /** 1, 2, 3 … within the conversation; never given twice, also after trimming. */
  readonly seq: number;
  readonly message: Message;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** What stands for the messages up to `upTo`. */
export interface ConversationSummary {
  readonly text: string;
  /** Number of the last message it covers. */
  readonly upTo: number;
}

/** A conversation as it is read. */
export interface Conversation {
  readonly summary?: ConversationSummary;
  /** Those asked for, oldest first; without a window, those the summary does not cover. */
  readonly messages: readonly RememberedMessage[];
}

/** Which messages to read. */
export interface MemoryWindow {
  /** The newest of this many, also if the summary covers some of them. */
  readonly last?: number;
  /**
   * The newest that have together at most this many characters of content (`textOf(message).length`), also if the
   * summary covers some of them; at least one.
   */
  readonly maxChars?: number;
}

/**
 * The conversations of one tenant. What does not fit (an id, a window, a message that is no JSON) is refused with
 * AF_MEMORY_REQUEST_INVALID; AF_MEMORY_UNAVAILABLE, or the error of the storage, when its server is away.
 */
export interface TenantMemory {
  /**
   * Adds messages, all or none, and gives the number of the last. `ttlMs`: the conversation expires this long after it
   * was last added to; default as configured, 0 never. Two at once both get their place. One that is over begins anew.
   */
  append(
    conversation: string,
    messages: readonly Message[],
    options?: { readonly ttlMs?: number },
  ): Promise<number>;
  /** The conversation; one that was never begun, was forgotten or is over is empty. */
  read(conversation: string, window?: MemoryWindow): Promise<Conversation>;
  /**
   * Sets what stands for the messages up to `upTo`; an older summary than there is changes nothing, nor does one of a
   * conversation that is not there. `upTo` beyond the last message is refused.
   */
  summarise(conversation: string, summary: ConversationSummary): Promise<void>;
  /** Removes all but the newest `keepLast` messages; gives how many went. The summary stays. */
  trim(conversation: string, options: { readonly keepLast: number }): Promise<number>;
  /** Removes a conversation. */
  forget(conversation: string): Promise<void>;
  /** Ids of conversations that are not over, the one added to last first, at most `limit` (default 50). */
  list(options?: {
    readonly limit?: number;
  }): Promise<readonly { readonly id: string; readonly messages: number; readonly updatedAt: number }[]>;
}

/** What a memory would write, for whoever writes to the same tenant's database in a transaction of its own. */
export interface ConversationStatements {
  /** What `append` would write, to be written once and in this order. AF_MEMORY_REQUEST_INVALID as there. */
  toAppend(
    conversation: string,
    messages: readonly Message[],
    options?: { readonly ttlMs?: number },
  ): Promise<readonly SqlStatement[]>;
}

/** Keeps conversations. Ids of conversations: 1 to 200 characters, none of them U+0000. */
export interface ConversationMemory {
  tenant(id: string): TenantMemory;
  /** Removes what is over, in small steps, at most `limit` conversations (default 1,000); gives how many went. */
  sweep(options?: { readonly limit?: number }): Promise<number>;
  /**
   * There where conversations lie in the databases of their tenants, and whoever writes to one of these is the only one
   * who does: then an exchange is written together with the run that it comes from, both or neither. It is no contract of
   * its own, since another plugin could provide that one.
   */
  readonly statements?: ConversationStatements;
}

/** Token of {@link ConversationMemory}. */
export const ConversationMemory: SingleContract<ConversationMemory> = defineContract<ConversationMemory>({
  id: 'conversation-memory',
  version: '1.0.0',
  description: 'Keeps conversations for a while.',
});

/** Numbers in what is asked of a memory. */
export interface MemoryRequest {
  readonly ttlMs?: number;
  readonly last?: number;
  readonly maxChars?: number;
  readonly keepLast?: number;
  readonly upTo?: number;
  readonly limit?: number;
}

const fromZero: ReadonlySet<string> = new Set(['ttlMs', 'keepLast']);

/** For memories: throws AF_MEMORY_REQUEST_INVALID for an id or a number that breaks the rules. */
export function checkMemoryRequest(conversation: string | undefined, numbers: MemoryRequest = {}): void {
  const isId = (id: string): boolean =>
    typeof id === 'string' && id.length >= 1 && id.length <= 200 && id.isWellFormed() && !id.includes('\0');
  if (conversation !== undefined && !isId(conversation)) {
    const details = { reason: 'an id has 1 to 200 characters', mend: 'Use an id such as a UUID.' };
    throw memoryErrors.AF_MEMORY_REQUEST_INVALID({
      conversation: String(conversation).slice(0, 200),
      ...details,
    });
  }
  for (const name of ['ttlMs', 'last', 'maxChars', 'keepLast', 'upTo', 'limit'] as const) {
    const value = numbers[name];
    const least = fromZero.has(name) ? 0 : 1;
    if (value === undefined || (Number.isSafeInteger(value) && value >= least)) continue;
    const details = { reason: `${name} is ${value}`, mend: `Give a whole number of at least ${least}.` };
    throw memoryErrors.AF_MEMORY_REQUEST_INVALID({ conversation: conversation ?? '', ...details });
  }
}

/** A message as memories keep it. */
export interface KeptMessage {
  /** Its JSON. */
  readonly text: string;
  /** Characters of its content. */
  readonly chars: number;
}

/** For memories: messages as text; AF_MEMORY_REQUEST_INVALID for one that is no JSON. */
export function keptMessages(conversation: string, messages: readonly Message[]): readonly KeptMessage[] {
  return messages.map((message, index) => {
    try {
      return { text: JSON.stringify(message), chars: textOf(message).length };
    } catch (cause) {
      const details = { reason: `message ${index + 1} is no JSON`, mend: 'Append messages of plain JSON.' };
      throw memoryErrors.AF_MEMORY_REQUEST_INVALID({ conversation, ...details }, { cause });
    }
  });
}

/** For memories: the error for a summary that reaches beyond the last message. */
export function summaryBeyond(conversation: string, upTo: number, last: number): AgentFactoryError {
  const reason = `a summary up to ${upTo} cannot be set where the last message is ${last}`;
  return memoryErrors.AF_MEMORY_REQUEST_INVALID({ conversation, reason, mend: 'Summarise what was read.' });
}
