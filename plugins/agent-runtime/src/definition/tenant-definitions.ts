import type { Json, PluginContext } from '@agent-factory/sdk';
import type { DefinitionKind, KeptDefinition, TenantDefinitions } from '@agent-factory/sdk/contracts';
import { errors } from '../errors.ts';
import type { Executors } from '../run/run-executor.ts';
import { diffOf } from './definition-diff.ts';
import { line, subjectOf, type FixedDefinitions } from './fixed-definitions.ts';
import type { RevisionStore, StoredRevision } from './revision-store.ts';

/** What a tenant's definitions stand on. */
export interface TenantDefinitionParts {
  readonly fixed: FixedDefinitions;
  readonly revisions: RevisionStore;
  readonly executors: Executors;
  readonly validator: PluginContext['validator'];
  /** The error for a name that is not there. */
  unknown(tenant: string, kind: DefinitionKind, name: string): Promise<Error>;
}

const kinds: readonly DefinitionKind[] = ['agent', 'workflow', 'router'];

/** The definitions of one tenant. */
export function createTenantDefinitions(tenant: string, parts: TenantDefinitionParts): TenantDefinitions {
  const { fixed, revisions, executors, validator } = parts;

  const ownOf = (kind: DefinitionKind, found: StoredRevision): KeptDefinition => ({
    kind,
    source: 'tenant',
    ...found,
  });

  const fixedOf = (kind: DefinitionKind, name: string): KeptDefinition | undefined => {
    const found = fixed.find(kind, name);
    if (!found) return undefined;
    return { kind, name, hash: found.subject.hash, source: 'platform', definition: found.definition };
  };

  const check = async (kind: DefinitionKind, definition: unknown): Promise<{ readonly name: string }> => {
    const executor = executors.get(kind);
    if (!executor) throw errors.AF_RUN_KIND_UNKNOWN({ kind });
    let problems = validator(executor.schema)(definition);
    if (problems.length === 0) {
      const named = definition as { readonly name: string }; // the schema has just been checked
      const known = new Map<DefinitionKind, Map<string, object>>();
      for (const each of kinds) {
        const all = new Map(fixed.known(each));
        for (const { name, definition: own } of await revisions.list(tenant, each)) all.set(name, own);
        if (each === kind) all.set(named.name, named);
        known.set(each, all);
      }
      problems = await executor.check(named, tenant, (each) => known.get(each) ?? new Map());
      if (problems.length === 0) return named;
    }
    const list = problems.map((problem) => line(kind, problem)).join('\n');
    throw errors.AF_DEFINITION_INVALID({ kind, count: problems.length, list, problems });
  };

  return {
    async list(kind) {
      const own = (await revisions.list(tenant, kind)).map((one) => ownOf(kind, one));
      const given = fixed
        .list(kind)
        .flatMap((one) => fixedOf(kind, (one as { readonly name: string }).name) ?? []);
      return [...given, ...own].sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    async get(kind, name, revision) {
      const given = revision === undefined ? fixedOf(kind, name) : undefined;
      if (given) return given;
      const own =
        revision === undefined
          ? await revisions.current(tenant, kind, name)
          : await revisions.at(tenant, kind, name, revision);
      if (own) return ownOf(kind, own);
      if (revision === undefined) throw await parts.unknown(tenant, kind, name);
      throw errors.AF_DEFINITION_REVISION_UNKNOWN({ kind, name, revision });
    },
    async put(kind, given, { ifRevision } = {}) {
      const definition = await check(kind, given);
      const { name, hash } = subjectOf(kind, definition);
      if (fixed.find(kind, name)) throw errors.AF_DEFINITION_FIXED({ kind, name });
      const known = await revisions.revisions(tenant, kind, name);
      const last = known[0] ?? { revision: 0, hash: null };
      const isThere = last.hash !== null;
      if (ifRevision !== undefined && ifRevision !== (isThere ? last.revision : 0)) {
        throw errors.AF_DEFINITION_CHANGED({ kind, name, expected: ifRevision, found: last.revision });
      }
      const base = { kind, name, hash, source: 'tenant', definition } as const;
      if (last.hash === hash) return { ...base, revision: last.revision };
      const key = { kind, name, after: last.revision };
      return { ...base, revision: await revisions.add(tenant, key, { hash, definition }) };
    },
    async remove(kind, name) {
      if (fixed.find(kind, name)) throw errors.AF_DEFINITION_FIXED({ kind, name });
      const found = await revisions.current(tenant, kind, name);
      if (!found) throw await parts.unknown(tenant, kind, name);
      await revisions.add(tenant, { kind, name, after: found.revision }, undefined);
    },
    revisions: (kind, name) => revisions.revisions(tenant, kind, name),
    async diff(kind, name, from, to) {
      const [before, after] = [await this.get(kind, name, from), await this.get(kind, name, to)];
      // Definitions are JSON.
      return diffOf(before.definition as Json, after.definition as Json);
    },
  };
}
