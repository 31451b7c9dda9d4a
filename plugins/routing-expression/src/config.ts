/** The plugin has no settings. */
export type RoutingExpressionConfig = Readonly<Record<string, never>>;
