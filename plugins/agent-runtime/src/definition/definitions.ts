import type { RunSubject } from '@agent-factory/sdk/domain';
import { errors } from '../errors.ts';
import type { Executors, LoadedSubject } from '../run/run-executor.ts';
import type { DefinitionStore } from './definition-store.ts';
import { subjectOf, type FixedDefinitions } from './fixed-definitions.ts';
import type { RevisionStore, StoredRevision } from './revision-store.ts';
import { createLoadedCache } from './loaded-cache.ts';
import type { MadeStore } from './made-store.ts';

type Kind = RunSubject['kind'];

/** What can be run: definitions as they are now, and as they were when a run began. */
export interface Definitions {
  /** The definition of that name as it is now; throws that there is none, and what is there. */
  named(tenant: string, kind: Kind, name: string): Promise<LoadedSubject>;
  /** The definition with which a run began, whatever became of it; AF_RUN_DEFINITION_LOST when it is not kept. */
  pinned(tenant: string, subject: RunSubject): Promise<LoadedSubject>;
  /** Keeps the definition for the runs that begin with it. It must be the one of now. */
  keep(tenant: string, subject: RunSubject): Promise<void>;
  /** Keeps a definition that nobody finds by its name, for good. It must be one that fits. */
  adopt(tenant: string, kind: Kind, definition: { readonly name: string }): Promise<RunSubject>;
  /** Keeps one that a run is about to begin with, as long as there are runs that did. It must be one that fits. */
  lend(tenant: string, kind: Kind, definition: { readonly name: string }): Promise<RunSubject>;
  /** What the definition of that name says it is for, as it is now. */
  describe(tenant: string, kind: Kind, name: string): Promise<string | undefined>;
  /** The error for a name that is not there, with those that are. */
  unknown(tenant: string, kind: Kind, name: string): Promise<Error>;
  /** Those of one kind that every tenant has, by name. */
  fixed(kind: Kind): readonly object[];
  /** Tools of a tenant, or of all, changed: what was made ready with them is made ready anew. */
  forget(tenant: string | undefined): void;
}

/** Creates the definitions. */
export function createDefinitions(
  fixed: FixedDefinitions,
  store: DefinitionStore,
  made: Pick<MadeStore, 'keep' | 'kept'>,
  revisions: RevisionStore,
  executors: Executors,
): Definitions {
  const cache = createLoadedCache();

  const load = (tenant: string, subject: RunSubject, definition: object): Promise<LoadedSubject> => {
    const executor = executors.get(subject.kind);
    if (!executor) throw errors.AF_RUN_KIND_UNKNOWN({ kind: subject.kind });
    return cache.get(tenant, subject, () => executor.load(definition, subject, tenant));
  };

  return {
    async named(tenant, kind, name) {
      const found = fixed.find(kind, name);
      if (found) return load(tenant, found.subject, found.definition);
      const own = await revisions.current(tenant, kind, name);
      if (own) return load(tenant, { kind, ...ownSubject(own) }, own.definition);
      throw await this.unknown(tenant, kind, name);
    },
    async unknown(tenant, kind, name) {
      return fixed.unknown(kind, name, await revisions.names(tenant, kind));
    },
    async pinned(tenant, subject) {
      const now = fixed.find(subject.kind, subject.name);
      if (now?.subject.hash === subject.hash) return load(tenant, now.subject, now.definition);
      const known = cache.peek(tenant, subject);
      if (known) return known;
      const kept = (await store.kept(tenant, subject.hash)) ?? (await made.kept(tenant, subject.hash));
      if (!kept) throw errors.AF_RUN_DEFINITION_LOST({ kind: subject.kind, name: subject.name });
      return load(tenant, subject, kept);
    },
    async keep(tenant, subject) {
      if (store.isKept(tenant, subject.hash)) return;
      const { definition } = await this.pinned(tenant, subject);
      await store.keep(tenant, subject, definition);
    },
    async adopt(tenant, kind, definition) {
      const subject = subjectOf(kind, definition);
      await store.keep(tenant, subject, definition);
      return subject;
    },
    async lend(tenant, kind, definition) {
      const subject = subjectOf(kind, definition);
      await made.keep(tenant, subject, definition);
      return subject;
    },
    async describe(tenant, kind, name) {
      const found = fixed.find(kind, name) ?? (await revisions.current(tenant, kind, name));
      const { description } = (found?.definition ?? {}) as { readonly description?: string };
      return description;
    },
    fixed: (kind) => fixed.list(kind),
    forget: (tenant) => cache.forget(tenant),
  };
}

function ownSubject({ name, hash, definition }: StoredRevision): Omit<RunSubject, 'kind'> {
  const { version } = definition as { readonly version?: string };
  return { name, hash, ...(version !== undefined && { version }) };
}
