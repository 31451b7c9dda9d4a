import { jsonChanges, type Json } from '@agent-factory/sdk';
import type { DefinitionKind, KeptDefinition, TenantDefinitions } from '@agent-factory/sdk/contracts';
import { errors } from '../errors.ts';
import { changeDefinitions, otherHash, type ChangeParts } from './change-definitions.ts';
import type { StoredRevision } from './revision-store.ts';

/** What a tenant's definitions stand on. */
export interface TenantDefinitionParts extends ChangeParts {
  /** The error for a name that is not there. */
  unknown(tenant: string, kind: DefinitionKind, name: string): Promise<Error>;
}

/** The definitions of one tenant. */
export function createTenantDefinitions(tenant: string, parts: TenantDefinitionParts): TenantDefinitions {
  const { fixed, revisions } = parts;

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
    change: (edits, options) => changeDefinitions(tenant, edits, parts, options),
    async put(kind, given, expected = {}) {
      const definition = Object(given) as { readonly name?: string }; // its schema is checked with the rest
      const name = typeof definition.name === 'string' ? definition.name : '';
      const edit = { ...expected, kind, name, definition };
      const [kept] = await changeDefinitions(tenant, [edit], parts, { isAlone: true });
      if (!kept) throw errors.AF_RUN_KIND_UNKNOWN({ kind });
      return kept;
    },
    async remove(kind, name, { ifHash } = {}) {
      if (fixed.find(kind, name)) throw errors.AF_DEFINITION_FIXED({ kind, name });
      for (;;) {
        const found = await revisions.current(tenant, kind, name);
        if (!found) throw await parts.unknown(tenant, kind, name);
        if (ifHash !== undefined && ifHash !== found.hash)
          throw otherHash(`${kind} "${name}"`, ifHash, found.hash);
        if (await revisions.add(tenant, [{ kind, name, after: found.revision }])) return;
      }
    },
    revisions: (kind, name) => revisions.revisions(tenant, kind, name),
    async diff(kind, name, from, to) {
      const [before, after] = [await this.get(kind, name, from), await this.get(kind, name, to)];
      // Definitions are JSON.
      return jsonChanges(before.definition as Json, after.definition as Json);
    },
  };
}
