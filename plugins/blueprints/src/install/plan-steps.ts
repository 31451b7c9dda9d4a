import { jsonChanges, type JsonObject } from '@agent-factory/sdk';
import type { BlueprintProblem, BlueprintStep, LocalEdits } from '@agent-factory/sdk/contracts';
import { hashesOf, keyOf, type BroughtPart, type PartHere, type WantedPart } from './part.ts';

/** A step, and what it is made with. */
export interface PlannedStep extends BlueprintStep {
  readonly want?: WantedPart;
  readonly here?: PartHere;
  /** How it was brought before. */
  readonly old?: BroughtPart;
  /** How it is kept by the install after the step; left out when the install keeps nothing of it any more. */
  readonly brought?: BroughtPart;
}

/** What an install, upgrade or removal would do. */
export interface Planned {
  readonly steps: readonly PlannedStep[];
  /** Parts that are as they should be. */
  readonly settled: readonly BroughtPart[];
  /** Parts somebody changed, which would be changed again although that was not asked for. */
  readonly blocked: readonly string[];
  /** Names that are taken. */
  readonly problems: readonly BlueprintProblem[];
}

/** What a plan is made from. */
export interface PlanInput {
  readonly wanted: readonly WantedPart[];
  /** What was brought before. */
  readonly brought: readonly BroughtPart[];
  readonly here: ReadonlyMap<string, PartHere>;
  /** Which other blueprint brought a part, by its key. */
  readonly owners: ReadonlyMap<string, string>;
  readonly edits: LocalEdits;
}

/** Works out what has to be done so that there is what is wanted. */
export function planSteps({ wanted, brought, here, owners, edits }: PlanInput): Planned {
  const steps: PlannedStep[] = [];
  const settled: BroughtPart[] = [];
  const blocked: string[] = [];
  const problems: BlueprintProblem[] = [];
  const before = new Map(brought.map((one) => [keyOf(one), one]));
  for (const want of wanted) {
    const key = keyOf(want);
    const old = before.get(key);
    before.delete(key);
    const now = here.get(key);
    const documents = want.documents && hashesOf(want.documents);
    const made: BroughtPart = {
      part: want.part,
      name: want.name,
      made: want.hash,
      kept: null,
      ...(documents && { documents }),
    };
    if (!old) {
      if (now) problems.push(taken(want, now, owners.get(key)));
      else steps.push({ ...named(want), action: 'create', edited: false, changes: [], want, brought: made });
      continue;
    }
    const isSame = now !== undefined && isKept(want, old, now);
    if (isSame) {
      settled.push({ ...made, kept: now.hash });
      continue;
    }
    const edited = old.kept !== null && now?.hash !== old.kept;
    const changes = now
      ? jsonChanges(withDocuments(now.value, old.documents), withDocuments(want.value, documents))
      : [];
    const isTheirs = edited && edits !== 'overwrite';
    // What the blueprint did not change stays as somebody made it, whatever was asked.
    if (isTheirs && edits === 'refuse' && old.made !== want.hash) blocked.push(`${want.part} ${want.name}`);
    const action =
      isTheirs && (edits === 'keep' || old.made === want.hash) ? 'keep' : now ? 'change' : 'create';
    const brought = action === 'keep' ? { ...old, made: made.made } : made;
    const step = { ...named(want), action, edited, changes, want, old, brought } as const;
    steps.push(now ? { ...step, here: now } : step);
  }
  for (const [key, old] of before) {
    const now = here.get(key);
    if (!now || now.isFixed) continue; // gone already
    const edited = old.kept !== null && now.hash !== old.kept;
    if (edited && edits === 'refuse') blocked.push(`${old.part} ${old.name}`);
    const action = edited && edits === 'keep' ? 'keep' : 'remove';
    steps.push({ ...named(old), action, edited, changes: [], here: now });
  }
  return { steps, settled, blocked, problems };
}

/** Whether what is here is what is wanted: by its own hash, or because it was made of the same and not changed since. */
function isKept(want: WantedPart, old: BroughtPart, now: PartHere): boolean {
  // A base is the same without the documents that it was given, and those may have to go.
  const isBare = old.documents === undefined;
  return (isBare && now.hash === want.hash) || (old.kept === now.hash && old.made === want.hash);
}

/** What a part and its documents are together, so that a change of either shows. */
function withDocuments(value: JsonObject, documents: BroughtPart['documents']): JsonObject {
  return documents ? { ...value, documents } : value;
}

function named({ part, name }: WantedPart | BroughtPart): Pick<BlueprintStep, 'part' | 'name'> {
  return { part, name };
}

function taken({ part, name, file }: WantedPart, now: PartHere, owner: string | undefined): BlueprintProblem {
  const whose = now.isFixed
    ? 'one of the configuration, a file or a plugin'
    : owner === undefined
      ? 'one of your own'
      : `one that the blueprint "${owner}" brought`;
  const fix = now.isFixed ? 'Have the operator rename it.' : 'Remove or rename that one.';
  return { file, path: '/name', message: `the ${part} "${name}" is there already: ${whose}`, fix };
}
