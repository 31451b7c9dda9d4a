import { canonicalJson, isAgentFactoryError } from '@agent-factory/sdk';
import type { DefinitionKind, DefinitionRevision, SqlDatabase } from '@agent-factory/sdk/contracts';
import { errors } from '../errors.ts';
import type { UseTenant } from './use-tenant.ts';

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
  /** Adds the revision after `after`; `definition` and its hash, or nothing, which removes it. AF_DEFINITION_CHANGED. */
  add(
    tenant: string,
    key: { readonly kind: DefinitionKind; readonly name: string; readonly after: number },
    content: { readonly hash: string; readonly definition: object } | undefined,
  ): Promise<number>;
}

const latest =
  'SELECT r.name, r.revision, r.hash, t.definition FROM af_agent_runtime_revisions AS r' +
  ' JOIN af_agent_runtime_texts AS t ON t.hash = r.hash WHERE r.kind = ? AND r.revision =' +
  ' (SELECT MAX(n.revision) FROM af_agent_runtime_revisions AS n WHERE n.kind = r.kind AND n.name = r.name)';

/** Creates the store on a tenant's tables. */
export function createRevisionStore(useTenant: UseTenant): RevisionStore {
  const find = async (
    tenant: string,
    sql: string,
    params: readonly (string | number)[],
  ): Promise<readonly StoredRevision[]> => {
    const rows = await useTenant(tenant, (database) => database.query<Row>(sql, params));
    // Written from objects.
    return rows.map(({ definition, ...row }) => ({ ...row, definition: JSON.parse(definition) as object }));
  };
  return {
    async current(tenant, kind, name) {
      return (await find(tenant, `${latest} AND r.name = ?`, [kind, name]))[0];
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
    async add(tenant, { kind, name, after }, content) {
      const revision = after + 1;
      const now = Date.now();
      const write = (database: SqlDatabase): Promise<void> =>
        database.batch([
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
            params: [kind, name, revision, content?.hash ?? null, now],
          },
        ]);
      try {
        await useTenant(tenant, write);
      } catch (error) {
        if (!isAgentFactoryError(error, 'AF_STORAGE_CONSTRAINT')) throw error;
        throw errors.AF_DEFINITION_CHANGED({ kind, name, expected: after, found: 'a newer one' });
      }
      return revision;
    },
  };
}
