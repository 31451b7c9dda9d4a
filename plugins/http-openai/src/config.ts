/** The plugin has nothing to configure; the schema in package.json refuses what is given. */
export type HttpOpenaiConfig = Readonly<Record<string, never>>;
