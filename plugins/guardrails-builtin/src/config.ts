/** The plugin has no settings of its own; guardrails get theirs from the agents that name them. */
export type GuardrailsBuiltinConfig = Readonly<Record<string, never>>;
