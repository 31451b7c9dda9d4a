import { defineContract, type SingleContract } from '../contract.ts';
import { semanticMemoryErrors } from './semantic-memory-errors.ts';
import type { MemoryOwner } from './working-memory.ts';

/** Something to be remembered. */
export interface NewFact {
  /** Remembering again under the same id replaces it. 1 to 200 printable characters. */
  readonly id: string;
  /** 1 to 16,000 characters; what stands alone is found best. */
  readonly text: string;
  /** Milliseconds it is kept; 0 for ever. Default as configured. */
  readonly ttlMs?: number;
}

/** Something that was recalled. */
export interface RecalledFact {
  readonly id: string;
  readonly text: string;
  /** When it was remembered. Milliseconds since the epoch. */
  readonly at: number;
  /** Higher is better; comparable within one recall only. */
  readonly score: number;
}

/** What the owners of one tenant remember. */
export interface TenantSemanticMemory {
  /** AF_SEMANTIC_MEMORY_INVALID. Where embedding does not work, it is found by its words alone. */
  remember(owner: MemoryOwner, fact: NewFact, options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** What has to do with the text, best first; at most `limit` (1 to 50, default 5). Nothing that is over. */
  recall(
    owner: MemoryOwner,
    text: string,
    options?: { readonly limit?: number; readonly signal?: AbortSignal },
  ): Promise<readonly RecalledFact[]>;
  /** Removes one, or all of an owner; how many there were. */
  forget(owner: MemoryOwner, id?: string): Promise<number>;
}

/** What was said earlier, found again by what it means. */
export interface SemanticMemory {
  /** That of a tenant. One that does not exist is found out by the first call (AF_TENANT_UNKNOWN). */
  tenant(id: string): TenantSemanticMemory;
}

/** Token of {@link SemanticMemory}. */
export const SemanticMemory: SingleContract<SemanticMemory> = defineContract<SemanticMemory>({
  id: 'semantic-memory',
  version: '1.0.0',
  description: 'What was said earlier, found again by what it means.',
});

const mostChars = 16_000;

/** For memories: throws AF_SEMANTIC_MEMORY_INVALID for what breaks the rules. */
export function checkSemanticRequest(
  { id: owner }: MemoryOwner,
  asked: { readonly id?: string; readonly text?: string; readonly ttlMs?: number; readonly limit?: number },
): void {
  const { id, text, ttlMs = 0, limit = 5 } = asked;
  if (!isId(owner)) throw invalid('its owner has not 1 to 200 characters', 'Use an id such as a UUID.');
  if (id !== undefined && (!isId(id) || /\p{Cc}/u.test(id)))
    throw invalid('an id has not 1 to 200 printable characters', 'Use an id such as a UUID.');
  if (text !== undefined && (typeof text !== 'string' || text.trim() === '' || text.length > mostChars))
    throw invalid(`the text has not 1 to ${mostChars} characters`, 'Give a sentence or a few.');
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 0)
    throw invalid(`ttlMs is ${ttlMs}`, 'Give a whole number of at least 0.');
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 50)
    throw invalid(`limit is ${limit}`, 'Give a whole number from 1 to 50.');
}

function isId(id: string): boolean {
  return (
    typeof id === 'string' && id.length >= 1 && id.length <= 200 && id.isWellFormed() && !id.includes('\0')
  );
}

function invalid(reason: string, mend: string): Error {
  return semanticMemoryErrors.AF_SEMANTIC_MEMORY_INVALID({ reason, mend });
}
