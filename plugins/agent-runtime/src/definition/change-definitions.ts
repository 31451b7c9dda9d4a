import type { PluginContext, ValidationProblem } from '@agent-factory/sdk';
import type {
  ChangeOptions,
  DefinitionEdit,
  DefinitionKind,
  KeptDefinition,
} from '@agent-factory/sdk/contracts';
import { errors } from '../errors.ts';
import type { Executors, KnownDefinitions } from '../run/run-executor.ts';
import { line, subjectOf, type FixedDefinitions } from './fixed-definitions.ts';
import type { NewRevision, RevisionHead, RevisionStore } from './revision-store.ts';

/** What changes of a tenant's definitions stand on. */
export interface ChangeParts {
  readonly fixed: FixedDefinitions;
  readonly revisions: RevisionStore;
  readonly executors: Executors;
  readonly validator: PluginContext['validator'];
}

const kinds: readonly DefinitionKind[] = ['agent', 'workflow', 'router'];

/** A problem, and the definition it is in. */
interface Found {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly problem: ValidationProblem;
}

/** One change, and what has to be there for it. */
export interface ExpectingEdit extends DefinitionEdit {
  /** Revision it must have; 0: it must not be there. Default: whatever it is. */
  readonly ifRevision?: number;
}

/** Others may be first that often before a change is given up. */
const mostAttempts = 100;

/**
 * Makes changes of a tenant's definitions, all or none. When somebody else changes one of them at the same moment, what
 * is asked for is looked at again on top of that: it fails only where it expected something else.
 */
export async function changeDefinitions(
  tenant: string,
  edits: readonly ExpectingEdit[],
  parts: ChangeParts,
  { dryRun = false, isAlone = false }: ChangeOptions & { readonly isAlone?: boolean } = {},
): Promise<readonly KeptDefinition[]> {
  for (const { kind, name } of edits) {
    if (parts.fixed.find(kind, name)) throw errors.AF_DEFINITION_FIXED({ kind, name });
  }
  for (let attempt = 1; attempt <= mostAttempts; attempt += 1) {
    const found = await problemsOf(tenant, edits, parts);
    if (found.length > 0) throw invalid(found, isAlone);
    const { kept, added } = revisionsFor(edits, await parts.revisions.heads(tenant));
    if (dryRun || added.length === 0 || (await parts.revisions.add(tenant, added))) return kept;
  }
  const what = edits.map(({ kind, name }) => `${kind} "${name}"`).join(', ');
  throw errors.AF_DEFINITION_CHANGED({ what, expected: 'what was read', found: 'newer revisions each time' });
}

/** What edits come to on top of the newest revisions; AF_DEFINITION_CHANGED. What is so already is no conflict. */
function revisionsFor(
  edits: readonly ExpectingEdit[],
  newest: readonly RevisionHead[],
): { readonly kept: readonly KeptDefinition[]; readonly added: readonly NewRevision[] } {
  const heads = new Map(newest.map((head) => [`${head.kind}/${head.name}`, head]));
  const kept: KeptDefinition[] = [];
  const added: NewRevision[] = [];
  for (const { kind, name, definition, ifHash, ifRevision } of edits) {
    const { revision: after = 0, hash: now = null } = heads.get(`${kind}/${name}`) ?? {};
    const hash = definition === undefined ? null : subjectOf(kind, { ...definition, name }).hash;
    if (hash !== now) {
      const what = `${kind} "${name}"`;
      const at = now === null ? 0 : after;
      if (ifHash !== undefined && ifHash !== now) throw otherHash(what, ifHash, now);
      if (ifRevision !== undefined && ifRevision !== at) {
        const [expected, found] = [`revision ${ifRevision}`, `revision ${at}`];
        throw errors.AF_DEFINITION_CHANGED({ what, expected, found });
      }
      const content = definition && hash !== null ? { content: { hash, definition } } : {};
      added.push({ kind, name, after, ...content });
    }
    if (definition === undefined || hash === null) continue;
    kept.push({ kind, name, hash, source: 'tenant', revision: hash === now ? after : after + 1, definition });
  }
  return { kept, added };
}

/** What is wrong with definitions as they will stand together. */
async function problemsOf(
  tenant: string,
  edits: readonly DefinitionEdit[],
  { fixed, revisions, executors, validator }: ChangeParts,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  const before = new Map<DefinitionKind, Map<string, object>>();
  const own: { readonly kind: DefinitionKind; readonly name: string; readonly definition: object }[] = [];
  for (const kind of kinds) {
    const all = new Map(fixed.known(kind));
    for (const { name, definition } of await revisions.list(tenant, kind)) {
      all.set(name, definition);
      own.push({ kind, name, definition });
    }
    before.set(kind, all);
  }
  const after = new Map([...before].map(([kind, all]) => [kind, new Map(all)]));
  for (const { kind, name, definition } of edits) {
    const executor = executors.get(kind);
    if (!executor) throw errors.AF_RUN_KIND_UNKNOWN({ kind });
    if (definition === undefined) {
      after.get(kind)?.delete(name);
      continue;
    }
    after.get(kind)?.set(name, definition);
    for (const problem of validator(executor.schema)(definition)) found.push({ kind, name, problem });
    if ((definition as { readonly name?: unknown }).name !== name) {
      found.push({ kind, name, problem: { path: '/name', message: `must be "${name}"` } });
    }
  }
  if (found.length > 0) return found; // what does not fit its schema cannot be looked at more closely
  const knownAfter: KnownDefinitions = (kind) => after.get(kind) ?? new Map();
  const knownBefore: KnownDefinitions = (kind) => before.get(kind) ?? new Map();
  const check = async (
    { kind, definition }: { readonly kind: DefinitionKind; readonly definition: object },
    known: KnownDefinitions,
  ): Promise<readonly ValidationProblem[]> =>
    (await executors.get(kind)?.check(definition, tenant, known)) ?? [];
  for (const { kind, name, definition } of edits) {
    if (definition === undefined) continue;
    for (const problem of await check({ kind, definition }, knownAfter)) found.push({ kind, name, problem });
  }
  if (edits.every(({ definition }) => definition !== undefined)) return found;
  // Something goes: whoever names it must not be left behind. What was wrong before is nobody's fault here.
  const touched = new Set(edits.map(({ kind, name }) => `${kind}/${name}`));
  for (const one of own) {
    if (touched.has(`${one.kind}/${one.name}`)) continue;
    const now = await check(one, knownAfter);
    if (now.length === 0) continue;
    const old = new Set((await check(one, knownBefore)).map(({ path }) => path));
    for (const problem of now) if (!old.has(problem.path)) found.push({ ...one, problem });
  }
  return found;
}

/** Of one that is changed alone, paths are those in it; of several, kind and name come before. */
function invalid(found: readonly Found[], isAlone: boolean): Error {
  const list = found.map(({ kind, name, problem }) => line(isAlone ? kind : `${kind} ${name}`, problem));
  const problems = found.map(({ kind, name, problem }) =>
    isAlone ? problem : { ...problem, path: `/${kind}/${name}${problem.path}` },
  );
  const kind = isAlone ? (found[0]?.kind ?? '') : 'set of definitions';
  return errors.AF_DEFINITION_INVALID({ kind, count: problems.length, list: list.join('\n'), problems });
}

/** That a definition has another hash than was expected. */
export function otherHash(what: string, expected: string | null, found: string | null): Error {
  return errors.AF_DEFINITION_CHANGED({ what, expected: shown(expected), found: shown(found) });
}

function shown(hash: string | null): string {
  return hash === null ? 'nothing' : `the hash ${hash.slice(0, 12)}`;
}
