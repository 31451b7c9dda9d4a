/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface RoutingLlmConfig {
  /** `provider/model` that is asked where a condition names none. Default: each condition has to name one. */
  readonly model?: string;
  /** Answers below this count as none. From 0 to 1; default 0.6. */
  readonly minConfidence: number;
}
