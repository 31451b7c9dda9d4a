import { canonicalJson, isAgentFactoryError } from '@agent-factory/sdk';
import type { DefinitionKind, DefinitionRevision, UseTenant } from '@agent-factory/sdk/contracts';

/** A tenant's own definition at one revision. */
export interface StoredRevision {
  readonly name: string;
  readonly revision: number;
  readonly hash: string;
  readonly definition: object;
}

interface Row {
  readonly name: string;
  readonly revision: number;
  readonly hash: string;
  readonly definition: string;
}

/** A tenant's own definitions, revision by revision. */
export interface RevisionStore {
  /** The newest revision of one; `undefined` when it never was, or was removed. */
  current(tenant: string, kind: DefinitionKind, name: string): Promise<StoredRevision | undefined>;
  at(
    tenant: string,
    kind: DefinitionKind,
    name: string,
    revision: number,
  ): Promise<StoredRevision | undefined>;
  list(tenant: string, kind: DefinitionKind): Promise<readonly StoredRevision[]>;
  names(tenant: string, kind: DefinitionKind): Promise<readonly string[]>;
  revisions(tenant: string, kind: DefinitionKind, name: string): Promise<readonly DefinitionRevision[]>;
  /** The newest revision of each, also of those that were removed. */
  heads(tenant: string): Promise<readonly RevisionHead[]>;
  /** Adds revisions, all or none, each after the one named; `false` when somebody else was first with one of them. */
  add(tenant: string, revisions: readonly NewRevision[]): Promise<boolean>;
}

/** The newest revision of a name. */
export interface RevisionHead {
  readonly kind: DefinitionKind;
  readonly name: string;
  readonly revision: number;
  /** `null` where it was removed. */
  readonly hash: string | null;
}

/** A revision to be added. */
export interface NewRevision {
  readonly kind: DefinitionKind;
  readonly name: string;
  /** The newest revision there is; 0 where there is none. */
  readonly after: number;
  /** Left out: it is removed. */
  readonly content?: { readonly hash: string; readonly definition: object };
}

const latest =
  'SELECT r.name, r.revision, r.hash, t.definition FROM af_agent_runtime_revisions AS r' +
  ' JOIN af_agent_runtime_texts AS t ON t.hash = r.hash WHERE r.kind = ? AND r.revision =' +
  ' (SELECT MAX(n.revision) FROM af_agent_runtime_revisions AS n WHERE n.kind = r.kind AND n.name = r.name)';

const latestOfName = `${latest} AND r.name = ?`;

function storedOf({ name, revision, hash, definition }: Row): StoredRevision {
  return { name, revision, hash, definition: JSON.parse(definition) as object }; // written from an object
}

/** Creates the store on a tenant's tables. */
export function createRevisionStore(useTenant: UseTenant): RevisionStore {
  const read = (tenant: string, sql: string, params: readonly (string | number)[]): Promise<readonly Row[]> =>
    useTenant(tenant, (database) => database.query<Row>(sql, params));
  const find = async (...what: Parameters<typeof read>): Promise<readonly StoredRevision[]> =>
    (await read(...what)).map(storedOf);
  return {
    async current(tenant, kind, name) {
      const [row] = await read(tenant, latestOfName, [kind, name]);
      return row && storedOf(row);
    },
    async at(tenant, kind, name, revision) {
      const sql =
        'SELECT r.name, r.revision, r.hash, t.definition FROM af_agent_runtime_revisions AS r' +
        ' JOIN af_agent_runtime_texts AS t ON t.hash = r.hash WHERE r.kind = ? AND r.name = ? AND r.revision = ?';
      return (await find(tenant, sql, [kind, name, revision]))[0];
    },
    list: (tenant, kind) => find(tenant, `${latest} ORDER BY r.name`, [kind]),
    async names(tenant, kind) {
      return (await find(tenant, `${latest} ORDER BY r.name`, [kind])).map(({ name }) => name);
    },
    async revisions(tenant, kind, name) {
      const rows = await useTenant(tenant, (database) =>
        database.query<{ revision: number; hash: string | null; created_at: number }>(
          'SELECT revision, hash, created_at FROM af_agent_runtime_revisions WHERE kind = ? AND name = ?' +
            ' ORDER BY revision DESC LIMIT 200',
          [kind, name],
        ),
      );
      return rows.map(({ revision, hash, created_at: createdAt }) => ({ revision, hash, createdAt }));
    },
    async heads(tenant) {
      const sql =
        'SELECT r.kind, r.name, r.revision, r.hash FROM af_agent_runtime_revisions AS r WHERE r.revision =' +
        ' (SELECT MAX(n.revision) FROM af_agent_runtime_revisions AS n WHERE n.kind = r.kind AND n.name = r.name)';
      return useTenant(tenant, (database) => database.query<RevisionHead>(sql));
    },
    async add(tenant, added) {
      const now = Date.now();
      const statements = added.flatMap(({ kind, name, after, content }) => [
        ...(content
          ? [
              {
                sql:
                  'INSERT INTO af_agent_runtime_texts (hash, kind, name, definition, kept_at) VALUES (?, ?, ?, ?, ?)' +
                  ' ON CONFLICT DO NOTHING',
                params: [content.hash, kind, name, canonicalJson(content.definition), now],
              },
            ]
          : []),
        {
          sql: 'INSERT INTO af_agent_runtime_revisions (kind, name, revision, hash, created_at) VALUES (?, ?, ?, ?, ?)',
          params: [kind, name, after + 1, content?.hash ?? null, now],
        },
      ]);
      try {
        await useTenant(tenant, (database) => database.batch(statements));
        return true;
      } catch (error) {
        if (isAgentFactoryError(error, 'AF_STORAGE_CONSTRAINT')) return false;
        throw error;
      }
    },
  };
}
