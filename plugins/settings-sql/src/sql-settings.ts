import type { Json } from '@agent-factory/sdk';
import type {
  KeptValues,
  SettingChange,
  SettingsOfTenant,
  SettingSpec,
  SettingState,
  SqlDatabase,
  TenantSettings,
  UseTenant,
} from '@agent-factory/sdk/contracts';
import { withTransaction } from '@agent-factory/sdk/sql';
import type { Kysely } from 'kysely';
import { told, type Declaration, type Declarations } from './declarations.ts';
import { errors } from './errors.ts';
import {
  putValue,
  readValues,
  removeValue,
  valuesIn,
  type SettingTables,
  type SetValue,
  type ValuesOfTenant,
} from './setting-values.ts';

/** What settings stand on. */
export interface SqlSettingsParts {
  readonly useTenant: UseTenant;
  /** What was set for tenants, as it was read lately. */
  readonly kept: KeptValues<ValuesOfTenant>;
  readonly declarations: Declarations;
}

/** Longest value, as JSON in UTF-8. */
const mostBytes = 16_384;

/** Settings on tables that are there. */
export function createSqlSettings({ useTenant, kept, declarations }: SqlSettingsParts): TenantSettings {
  const keptOf = (tenant: string): ReturnType<typeof kept.get> =>
    kept.get(tenant, () => useTenant(tenant, (database) => readValues(valuesIn(database))));

  return {
    declare<Value extends Json>(spec: SettingSpec<Value>) {
      const { declaration, remove } = declarations.add(spec);
      return {
        async of(tenant) {
          const { value } = stateOf(declaration, (await keptOf(tenant)).get(spec.name));
          return value as Value; // it fits the schema of the declaration
        },
        [Symbol.dispose]: remove,
      };
    },

    tenant(tenant): SettingsOfTenant {
      const read = (name?: string): Promise<ValuesOfTenant> =>
        useTenant(tenant, (database) => readValues(valuesIn(database), name));
      /** Changes what was set in a transaction, one change after another. */
      const change = async (
        declaration: Declaration,
        { by, check }: SettingChange,
        work: (db: Kysely<SettingTables>, database: SqlDatabase) => Promise<void>,
      ): Promise<SettingState> => {
        const { name, setBy } = declaration;
        if (by === 'tenant' && setBy !== 'tenant') throw errors.AF_SETTING_OF_PLATFORM({ name });
        const values = await useTenant(tenant, (database) =>
          withTransaction(database, async (db: Kysely<SettingTables>, tx) => {
            await tx.lock(`settings-sql:${tenant}`);
            check?.(stateOf(declaration, (await readValues(db, name)).get(name)));
            await work(db, database);
            return readValues(db, name);
          }),
        );
        await kept.changed();
        return stateOf(declaration, values.get(name));
      };

      return {
        async list() {
          const values = await read();
          return declarations.all().map((one) => stateOf(one, values.get(one.name)));
        },
        async get(name) {
          const declaration = declarations.get(name);
          return stateOf(declaration, (await read(name)).get(name));
        },
        async set(name, value, asked) {
          const declaration = declarations.get(name);
          const text = textOf(declaration, value);
          return change(declaration, asked, (db, database) => putValue(db, database, name, text));
        },
        async reset(name, asked) {
          return change(declarations.get(name), asked, (db) => removeValue(db, name));
        },
      };
    },
  };
}

/** A value that may be set, as JSON. AF_SETTING_INVALID. */
function textOf({ name, check }: Declaration, value: Json): string {
  const found = check(value);
  if (found.length > 0) throw errors.AF_SETTING_INVALID({ name, ...told(found) });
  const text = JSON.stringify(value);
  const bytes = Buffer.byteLength(text);
  if (bytes <= mostBytes) return text;
  const mend = `Keep at most ${mostBytes} bytes in one setting.`;
  throw errors.AF_SETTING_INVALID({ name, reason: `it has ${bytes} bytes as JSON`, mend });
}

/** A setting as it is for a tenant for which this was set, if anything. */
function stateOf(declaration: Declaration, set: SetValue | undefined): SettingState {
  const { name, title, description, schema, setBy, inherited, check } = declaration;
  const about = { name, title, description, schema, setBy };
  const found = set ? check(set.value) : [];
  const holds = set !== undefined && found.length === 0;
  return {
    ...about,
    value: holds ? set.value : inherited.value,
    source: holds ? 'tenant' : inherited.source,
    inherited: inherited.value,
    ...(set && { setAt: set.setAt }),
    ...(found.length > 0 && { problem: told(found).reason }),
  };
}
