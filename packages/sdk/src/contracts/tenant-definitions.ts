import type { RunSubject } from '../domain/run.ts';
import type { JsonChange } from '../json-changes.ts';

/** What kind of thing a definition is of. */
export type DefinitionKind = RunSubject['kind'];

/** A definition as it is now, or as it was at a revision. */
export interface KeptDefinition {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** SHA-256 of its canonical JSON, hex. */
  readonly hash: string;
  /** `platform`: from the configuration, files or plugins, for all tenants. `tenant`: kept by this interface. */
  readonly source: 'platform' | 'tenant';
  /** 1, 2, 3 … for each name of a tenant's own. */
  readonly revision?: number;
  readonly definition: object;
}

/** One revision of a tenant's own definition. */
export interface DefinitionRevision {
  readonly revision: number;
  /** `null` where the definition was removed. */
  readonly hash: string | null;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
}

/** One difference between two definitions. */
export type DefinitionChange = JsonChange;

/** What a definition must be for a change to be made. */
export interface ExpectedDefinition {
  /** Hash it must have if it changes; `null`: it must not be there. Default: whatever it is. */
  readonly ifHash?: string | null;
}

/** One of several changes that are made together. */
export interface DefinitionEdit extends ExpectedDefinition {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** What it becomes. Left out: it is removed. */
  readonly definition?: object;
}

/** Options of {@link TenantDefinitions.change}. */
export interface ChangeOptions {
  /** Only look; nothing is changed. Default false. */
  readonly dryRun?: boolean;
}

/**
 * The definitions of one tenant: those of the platform, which only their files change, and its own. Each change is a new
 * revision; runs in flight go on with the one they began with.
 */
export interface TenantDefinitions {
  /** Those of a kind, by name. */
  list(kind: DefinitionKind): Promise<readonly KeptDefinition[]>;
  /** One as it is now, or at a revision. Throws that there is none: AF_AGENT_UNKNOWN and the like; AF_DEFINITION_REVISION_UNKNOWN. */
  get(kind: DefinitionKind, name: string, revision?: number): Promise<KeptDefinition>;
  /**
   * Creates or changes one; the same again is no change. AF_DEFINITION_INVALID with every problem, its path and mend;
   * AF_DEFINITION_FIXED for a name of the platform's; AF_DEFINITION_CHANGED when it is not at the revision given
   * (0: it must be new) or has not the hash given, and is not what it is to become either. Without them the last one to
   * write counts.
   */
  put(
    kind: DefinitionKind,
    definition: unknown,
    options?: ExpectedDefinition & { readonly ifRevision?: number },
  ): Promise<KeptDefinition>;
  /**
   * Makes several changes, all or none; they are checked as they will stand together, and so are the tenant's other
   * definitions that name what is changed or removed. Gives those that were kept, in the order given. Errors as `put`,
   * each problem's path beginning with kind and name; removing what is not there is no error.
   */
  change(edits: readonly DefinitionEdit[], options?: ChangeOptions): Promise<readonly KeptDefinition[]>;
  /** Removes one; its revisions stay. AF_DEFINITION_CHANGED when it has not the hash given. */
  remove(kind: DefinitionKind, name: string, options?: ExpectedDefinition): Promise<void>;
  /** Its revisions, newest first. */
  revisions(kind: DefinitionKind, name: string): Promise<readonly DefinitionRevision[]>;
  /** What changed from one revision to another. */
  diff(kind: DefinitionKind, name: string, from: number, to: number): Promise<readonly DefinitionChange[]>;
}
