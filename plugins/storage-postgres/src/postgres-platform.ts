import type { DatabaseView } from './database-view.ts';
import { createSqlTexts, platformRules } from './sql-text.ts';
import { mayBeNew } from './tenant-catalog.ts';
import { unknownTable, type TenantCatalog } from './tenant-rules.ts';

/** Names the platform's database among those of tenants. */
export const platformDatabase = 'platform';

/**
 * The platform's own tables. `catalog`: given where the user passes over row-level security, so that statements have to be
 * kept from the tables of tenants.
 */
export function platformView(catalog: TenantCatalog | undefined): DatabaseView {
  const { refuse } = platformRules;
  if (catalog === undefined) {
    const texts = createSqlTexts(platformRules);
    return { name: platformDatabase, read: (sql) => texts.get(sql) };
  }
  const texts = createSqlTexts({
    refuse(verb, tokens) {
      const reason = refuse(verb, tokens);
      if (reason !== undefined) return reason;
      for (const { kind, text } of tokens) {
        if (kind !== 'word' && kind !== 'quoted') continue;
        const name = text.toLowerCase();
        if (catalog.isTenantTable(name)) return `${name} is a table of tenants`;
        if (name.startsWith('af_') && !catalog.isForeign(name) && !looked) return `${name} ${unknownTable}`;
      }
      return undefined;
    },
  });
  let looked = false;
  return {
    name: platformDatabase,
    read(sql) {
      try {
        return texts.get(sql);
      } catch (error) {
        if (!mayBeNew(error)) throw error;
        return catalog.refresh().then(() => {
          looked = true;
          try {
            return texts.get(sql);
          } finally {
            looked = false;
          }
        });
      }
    },
  };
}
