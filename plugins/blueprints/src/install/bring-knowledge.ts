import { readFile } from 'node:fs/promises';
import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import type { BlueprintProblem, TenantKnowledge } from '@agent-factory/sdk/contracts';
import type { KnowledgeBase } from '@agent-factory/sdk/domain';
import { reasonOf } from '../json-value.ts';
import { invalid } from '../problems.ts';
import { hashOf } from './part.ts';
import type { PlannedStep } from './plan-steps.ts';

/** A base with its folders taken out; it fits its schema. */
function baseOf(value: JsonObject): KnowledgeBase {
  return value as unknown as KnowledgeBase;
}

/** Keeps a base that agents are about to name; gives what undoes that, and the hash it is kept under. */
export async function keepBase(
  blueprint: string,
  { part, name, action, want, here }: PlannedStep,
  knowledge: TenantKnowledge | undefined,
): Promise<{ readonly hash: string; readonly undo: () => Promise<unknown> } | undefined> {
  if (part !== 'knowledge' || !want || !knowledge || action === 'keep') return undefined;
  try {
    await knowledge.put(baseOf(want.value));
  } catch (error) {
    if (!isAgentFactoryError(error, 'AF_KNOWLEDGE_INVALID')) throw error;
    const problem: BlueprintProblem = { file: want.file, path: '', message: reasonOf(error), fix: error.fix };
    throw invalid(blueprint, [problem]);
  }
  const undo = (): Promise<unknown> => (here ? knowledge.put(baseOf(here.value)) : knowledge.remove(name));
  return { hash: hashOf(want.value), undo };
}

/**
 * Gives a base the documents that are new or changed, and takes away those that the blueprint brought and has no more.
 * It comes last, since it takes long: what fails here is ended by doing it again. Pages and texts are taken in later.
 */
export async function bringDocuments(
  { part, name, action, want, here, old }: PlannedStep,
  knowledge: TenantKnowledge | undefined,
): Promise<void> {
  if (part !== 'knowledge' || !knowledge || action === 'keep' || action === 'remove' || !want) return;
  // Where the base is cut or embedded in another way, or was not finished, all are taken in anew.
  const isSame = here !== undefined && old?.kept === here.hash && here.hash === hashOf(want.value);
  const before: Readonly<Record<string, string>> = old?.documents ?? {};
  const documents = want.documents ?? [];
  for (const source of Object.keys(before))
    if (!documents.some((one) => one.source === source)) await knowledge.removeDocument(name, source);
  for (const { source, path, hash } of documents)
    if (!isSame || before[source] !== hash)
      await knowledge.addDocument(name, { source, content: await readFile(path) });
  if (baseOf(want.value).sources.length > 0) await knowledge.queueIngest(name);
}
