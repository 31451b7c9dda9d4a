import { defineContract, type SingleContract } from '../contract.ts';
import type { Json, JsonObject, JsonSchema, Validator } from '../json.ts';
import { mergePatch } from '../merge-patch.ts';
import type { PluginContext } from '../plugin.ts';
import { workingMemoryErrors } from './working-memory-errors.ts';

/** Whose memory it is. */
export interface MemoryOwner {
  readonly scope: 'session' | 'user';
  /** The session's or the user's id: 1 to 200 characters, none of them U+0000. */
  readonly id: string;
}

/** Whose memory it is, and which one of theirs. */
export interface WorkingMemoryKey extends MemoryOwner {
  /** 1 to 64 letters, digits, `-` and `_`. */
  readonly name: string;
}

/** A memory as it stands. */
export interface WorkingDocument {
  readonly value: JsonObject;
  /** 1 for the first, and one more with each change. */
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly updatedAt: number;
}

/** What a change must keep to. */
export interface WorkingMemoryRules {
  /** What the whole must fit after the change. */
  readonly schema: JsonSchema;
  /** Most bytes of its JSON. Default 16,384; at most 1,048,576. */
  readonly maxBytes?: number;
  /** Milliseconds after which it is over when it is not changed; 0 never. Default as configured. */
  readonly ttlMs?: number;
}

/** The working memories of one tenant. */
export interface TenantWorkingMemory {
  /** `undefined` when there is none, or it is over. */
  read(key: WorkingMemoryKey): Promise<WorkingDocument | undefined>;
  /**
   * Merges a patch into it (RFC 7396), beginning with `{}`. Of two at once none is lost. AF_WORKING_MEMORY_INVALID or
   * AF_WORKING_MEMORY_TOO_LARGE, and nothing is changed.
   */
  merge(key: WorkingMemoryKey, patch: JsonObject, rules: WorkingMemoryRules): Promise<WorkingDocument>;
  /** Removes one, or all of an owner; how many there were. */
  forget(owner: MemoryOwner | WorkingMemoryKey): Promise<number>;
}

/** What agents keep in mind as JSON of a known shape: the state of a task, what a user prefers. */
export interface WorkingMemory {
  /** Those of a tenant. One that does not exist is found out by the first call (AF_TENANT_UNKNOWN). */
  tenant(id: string): TenantWorkingMemory;
}

/** Token of {@link WorkingMemory}. */
export const WorkingMemory: SingleContract<WorkingMemory> = defineContract<WorkingMemory>({
  id: 'working-memory',
  version: '1.0.0',
  description: 'What agents keep in mind as JSON of a known shape.',
});

const defaultMaxBytes = 16_384;
const mostBytes = 1_048_576;
const mostDepth = 64;

/** For memories: throws AF_WORKING_MEMORY_INVALID for an owner or a name that breaks the rules. */
export function checkMemoryKey({ id, name }: MemoryOwner & Partial<WorkingMemoryKey>): void {
  const isId =
    typeof id === 'string' && id.length >= 1 && id.length <= 200 && id.isWellFormed() && !id.includes('\0');
  if (!isId) throw invalid(name ?? '', 'its owner has not 1 to 200 characters', 'Use an id such as a UUID.');
  if (name !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(name))
    throw invalid(name.slice(0, 64), 'its name is none', 'Use 1 to 64 letters, digits, `-` and `_`.');
}

/** For memories: the value after a patch, checked against the rules; and its JSON. */
export function patchedMemory(
  { name }: WorkingMemoryKey,
  before: JsonObject,
  patch: Json,
  { schema, maxBytes = defaultMaxBytes, ttlMs = 0 }: WorkingMemoryRules,
  validator: PluginContext['validator'],
): { readonly value: JsonObject; readonly text: string } {
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (!isCount(ttlMs) || !isCount(maxBytes) || maxBytes > mostBytes)
    throw invalid(
      name,
      `ttlMs is ${ttlMs}, maxBytes ${maxBytes}`,
      `Give whole numbers, maxBytes up to ${mostBytes}.`,
    );
  if (typeof patch !== 'object' || patch === null || Array.isArray(patch) || depthOf(patch, 0) > mostDepth)
    throw invalid(
      name,
      `the change is no object of at most ${mostDepth} levels`,
      'Give an object of what changes.',
    );
  const value = mergePatch(before, patch) as JsonObject; // two objects merged are one
  const problems = validatorOf(name, schema, validator)(value);
  if (problems.length > 0) {
    const list = problems.map(({ path, message }) => `${path.slice(1) || 'the whole'} ${message}`).join('; ');
    throw invalid(name, list, 'Change it so that the whole fits its schema.');
  }
  const text = JSON.stringify(value);
  const bytes = new TextEncoder().encode(text).length;
  if (bytes > maxBytes) throw workingMemoryErrors.AF_WORKING_MEMORY_TOO_LARGE({ name, bytes, max: maxBytes });
  return { value, text };
}

function validatorOf(name: string, schema: JsonSchema, validator: PluginContext['validator']): Validator {
  try {
    return validator(schema, { eager: true });
  } catch (cause) {
    const reason = `its schema is no JSON Schema: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw workingMemoryErrors.AF_WORKING_MEMORY_INVALID(
      { name, reason, mend: 'Mend the schema.' },
      { cause },
    );
  }
}

function depthOf(value: Json, depth: number): number {
  if (typeof value !== 'object' || value === null || depth > mostDepth) return depth;
  return Object.values(value).reduce<number>((most, one) => Math.max(most, depthOf(one, depth + 1)), depth);
}

function invalid(name: string, reason: string, mend: string): Error {
  return workingMemoryErrors.AF_WORKING_MEMORY_INVALID({ name, reason, mend });
}
