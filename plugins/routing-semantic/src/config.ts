/** Configuration of the plugin; its schema and defaults are in package.json. */
export interface RoutingSemanticConfig {
  /** `provider/model` that embeds. Default none: words and parts of words are compared here. */
  readonly model?: string;
  /** Examples less alike than this do not count. From 0 to 1; default 0.4. */
  readonly threshold: number;
}
