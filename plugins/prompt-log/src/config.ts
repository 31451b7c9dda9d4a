/** Configuration of the prompt log; its schema and defaults are in package.json. */
export interface PromptLogConfig {
  /** Days after which entries are removed; none are when it is left out. */
  readonly days?: number;
  /** Whether words can be searched for. Default true. */
  readonly fullText: boolean;
  /** Milliseconds between two looks at the journal. Default 10,000. */
  readonly everyMs: number;
  /** What is taken out before anything is written. */
  readonly redact: RedactConfig;
}

/** What is taken out. */
export interface RedactConfig {
  /** Keys, tokens and passwords as they usually look. Default true. */
  readonly secrets: boolean;
  /** Regular expressions (RE2) of more that is taken out. */
  readonly patterns: readonly string[];
  /** Names of members whose values are taken out, upper or lower case. */
  readonly members: readonly string[];
}
