/** The plugin has no settings of its own; scorers get theirs from the suites that name them. */
export type ScorersBuiltinConfig = Readonly<Record<string, never>>;
