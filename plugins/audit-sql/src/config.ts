/** The plugin has nothing to configure; the schema in package.json refuses what is given. */
export type AuditSqlConfig = Readonly<Record<string, never>>;
