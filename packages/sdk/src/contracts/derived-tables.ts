/**
 * Name under which a plugin migrates tables that can be made anew from its others at any time: an index that is built
 * while the platform runs, say. Such tables are no content: `StorageTransfer` neither moves nor compares them, and a
 * database that lacks them takes everything else. Their names begin with `af_<plugin>_derived_`. Each part has
 * migrations of its own, numbered from 1, so that it can come and go by itself (`MigrationLedger.rollback`).
 *
 * @example
 * ```ts
 * declare const tenants: TenantStorage;
 * await tenants.migrate(derivedPart('wiki', 'terms'), [
 *   {
 *     version: 1,
 *     name: 'create-terms',
 *     up: 'CREATE TABLE af_wiki_derived_terms ({{tenant.column}} term TEXT NOT NULL, PRIMARY KEY ({{tenant.key}} term))',
 *     down: 'DROP TABLE af_wiki_derived_terms',
 *   },
 * ]);
 * ```
 */
export function derivedPart(plugin: string, part: string): string {
  return `${plugin}:${part}`;
}

/** The plugin of a {@link derivedPart}; `undefined` for the name of a plugin itself. */
export function pluginOfPart(name: string): string | undefined {
  const at = name.indexOf(':');
  return at === -1 ? undefined : name.slice(0, at);
}

/** Whether a table's name is that of one that is derived from others, see {@link derivedPart}. */
export function isDerivedTable(name: string): boolean {
  return /^af_.+?_derived_/.test(name);
}
