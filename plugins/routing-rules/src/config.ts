/** The plugin has no settings. */
export type RoutingRulesConfig = Readonly<Record<string, never>>;
