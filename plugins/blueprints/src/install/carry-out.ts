import { isAgentFactoryError } from '@agent-factory/sdk';
import type { BlueprintProblem, DefinitionEdit, DefinitionKind } from '@agent-factory/sdk/contracts';
import { reasonOf } from '../json-value.ts';
import { invalid } from '../problems.ts';
import { bringDocuments, keepBase } from './bring-knowledge.ts';
import { definitionKinds, type Places } from './look-around.ts';
import { keyOf, type BroughtPart } from './part.ts';
import type { PlannedStep } from './plan-steps.ts';

/** Undoes one thing that was done. */
type Undo = () => Promise<unknown>;

/**
 * Does what was planned. Tools and knowledge bases come before those that name them and go after; definitions are changed all at once. What
 * was done to tools is undone when the rest cannot be done; `asBefore` is called when that left everything as it was, and
 * not when something stays that doing it again has to end. Gives the parts as they are kept.
 */
export async function carryOut(
  name: string,
  steps: readonly PlannedStep[],
  places: Places,
  asBefore: () => Promise<void>,
): Promise<readonly BroughtPart[]> {
  const { signal } = new AbortController();
  const hashes = new Map<string, string>();
  const undo: Undo[] = [];
  try {
    for (const step of steps) {
      await registerTools(name, step, places, { signal, hashes, undo });
      const base = await keepBase(name, step, places.knowledge);
      if (!base) continue;
      hashes.set(keyOf(step), base.hash);
      undo.push(base.undo);
    }
    const kept = await places.definitions.change(steps.flatMap(editOf));
    for (const { kind, name: own, hash } of kept) hashes.set(keyOf({ part: kind, name: own }), hash);
  } catch (error) {
    if (await undoAll(undo)) await asBefore().catch(() => {}); // what went wrong first is what is told
    throw error;
  }
  for (const { part, name: own, action } of steps) {
    if (part === 'tool' && action === 'remove') await places.tools?.remove(own);
    if (part === 'knowledge' && action === 'remove') await places.knowledge?.remove(own);
  }
  for (const step of steps) await bringDocuments(step, places.knowledge);
  return steps.flatMap(({ brought }) =>
    brought ? [{ ...brought, kept: hashes.get(keyOf(brought)) ?? brought.kept }] : [],
  );
}

/** Undoes as much as can be undone; whether that was all. */
async function undoAll(undo: readonly Undo[]): Promise<boolean> {
  let isAll = true;
  for (const back of undo.toReversed())
    await back().catch(() => {
      isAll = false;
    });
  return isAll;
}

/** The steps that are changes of definitions. */
export function editOf({ part, name, action, want, here }: PlannedStep): readonly DefinitionEdit[] {
  const kind = definitionKinds.find((one): one is DefinitionKind => one === part);
  if (!kind || action === 'keep') return [];
  const ifHash = here?.hash ?? null;
  return [{ kind, name, ifHash, ...(want && action !== 'remove' && { definition: want.value }) }];
}

async function registerTools(
  blueprint: string,
  { part, name, action, want, here }: PlannedStep,
  { tools }: Places,
  {
    signal,
    hashes,
    undo,
  }: { readonly signal: AbortSignal; readonly hashes: Map<string, string>; readonly undo: Undo[] },
): Promise<void> {
  if (part !== 'tool' || !want || !tools || action === 'keep') return;
  const { kind, spec } = want.value as { readonly kind: string; readonly spec: object }; // fits its schema
  const by = `blueprint ${blueprint}`;
  try {
    const { registration } = await tools.register({ name, kind, spec: { ...spec }, by, signal });
    hashes.set(keyOf({ part, name }), registration.hash);
  } catch (error) {
    if (!isAgentFactoryError(error)) throw error;
    const problem: BlueprintProblem = { file: want.file, path: '', message: reasonOf(error), fix: error.fix };
    throw invalid(blueprint, [problem]);
  }
  undo.push(async () => {
    if (!here) return tools.remove(name);
    const old = here.value as { readonly kind: string; readonly spec: object }; // as it was registered
    return tools.register({ name, kind: old.kind, spec: { ...old.spec }, by, signal });
  });
}
