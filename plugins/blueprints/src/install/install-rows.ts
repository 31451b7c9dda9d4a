import { isAgentFactoryError, type JsonObject } from '@agent-factory/sdk';
import type { SqlDatabase } from '@agent-factory/sdk/contracts';
import { queryBuilder } from '@agent-factory/sdk/sql';
import { blueprintErrors as errors } from '@agent-factory/sdk/contracts';
import type { BroughtPart } from './part.ts';

/** A blueprint as it is installed. */
export interface Install {
  readonly name: string;
  readonly state: 'installed' | 'changing';
  readonly version: string;
  readonly hash: string;
  readonly parameters: JsonObject;
  readonly parts: readonly BroughtPart[];
}

/** The same, as it is kept. */
export interface KeptInstall extends Install {
  readonly revision: number;
  /** Milliseconds since the epoch. */
  readonly changedAt: number;
}

interface Row {
  readonly name: string;
  readonly revision: number;
  readonly state: 'installed' | 'changing';
  readonly version: string;
  readonly hash: string;
  readonly parameters: string;
  readonly parts: string;
  readonly changed_at: number;
}

interface Tables {
  af_blueprints_installs: Row;
}

/** Those of a tenant, by name. */
export async function listInstalls(database: SqlDatabase): Promise<readonly KeptInstall[]> {
  const db = queryBuilder<Tables>(database);
  const rows = await db.selectFrom('af_blueprints_installs').selectAll().orderBy('name').execute();
  return rows.map(({ changed_at: changedAt, parameters, parts, ...row }) => ({
    ...row,
    changedAt,
    // As they were kept.
    parameters: JSON.parse(parameters) as JsonObject,
    parts: JSON.parse(parts) as readonly BroughtPart[],
  }));
}

/** Keeps what is installed, after the revision that was read (0: none was there); gives the new revision. AF_BLUEPRINT_BUSY. */
export async function keepInstall(database: SqlDatabase, install: Install, after: number): Promise<number> {
  const { name } = install;
  const revision = after + 1;
  const row: Row = {
    name,
    revision,
    state: install.state,
    version: install.version,
    hash: install.hash,
    parameters: JSON.stringify(install.parameters),
    parts: JSON.stringify(install.parts),
    changed_at: Date.now(),
  };
  const db = queryBuilder<Tables>(database);
  if (after === 0) {
    try {
      await db.insertInto('af_blueprints_installs').values(row).execute();
      return revision;
    } catch (error) {
      if (!isAgentFactoryError(error, 'AF_STORAGE_CONSTRAINT')) throw error;
      throw errors.AF_BLUEPRINT_BUSY({ name }, { cause: error });
    }
  }
  const { numUpdatedRows } = await db
    .updateTable('af_blueprints_installs')
    .set(row)
    .where('name', '=', name)
    .where('revision', '=', after)
    .executeTakeFirst();
  if (numUpdatedRows === 0n) throw errors.AF_BLUEPRINT_BUSY({ name });
  return revision;
}

/** Forgets what was installed, as it was read. AF_BLUEPRINT_BUSY. */
export async function forgetInstall(database: SqlDatabase, name: string, revision: number): Promise<void> {
  const { numDeletedRows } = await queryBuilder<Tables>(database)
    .deleteFrom('af_blueprints_installs')
    .where('name', '=', name)
    .where('revision', '=', revision)
    .executeTakeFirst();
  if (numDeletedRows === 0n) throw errors.AF_BLUEPRINT_BUSY({ name });
}
