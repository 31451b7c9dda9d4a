import { createHash } from 'node:crypto';
import { canonicalJson, type JsonObject } from '@agent-factory/sdk';
import {
  databaseNow,
  type ChangeCondition,
  type SqlDatabase,
  type ToolRegistration,
} from '@agent-factory/sdk/contracts';
import { queryBuilder, withTransaction } from '@agent-factory/sdk/sql';
import { sql, type Kysely } from 'kysely';
import { errors } from './errors.ts';

interface VersionRow {
  readonly name: string;
  readonly version: number;
  readonly kind: string;
  readonly spec: string;
  readonly hash: string;
  readonly created_at: number;
  readonly created_by: string | null;
}

interface RegistryTables {
  af_tools_registry_registrations: {
    readonly name: string;
    readonly version: number;
    readonly removed: number;
  };
  af_tools_registry_versions: VersionRow;
}

type RegistryDatabase = Kysely<RegistryTables>;

/** A registration without its spec. */
export type RegistrationHead = Omit<ToolRegistration, 'spec'>;

/** SHA-256 of what tools are made of. */
export function registrationHash(kind: string, spec: JsonObject): string {
  return createHash('sha256').update(canonicalJson({ kind, spec })).digest('hex');
}

const head = ['v.name', 'v.version', 'v.kind', 'v.hash', 'v.created_at', 'v.created_by'] as const;

function current(db: RegistryDatabase) {
  return db
    .selectFrom('af_tools_registry_registrations as r')
    .innerJoin('af_tools_registry_versions as v', (join) =>
      join.onRef('v.name', '=', 'r.name').onRef('v.version', '=', 'r.version'),
    )
    .where('r.removed', '=', 0);
}

/** Those that hold, by name. */
export async function listRegistrations(database: SqlDatabase): Promise<readonly RegistrationHead[]> {
  const rows = await current(queryBuilder<RegistryTables>(database)).select(head).orderBy('v.name').execute();
  return rows.map(headOf);
}

/** One that holds, or, with a version, one that is or was. */
export async function readRegistration(
  database: SqlDatabase,
  name: string,
  version?: number,
): Promise<ToolRegistration | undefined> {
  const db = queryBuilder<RegistryTables>(database);
  if (version === undefined) return readCurrent(db, name);
  const row = await db
    .selectFrom('af_tools_registry_versions as v')
    .selectAll()
    .where('v.name', '=', name)
    .where('v.version', '=', version)
    .executeTakeFirst();
  return row && registrationOf(row);
}

async function readCurrent(db: RegistryDatabase, name: string): Promise<ToolRegistration | undefined> {
  const row = await current(db).selectAll('v').where('v.name', '=', name).executeTakeFirst();
  return row && registrationOf(row);
}

/** Every version there was, newest first. */
export async function listVersions(
  database: SqlDatabase,
  name: string,
): Promise<readonly RegistrationHead[]> {
  const rows = await queryBuilder<RegistryTables>(database)
    .selectFrom('af_tools_registry_versions as v')
    .select(head)
    .where('v.name', '=', name)
    .orderBy('v.version', 'desc')
    .execute();
  return rows.map(headOf);
}

/** What is to be kept. */
export interface NewRegistration {
  readonly name: string;
  readonly kind: string;
  readonly spec: JsonObject;
  readonly by: string | undefined;
  readonly maxRegistrations: number;
}

/** Keeps the next version, unless what holds is the same. */
export function keepRegistration(database: SqlDatabase, given: NewRegistration): Promise<ToolRegistration> {
  const { name, kind, spec, by, maxRegistrations: max } = given;
  const hash = registrationHash(kind, spec);
  return withTransaction(database, async (db: RegistryDatabase, tx) => {
    await tx.lock('tools-registry');
    const known = await db
      .selectFrom('af_tools_registry_registrations')
      .select(['version', 'removed'])
      .where('name', '=', name)
      .executeTakeFirst();
    if (known?.removed === 0) {
      const same = await current(db)
        .selectAll('v')
        .where('v.name', '=', name)
        .where('v.hash', '=', hash)
        .executeTakeFirst();
      if (same) return { ...headOf(same), spec };
    } else {
      const { count } = await db
        .selectFrom('af_tools_registry_registrations')
        .select(sql<number>`COUNT(*)`.as('count'))
        .where('removed', '=', 0)
        .executeTakeFirstOrThrow();
      if (Number(count) >= max) throw errors.AF_TOOLS_REGISTRY_FULL({ max });
    }
    const version = (known?.version ?? 0) + 1;
    if (known === undefined)
      await db.insertInto('af_tools_registry_registrations').values({ name, version, removed: 0 }).execute();
    else
      await db
        .updateTable('af_tools_registry_registrations')
        .set({ version, removed: 0 })
        .where('name', '=', name)
        .execute();
    const row = await db
      .insertInto('af_tools_registry_versions')
      .values({
        name,
        version,
        kind,
        spec: JSON.stringify(spec),
        hash,
        created_at: sql<number>`${sql.raw(databaseNow(database.dialect))}`,
        created_by: by ?? null,
      })
      .returningAll()
      .executeTakeFirstOrThrow();
    return { ...headOf(row), spec };
  });
}

/** Takes one away; whether it held. */
export function removeRegistration(
  database: SqlDatabase,
  name: string,
  { check }: ChangeCondition<ToolRegistration>,
): Promise<boolean> {
  return withTransaction(database, async (db: RegistryDatabase, tx) => {
    await tx.lock('tools-registry');
    check?.(await readCurrent(db, name));
    const { numUpdatedRows } = await db
      .updateTable('af_tools_registry_registrations')
      .set({ removed: 1 })
      .where('name', '=', name)
      .where('removed', '=', 0)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  });
}

function registrationOf(row: VersionRow): ToolRegistration {
  return { ...headOf(row), spec: JSON.parse(row.spec) as JsonObject }; // as it was kept
}

function headOf(row: Omit<VersionRow, 'spec'>): RegistrationHead {
  return {
    name: row.name,
    kind: row.kind,
    version: row.version,
    hash: row.hash,
    origin: 'registered',
    createdAt: row.created_at,
    ...(row.created_by !== null && { createdBy: row.created_by }),
  };
}
