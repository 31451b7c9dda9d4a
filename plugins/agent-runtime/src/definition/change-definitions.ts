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
import type { NewRevision, RevisionStore } from './revision-store.ts';

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

/** Makes changes of a tenant's definitions, all or none. */
export async function changeDefinitions(
  tenant: string,
  edits: readonly DefinitionEdit[],
  parts: ChangeParts,
  { dryRun = false, isAlone = false }: ChangeOptions & { readonly isAlone?: boolean } = {},
): Promise<readonly KeptDefinition[]> {
  for (const { kind, name } of edits) {
    if (parts.fixed.find(kind, name)) throw errors.AF_DEFINITION_FIXED({ kind, name });
  }
  const found = await problemsOf(tenant, edits, parts);
  if (found.length > 0) throw invalid(found, isAlone);
  const heads = new Map(
    (await parts.revisions.heads(tenant)).map((head) => [`${head.kind}/${head.name}`, head]),
  );
  const kept: KeptDefinition[] = [];
  const added: NewRevision[] = [];
  for (const { kind, name, definition, ifHash } of edits) {
    const { revision: after = 0, hash: now = null } = heads.get(`${kind}/${name}`) ?? {};
    if (ifHash !== undefined && ifHash !== now) {
      const what = `${kind} "${name}"`;
      throw errors.AF_DEFINITION_CHANGED({ what, expected: shown(ifHash), found: shown(now) });
    }
    if (definition === undefined) {
      if (now !== null) added.push({ kind, name, after });
      continue;
    }
    const { hash } = subjectOf(kind, { ...definition, name });
    if (hash !== now) added.push({ kind, name, after, content: { hash, definition } });
    kept.push({ kind, name, hash, source: 'tenant', revision: hash === now ? after : after + 1, definition });
  }
  if (!dryRun && added.length > 0) await parts.revisions.add(tenant, added);
  return kept;
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

function shown(hash: string | null): string {
  return hash === null ? 'nothing' : `the hash ${hash.slice(0, 12)}`;
}
